/**
 * One photo to one cut-out. The media worker decodes and owns the pixels;
 * engines are tried route by route, each in a worker of its own. A failed
 * attempt is thrown away whole. Jobs run one after the other.
 */
import { capabilities, type Capabilities, type Route } from './capabilities.js';
import type { Cut, Opened } from './engine_worker.js';
import { cancelled, CutoutError, throwIfAborted, toError } from './errors.js';
import type { Photo } from './media_worker.js';
import { discard, keep, prepare, take, type Held, type Wish } from './pool.js';
import { defaultModel, entries, type ModelEntry } from './registry.js';
import type { WorkerPeer } from './rpc.js';
import type { Attempt, Receipt, Result, RunOptions, Source } from './types.js';
import { mediaWorker } from './workers.js';

const version = '0.1.0';

/** Failures that another route does not have. */
const worthAnotherRoute = ['engine', 'crash', 'no-memory', 'bad-option'];

let last: Promise<unknown> = Promise.resolve();

/** Waits for the jobs before. A job that is cancelled while it waits says so
 * at once, and ends as soon as it has its turn. */
function inTurn<T>(body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const turn = last.then(body, body);
  last = turn.catch(() => {});
  if (!signal) return turn;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(cancelled());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    const over = () => signal.removeEventListener('abort', abort);
    turn.then(resolve, reject).finally(over);
  });
}

async function toBlob(source: Source): Promise<Blob> {
  if (source instanceof Blob) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source))
    return new Blob([source]);
  if (typeof source !== 'string' && !(source instanceof URL))
    throw new CutoutError(
      'bad-input',
      'Expected a Blob, bytes or an address for source but received ' +
        `${Object.prototype.toString.call(source)}.`,
    );
  const response = await fetch(source).catch(() => undefined);
  if (!response?.ok)
    throw new CutoutError('network', `The picture at ${source} did not come.`);
  return response.blob();
}

function modelEntry(name: string): ModelEntry {
  const entry = entries.find((e) => e.name === name);
  if (entry) return entry;
  const names = entries.map((e) => e.name).join(', ');
  throw new CutoutError(
    'no-model',
    `Expected one of ${names} for model but received '${name}'.`,
  );
}

function wishes(options: RunOptions, facts: Capabilities): Wish[] {
  const { route, size = 0 } = options;
  const chosen: Route[] = route ? [route] : facts.routes;
  if (route && !facts.routes.includes(route))
    throw new CutoutError(
      'bad-option',
      `The route ${route} does not run here; ${facts.routes.join(', ')} do.`,
    );
  if (!chosen.length)
    throw new CutoutError(
      'engine',
      'This browser is too old: it has no WebAssembly SIMD.',
    );
  if (size % 32 || size < 0 || size > 4096)
    throw new CutoutError(
      'bad-option',
      `Expected a multiple of 32 up to 4096 for size but received ${size}.`,
    );
  const entry = modelEntry(options.model ?? defaultModel);
  const most = Math.max(1, Math.min(options.threads ?? facts.threads, 64));
  return chosen.map((name) => ({
    route: name,
    entry,
    size,
    threads: name.endsWith('threads') ? most : 1,
  }));
}

interface Done {
  wish: Wish;
  warm: boolean;
  opened: Opened;
  cut: Cut;
  attempts: Attempt[];
}

class Job {
  private engine: Held | undefined;
  private readonly attempts: Attempt[] = [];

  constructor(
    private readonly options: RunOptions,
    private readonly media: WorkerPeer,
  ) {}

  /** Ends everything of this job at once. */
  stop(why: CutoutError): void {
    this.media.close(why);
    if (this.engine) discard(this.engine, why);
    this.engine = undefined;
  }

  private dropBusy(held: Held): void {
    if (this.engine !== held || !held.ready) return;
    this.engine = undefined;
    keep(held);
  }

  private async attempt(wish: Wish, decoding: Promise<Photo>): Promise<Done> {
    const { refine = true, foreground = true, invert = false } = this.options;
    const { held, warm } = take(wish, (p) => this.options.onProgress?.(p));
    this.engine = held;
    const photo = decoding.catch((error: unknown) => {
      this.dropBusy(held); // a broken file is not the engine's fault
      throw error;
    });
    const [opened] = await Promise.all([held.opening, photo]);
    const { port1, port2 } = new MessageChannel();
    await this.media.call('lend', [port1], [port1]);
    const matting = { refine, foreground, invert };
    const cut = await held.worker.call<Cut>('run', [port2, matting], [port2]);
    this.engine = undefined;
    keep(held);
    return { wish, warm, opened, cut, attempts: this.attempts };
  }

