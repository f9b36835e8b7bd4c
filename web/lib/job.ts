/**
 * One photo to one cut-out. The media worker decodes and owns the pixels;
 * routes are attempted in turn, each attempt in a worker of its own. A failed
 * attempt is thrown away whole: its worker, and every promise of it.
 */
import { isGpuRoute, type Route } from './capabilities.js';
import {
  isChaosNote,
  parseChaos,
  pending,
  wantsColdEngine,
  type Chaos,
  type ChaosNote,
} from './chaos.js';
import { canaryClock, learnDevice } from './device.js';
import type { Cut, Opened } from './engine_worker.js';
import { cancelled, CutoutError, throwIfAborted, toError } from './errors.js';
import * as failures from './failures.js';
import { learnCost, planJob, wishFor, type JobPlan } from './job_plan.js';
import type { Photo } from './media_worker.js';
import { verify } from './models.js';
import { rememberFailure, rememberSuccess } from './past.js';
import { discard, keep, prepare, take, type Held, type Wish } from './pool.js';
import * as receipts from './receipt.js';
import type { Choice } from './routes.js';
import type { WorkerPeer } from './rpc.js';
import { inTurn } from './turns.js';
import type {
  Adapter,
  Attempt,
  Progress,
  Result,
  RunOptions,
  Source,
  Stage,
} from './types.js';
import { learnSpeed, silenceAllowed, watch } from './watchdog.js';
import { mediaWorker } from './workers.js';

/** More attempts than this, and something else is wrong. */
const mostAttempts = 12;
/** How often the photo is decoded again because its worker died. */
const mostMedia = 3;

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

/** What one attempt gave. */
interface Inferred {
  wish: Wish;
  warm: boolean;
  opened: Opened;
  cut: Cut;
}

type Worked = Omit<receipts.Done, 'canaryMs' | 'totalMs'>;

class Job {
  readonly attempts: Attempt[] = [];
  photo: Photo | undefined;
  private media: WorkerPeer | undefined;
  private engine: Held | undefined;
  private stage: Stage | null = null;
  private bypassStore = false;
  private suspectEngine = false;
  /** A mask of one value is believed when it comes twice. */
  private constants: number[] = [];
  /** Hangs on purpose. */
  private hung: WorkerPeer | undefined;
  /** What the policy said before the same was done once more. */
  private smaller: Choice | undefined;
  private readonly end = new AbortController();

  constructor(
    private readonly file: Blob,
    private readonly plan: JobPlan,
    private readonly options: RunOptions,
    private readonly chaos: Chaos | undefined,
  ) {}

  /** Ends everything of this job at once. */
  stop(why: CutoutError): void {
    this.end.abort();
    this.media?.close(why);
    if (this.engine) discard(this.engine, why);
    this.engine = undefined;
  }

  private tell(stage: Stage, loaded: number, total: number): void {
    this.stage = stage;
    this.options.onProgress?.({ stage, loaded, total });
  }

  /** Notes of workers: progress, and chaos that is about to begin. */
  private hear(peer: () => WorkerPeer | undefined) {
    return (note: Progress | ChaosNote) => {
      if (!isChaosNote(note)) {
        this.tell(note.stage, note.loaded, note.total);
        return;
      }
      const mishap = this.chaos?.mishaps.find(({ id }) => id === note.chaos);
      if (mishap) mishap.times--;
      if (mishap?.deed === 'hang') this.hung = peer();
      if (note.kill) peer()?.kill();
    };
  }

  /** Waits for a worker's answer no longer than it may take. */
  private async watched<T>(
    peer: WorkerPeer,
    answer: Promise<T>,
    work: { route: string; gmac: number; where: string },
  ): Promise<T> {
    const allowed = () =>
      silenceAllowed({
        ...work,
        stage: work.where === 'media' ? 'decode' : (this.stage ?? 'setup'),
        floorMs: this.hung === peer ? this.chaos?.patienceMs : undefined,
      });
    const end = watch(peer, allowed, work.where);
    try {
      return await answer;
    } finally {
      end();
    }
  }

  // ---- Pixels ---------------------------------------------------------------

  private startMedia(): Promise<Photo> {
    const media = mediaWorker(this.hear(() => media) as (n: never) => void);
    this.media = media;
    this.tell('decode', 0, 1);
    const decoded = media.call<Photo>('decode', [
      this.file,
      pending(this.chaos),
    ]);
    const work = { route: '', gmac: 0, where: 'media' };
    const photo = this.watched(media, decoded, work);
    photo.then(
      (facts) => (this.photo = facts),
      () => {}, // told by whoever waits for it
    );
    return photo;
  }

