/** What can be broken and when, in plain words: the pairs of ../../lib/chaos
 * that make sense to a person who looks on. */
import type { Deed } from '../../lib/index.js';

/** In the order of a job: [words in a sentence, words above a column]. */
export const whens = {
  decode: ['while the photo is read', 'photo'],
  store: ['while the model is loaded', 'model'],
  setup: ['while the network is set up', 'set-up'],
  upload: ['as the pixels go in', 'upload'],
  infer: ['as the network begins', 'begin'],
  '50%': ['halfway through the network', 'half'],
  output: ['as the mask comes out', 'mask'],
  refine: ['while edges are refined', 'edges'],
  encode: ['while the PNG is written', 'PNG'],
} as const;
export type When = keyof typeof whens;
export const allWhens = Object.keys(whens) as When[];

export interface Trouble {
  deed: Deed;
  words: string;
  group: string;
  whens: readonly When[];
  /** Only routes of the GPU have it to lose. */
  gpu?: boolean;
  /** Shows only while chunks of the model are fetched and stored. */
  fetches?: boolean;
  /** While the model is loaded no attempt fails of it: how it is mended. */
  mended?: string;
}

const running: readonly When[] = ['setup', 'upload', 'infer', '50%', 'output'];
const always: readonly When[] = ['decode', ...running, 'refine', 'encode'];
const early = running.slice(0, 4);

export const troubles: readonly Trouble[] = [
  {
    ...{ deed: 'worker-crash', group: 'Workers', whens: always },
    words: 'A worker crashes',
  },
  {
    ...{ deed: 'worker-vanish', group: 'Workers', whens: always },
    words: 'A worker is gone without a word',
  },
  {
    ...{ deed: 'hang', group: 'Workers', whens: always },
    words: 'A worker stops answering',
  },
  {
    ...{ deed: 'helper-crash', group: 'Workers', whens: ['infer', '50%'] },
    words: 'A thread of the engine crashes',
  },
  {
    ...{ deed: 'oom', group: 'Workers', whens: running },
    words: 'Memory runs out',
  },
  {
    ...{ deed: 'device-lost', group: 'Graphics', whens: early, gpu: true },
    words: 'The graphics device is lost',
  },
  {
    ...{ deed: 'validation-error', group: 'Graphics', whens: early, gpu: true },
    words: 'The driver refuses a command',
  },
  {
    deed: 'shader-compilation',
    ...{ group: 'Graphics', whens: running, gpu: true },
    words: 'A GPU program does not compile',
  },
  {
    ...{ deed: 'wrong-shader', group: 'Graphics', whens: ['setup'], gpu: true },
    words: 'A GPU program computes something else',
  },
  {
    ...{ deed: 'nan', group: 'Results', whens: ['output'] },
    words: 'The mask is not a number',
  },
  {
    ...{ deed: 'constant', group: 'Results', whens: ['output'] },
    words: 'The whole mask is one value',
  },
  {
    ...{ deed: 'out-of-range', group: 'Results', whens: ['output'] },
    words: 'The mask has an impossible value',
  },
  {
    ...{ deed: 'wrong-shape', group: 'Results', whens: ['output'] },
    words: 'Pixels are missing',
  },
  {
    deed: 'corrupt-chunk',
    ...{ group: 'Storage and network', whens: ['store', ...running] },
    words: 'The stored model is damaged',
    mended: 'the damaged part was fetched again',
  },
  {
    deed: 'storage-failed',
    ...{ group: 'Storage and network', whens: ['setup'] },
    words: 'The browser’s storage fails',
  },
  {
    deed: 'quota',
    ...{ group: 'Storage and network', whens: ['store'], fetches: true },
    words: 'The disk is full',
    mended: 'nothing was stored',
  },
  {
    deed: 'offline',
    ...{ group: 'Storage and network', whens: ['store'], fetches: true },
    words: 'The network drops',
    mended: 'the download was tried again',
  },
];

export const groups = [...new Set(troubles.map(({ group }) => group))];

/** A software GPU compiles for seconds in silence; nobody wants to wait as
 * long as an ordinary job would before it calls a worker dead. */
const patience = { cpu: 2500, gpu: 6000 };

/** What `cutout.run(file, { chaos })` takes. */
export function chaosOf({ deed }: Trouble, when: When, onGpu: boolean): string {
  if (deed === 'offline') return 'offline@chunk:0';
  if (deed === 'corrupt-chunk') return `corrupt-chunk:0@${when}`;
  const word = `${deed}@${when}`;
  const ms = onGpu ? patience.gpu : patience.cpu;
  return deed === 'hang' ? `${word},patience:${ms}` : word;
}

/** How it is mended within an attempt, if it is. */
export function mendedBy({ mended = '' }: Trouble, when: When): string {
  return when === 'store' ? mended : '';
}

export function inWords({ words }: Trouble, when: When): string {
  return `${words} ${whens[when][0]}`;
}

/** The pair that a page's address asks for; undefined for other words. */
export function pairOf(chaos: string): [Trouble, When] | undefined {
  for (const trouble of troubles)
    for (const when of trouble.whens)
      for (const onGpu of [false, true])
        if (chaosOf(trouble, when, onGpu) === chaos) return [trouble, when];
  return undefined;
}
