/**
 * Trouble on request: `?chaos=device-lost@40%,oom@upload,offline@chunk:9` in
 * the page's address, or `cutout.run(file, { chaos })`. A mishap is
 * DEED[@MOMENT][*TIMES]; saboteur.ts carries them out in the workers, where
 * things really break. A job without chaos does not even load that.
 */
import { CutoutError } from './errors.js';

/** What can be made to happen, with the moment when none is said. */
export const deeds = {
  'device-lost': '50%',
  'no-device': 'setup',
  'validation-error': 'infer',
  'shader-compilation': 'setup',
  oom: 'upload',
  hang: 'infer',
  'worker-crash': 'infer',
  'worker-vanish': 'infer', // dies without an error
  'helper-crash': 'infer', // a thread of the engine
  nan: 'output',
  constant: 'output',
  'out-of-range': 'output',
  'wrong-shader': 'setup', // computes something else; only at that moment
  'wrong-shape': 'output',
  'corrupt-chunk': 'store', // corrupt-chunk:17 flips a byte of that chunk
  quota: 'store',
  'storage-failed': 'store',
  offline: 'chunk:0', // the fetch of a chunk fails
  pause: 'infer', // for those who pull a plug by hand
} as const;
export type Deed = keyof typeof deeds;

/** In the order of a job. A share of the inference is a moment too: `40%`. */
export const moments = [
  'decode',
  'store',
  'setup',
  'canary',
  'upload',
  'infer',
  'output',
  'refine',
  'encode',
] as const;
export type Moment = (typeof moments)[number];

export interface Mishap {
  id: number;
  deed: Deed;
  moment: Moment;
  /** Of the inference, 0 to 1; with the moment `infer`. */
  share: number;
  /** Counted from 0. */
  chunk: number;
  /** How often it still happens. */
  times: number;
}

export interface Chaos {
  mishaps: Mishap[];
  /** How long a worker that hangs on purpose may; `patience:500`. */
  patienceMs: number | undefined;
  /** `remember`: the policy learns from these failures as from real ones. */
  remember: boolean;
}

/** A worker says this before it does it. */
export interface ChaosNote {
  chaos: number;
  /** The page shall terminate the worker, as the browser might. */
  kill: boolean;
}

function refuse(what: string): never {
  const other = ['patience:MS', 'remember'];
  const words = [...Object.keys(deeds), ...other].join(', ');
  throw new CutoutError(
    'bad-option',
    `Chaos: ${what}. Expected DEED[@MOMENT][*TIMES], with DEED one of ` +
      `${words}; MOMENT one of ${moments.join(', ')}, a share of the ` +
      'inference such as 40%, or chunk:N.',
  );
}

function parseMoment(text: string, mishap: Mishap): void {
  const chunk = /^chunk:(\d+)$/.exec(text);
  const share = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (chunk) {
    mishap.chunk = Number(chunk[1]);
  } else if (share && Number(share[1]) <= 100) {
    mishap.moment = 'infer';
    mishap.share = Number(share[1]) / 100;
  } else if ((moments as readonly string[]).includes(text)) {
    mishap.moment = text as Moment;
  } else {
    refuse(`unknown moment '${text}'`);
  }
}

function parseMishap(word: string, id: number): Mishap {
  const parts = /^([\w-]+)(?::(\d+))?(?:@([^*]+))?(?:\*(\d+))?$/.exec(word);
  const [, deed = '', chunk, at, times] = parts ?? [];
  if (!parts || !Object.hasOwn(deeds, deed)) refuse(`unknown word '${word}'`);
  if (chunk && deed !== 'corrupt-chunk') refuse(`'${deed}' takes no number`);
  const mishap: Mishap = {
    id,
    deed: deed as Deed,
    moment: 'store',
    share: 0,
    chunk: Number(chunk ?? 0),
    times: Number(times ?? 1),
  };
  parseMoment(at ?? deeds[mishap.deed], mishap);
  return mishap;
}

export function parseChaos(text: string): Chaos {
  const chaos: Chaos = {
    ...{ mishaps: [], patienceMs: undefined, remember: false },
  };
  for (const word of text.split(/[,\s]+/).filter(Boolean)) {
    const patience = /^patience:(\d+)$/.exec(word);
    if (patience) chaos.patienceMs = Number(patience[1]);
    else if (word === 'remember') chaos.remember = true;
    else chaos.mishaps.push(parseMishap(word, chaos.mishaps.length));
  }
  return chaos;
}

const openMoments: readonly Moment[] = ['store', 'setup', 'canary'];

/** An engine that is warm would pass these moments by. */
export function wantsColdEngine(chaos: Chaos | undefined): boolean {
  return pending(chaos).some(({ moment }) => openMoments.includes(moment));
}

/** What has not happened yet. */
export function pending(chaos: Chaos | undefined): Mishap[] {
  return chaos?.mishaps.filter(({ times }) => times > 0) ?? [];
}

export function isChaosNote(note: object): note is ChaosNote {
  return 'chaos' in note;
}