  async infer(list: Wish[], decoding: Promise<Photo>): Promise<Done> {
    let failure: CutoutError | undefined;
    for (const wish of list) {
      throwIfAborted(this.options.signal);
      const start = performance.now();
      const { route } = wish;
      try {
        const done = await this.attempt(wish, decoding);
        const ms = performance.now() - start;
        this.attempts.push({ route, outcome: 'done', ms });
        return done;
      } catch (thrown) {
        failure = toError(thrown, 'crash');
        if (this.engine) discard(this.engine, failure);
        this.engine = undefined;
        const { code, message } = failure;
        const ms = performance.now() - start;
        const cause = { code, message };
        this.attempts.push({ route, outcome: 'failed', cause, ms });
        if (!worthAnotherRoute.includes(code)) break;
      }
    }
    throw failure!;
  }
}

const outcomes = {
  found: 'cut',
  none: 'no_subject',
  ambiguous: 'ambiguous',
} as const;

function receipt(
  file: Blob,
  photo: Photo,
  done: Done,
  list: Wish[],
  encoded: { blob: Blob; ms: number },
  totalMs: number,
  format: Receipt['output']['format'],
): Receipt {
  const { opened, cut, warm, wish } = done;
  const { width, height, colour, decoder } = photo;
  const { downloaded, stored, repaired } = opened.load;
  const loadMs = warm ? 0 : opened.load.ms;
  return {
    cutout: version,
    outcome: outcomes[cut.mask.subject],
    input: {
      format: photo.format,
      bytes: file.size,
      width,
      height,
      colour,
      decoder,
    },
    output: { format, bytes: encoded.blob.size, width, height },
    model: { name: wish.entry.name, sha256: opened.sha256, size: opened.spec.width },
    route: wish.route,
    threads: opened.plan.threads,
    routes: list.map((one) => one.route),
    attempts: done.attempts,
    warm,
    ms: {
      decode: photo.ms,
      download: downloaded ? loadMs : 0,
      store: downloaded ? 0 : loadMs,
      setup: warm ? 0 : opened.setupMs,
      ...cut.ms,
      encode: encoded.ms,
      total: totalMs,
    },
    load: { downloaded: warm ? 0 : downloaded, stored, repaired },
    peak_bytes: {
      planned: opened.plan.peak_bytes + opened.plan.weight_bytes,
      wasm: cut.memoryBytes,
    },
    plan: opened.plan,
    mask: cut.mask,
  };
}

/** Asked once, when the first download has proved useful. */
async function persist(done: Done): Promise<void> {
  if (done.warm || !done.opened.load.stored) return;
  try {
    if (!(await navigator.storage.persisted()))
      await navigator.storage.persist();
  } catch {
    // the browser keeps it as long as it likes
  }
}

async function runNow(source: Source, options: RunOptions): Promise<Result> {
  const { signal, onProgress } = options;
  throwIfAborted(signal);
  const start = performance.now();
  const list = wishes(options, capabilities());
  const file = await toBlob(source);
  throwIfAborted(signal);
  const media = mediaWorker();
  const job = new Job(options, media);
  const abort = () => job.stop(cancelled());
  signal?.addEventListener('abort', abort);
  try {
    onProgress?.({ stage: 'decode', loaded: 0, total: 1 });
    const decoding = media.call<Photo>('decode', [file]);
    decoding.catch(() => {}); // told by infer
    const done = await job.infer(list, decoding);
    const photo = await decoding;
    const { format = 'png', background, quality } = options;
    onProgress?.({ stage: 'encode', loaded: 0, total: 1 });
    const encoded = await media.call<{ blob: Blob; ms: number }>('encode', [
      { format, background, quality },
    ]);
    onProgress?.({ stage: 'encode', loaded: 1, total: 1 });
    void persist(done);
    const ms = performance.now() - start;
    return {
      blob: encoded.blob,
      receipt: receipt(file, photo, done, list, encoded, ms, format),
    };
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    media.close(new CutoutError('crash', 'The job is over.'));
  }
}

export function run(source: Source, options: RunOptions = {}): Promise<Result> {
  return inTurn(() => runNow(source, options), options.signal);
}

/** Opens an engine before it is needed, with what is stored: nothing is
 * downloaded before a job begins. Resolves to whether there is one. */
export async function warm(options: RunOptions = {}): Promise<boolean> {
  const [wish] = wishes(options, capabilities());
  return prepare(wish!);
}