  private async encode() {
    const media = this.media!;
    const { format = 'png', background, quality } = this.options;
    this.tell('encode', 0, 1);
    const encoded = await this.watched(
      media,
      media.call<{ blob: Blob; ms: number }>('encode', [
        { format, background, quality },
        pending(this.chaos),
      ]),
      { route: '', gmac: 0, where: 'media' },
    );
    this.tell('encode', 1, 1);
    return encoded;
  }

  // ---- Attempts -------------------------------------------------------------

  private dropBusy(held: Held): void {
    if (this.engine !== held || !held.ready) return;
    this.engine = undefined;
    keep(held);
  }

  private async attempt(
    choice: Choice,
    decoding: Promise<Photo>,
  ): Promise<Inferred> {
    const { refine = true, foreground = true, invert = false } = this.options;
    const wish: Wish = {
      ...wishFor(this.plan, choice),
      fresh: wantsColdEngine(this.chaos) || this.suspectEngine,
      bypassStore: this.bypassStore,
      chaos: pending(this.chaos),
    };
    const { held, warm } = take(wish, this.hear(() => this.engine?.worker));
    this.engine = held;
    const { route } = choice;
    const photo = decoding.catch((error: unknown) => {
      this.dropBusy(held); // a broken file is not the engine's fault
      throw error;
    });
    const opening = this.watched(held.worker, held.opening, {
      ...{ route, gmac: 0, where: 'worker' },
    });
    const [opened] = await Promise.all([opening, photo]);
    const { port1, port2 } = new MessageChannel();
    const media = this.media!;
    await media.call('lend', [port1], [port1]);
    const matting = { refine, foreground, invert };
    const running = held.worker.call<Cut>(
      'run',
      [port2, matting, pending(this.chaos)],
      [port2],
    );
    const lost = media.gone.then((why) => Promise.reject(why));
    const { gmac } = opened.plan;
    const cut = await this.watched(
      held.worker,
      Promise.race([running, lost]),
      { route, gmac, where: 'worker' },
    );
    this.believe(cut);
    learnSpeed(route, gmac, cut.ms.inference);
    learnCost(this.plan.entry, opened.spec.width, gmac);
    this.engine = undefined;
    if (cut.spent) discard(held, new CutoutError('gpu-lost', 'It is spent.'));
    else keep(held);
    return { wish, warm, opened, cut };
  }

  /** A photo of nothing gives a mask of one value; so do broken machines. */
  private believe({ constant }: Cut): void {
    if (constant === null || this.constants.includes(constant)) return;
    this.constants.push(constant);
    throw new CutoutError(
      'wrong-result',
      `The whole mask is ${constant}, which is improbable.`,
    );
  }

  private adapterOf(route: Route): Adapter | null {
    const facts = this.plan.device?.adapter?.facts;
    if (!facts || !isGpuRoute(route)) return null;
    const { vendor, architecture, description, fallback } = facts;
    return { vendor, architecture, description, fallback };
  }

  /** For the next jobs and visits; trouble on request does not count, unless
   * that is requested too. */
  private remember(kind?: failures.FailureKind): void {
    const { device: known, router } = this.plan;
    const choice = 'state' in router ? router.state.choice : undefined;
    if (!known || !choice) return;
    if (this.chaos && !this.chaos.remember) return;
    const { policy, environment } = known;
    if (kind) rememberFailure(policy, environment, choice, kind);
    else rememberSuccess(policy, environment, choice);
  }

  private record(choice: Choice, start: number, failure?: CutoutError): void {
    const { route, size } = choice;
    const attempt: Attempt = {
      ...{ route, size, adapter: this.adapterOf(route) },
      outcome: !failure
        ? 'done'
        : failure.code === 'cancelled'
          ? 'cancelled'
          : 'failed',
      cause: failure ? receipts.cause(failure) : null,
      stage: this.stage,
      ms: performance.now() - start,
    };
    this.attempts.push(attempt);
    this.options.onAttempt?.(attempt);
  }

  /** What is tried after `choice` failed; undefined: nothing. */
  private async after(
    choice: Choice,
    failure: CutoutError,
  ): Promise<Choice | undefined> {
    const kind = failures.failureKind(failure);
    if (!kind || kind === 'network') return undefined;
    if (this.attempts.length >= mostAttempts) return undefined;
    this.remember(kind);
    if (kind === 'storage-failed') this.bypassStore = true;
    if (failures.suspectsModel(kind)) {
      this.suspectEngine = true;
      if (!this.bypassStore)
        await verify(this.plan.entry.name, this.end.signal).catch(() => {});
    }
    const before = this.attempts.filter(
      (a) => a.route === choice.route && a.size === choice.size,
    ).length;
    const again = before < 2 ? choice : undefined;
    const next = this.nextChoice(choice, kind);
    if ('state' in this.plan.router) {
      // a new worker has its memory to itself: once more before coarser edges
      if (!next || next.size >= choice.size || !again) return next;
      if (kind !== 'out-of-memory-wasm') return next;
      this.smaller = next;
      return again;
    }
    if (failures.blamesModel(kind) && before < 3) return choice;
    return next ?? (failures.isPassing(kind) ? again : undefined);
  }

  private nextChoice(choice: Choice, kind: failures.FailureKind) {
    const { smaller } = this;
    this.smaller = undefined;
    return smaller ?? this.plan.router.next(choice, kind);
  }

  private async infer(decoding: Promise<Photo>): Promise<Inferred> {
    let choice = this.plan.router.first()!;
    for (;;) {
      throwIfAborted(this.options.signal);
      const start = performance.now();
      this.stage = null;
      this.options.onRoute?.({ ...choice });
      try {
        const inferred = await this.attempt(choice, decoding);
        this.record(choice, start);
        this.remember();
        return inferred;
      } catch (thrown) {
        const failure = toError(thrown, 'crash');
        if (this.engine) discard(this.engine, failure);
        this.engine = undefined;
        this.record(choice, start, failure);
        if (this.media?.failure) throw failure; // the pixels are lost
        const next = await this.after(choice, failure);
        if (!next) throw failure;
        choice = next;
      }
    }
  }

  /** As often as the worker with the pixels dies, from the file again. */
  async run(): Promise<Worked> {
    for (let lives = mostMedia; ; ) {
      try {
        return await this.pass();
      } catch (thrown) {
        throwIfAborted(this.options.signal);
        const why = this.media?.failure;
        this.media?.close(toError(thrown, 'crash'));
        if (!why || !--lives) throw thrown;
      }
    }
  }

  private async pass(): Promise<Worked> {
    const earlier = this.attempts.length;
    const decoding = this.startMedia();
    const { wish, warm, opened, cut } = await this.infer(decoding);
    const photo = await decoding;
    const start = performance.now();
    const { format = 'png' } = this.options;
    const { route } = wish;
    const encoded = await this.encode().catch((thrown: unknown) => {
      const size = wish.size || this.plan.entry.spec.width;
      this.record({ route, size }, start, toError(thrown, 'crash'));
      throw thrown;
    });
    const again = this.attempts.length > 1 || earlier > 0;
    return {
      ...{ route, warm, opened, cut, photo, encoded, format },
      adapter: this.adapterOf(route),
      reinitMs: again && !warm ? opened.load.ms + opened.setupMs : 0,
    };
  }

  close(): void {
    this.end.abort();
    this.media?.close(new CutoutError('crash', 'The job is over.'));
  }
}

/** Asked once, when the first download has proved useful. */
async function persist({ warm, opened }: receipts.Done): Promise<void> {
  if (warm || !opened.load.stored) return;
  try {
    if (!(await navigator.storage.persisted()))
      await navigator.storage.persist();
  } catch {
    // the browser keeps it as long as it likes
  }
}

async function runNow(source: Source, options: RunOptions): Promise<Result> {
  const { signal } = options;
  throwIfAborted(signal);
  const start = performance.now();
  const canaries = canaryClock();
  const times = () => ({
    canary: canaryClock() - canaries,
    total: performance.now() - start,
  });
  const chaos = options.chaos ? parseChaos(options.chaos) : undefined;
  void learnDevice();
  const plan = await planJob(options);
  const file = await toBlob(source);
  throwIfAborted(signal);
  const job = new Job(file, plan, options, chaos);
  const { entry, router } = plan;
  const facts: receipts.JobFacts = {
    fileBytes: file.size,
    model: {
      name: entry.name,
      sha256: entry.sha256,
      size: options.size || entry.spec.width,
    },
    routes: router.planned,
    attempts: job.attempts,
    chaos: options.chaos,
  };
  const abort = () => job.stop(cancelled());
  signal?.addEventListener('abort', abort);
  try {
    const done = await job.run();
    throwIfAborted(signal); // cancelled wins, even now
    const { canary: canaryMs, total: totalMs } = times();
    const all = { ...done, canaryMs, totalMs };
    void persist(all);
    return { blob: done.encoded.blob, receipt: receipts.receiptOf(facts, all) };
  } catch (thrown) {
    const error = signal?.aborted ? cancelled() : toError(thrown, 'crash');
    error.receipt = receipts.failedReceipt(facts, error, job.photo, times());
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    job.close();
  }
}

export function run(source: Source, options: RunOptions = {}): Promise<Result> {
  return inTurn(() => runNow(source, options), options.signal);
}

/** Opens an engine before it is needed, with what is stored: nothing is
 * downloaded before a job begins. Resolves to whether there is one. */
export async function warm(options: RunOptions = {}): Promise<boolean> {
  void learnDevice();
  const plan = await planJob(options);
  return prepare(wishFor(plan, plan.router.first()!));
}
