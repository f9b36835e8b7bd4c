/**
 * Engines between jobs. The rule: an engine whose job succeeded stays, with
 * its model and plan, for the next job that wants the same route, model and
 * size (for other threads it is planned again); it is closed when a job wants
 * another, when it has been idle for a minute, or when the model is deleted.
 * An engine whose job failed or was cancelled is closed at once and nothing of
 * it is used again. There is never more than one engine.
 */
import { isGpuRoute, type Route } from './capabilities.js';
import type { ChaosNote, Mishap } from './chaos.js';
import type { OpenRequest, Opened } from './engine_worker.js';
import type { PlanFacts } from './engine.js';
import { CutoutError } from './errors.js';
import { modelsUrl, type ModelEntry } from './registry.js';
import type { WorkerPeer } from './rpc.js';
import type { Progress } from './types.js';
import { engineWorker, moduleUrl } from './workers.js';

const idleMs = 60_000;

export interface Wish {
  route: Route;
  entry: ModelEntry;
  /** Side of the network's input; 0: as trained. */
  size: number;
  threads: number;
  /** Has to begin from nothing. */
  fresh?: boolean;
  bypassStore?: boolean;
  chaos?: Mishap[];
}

export interface Held {
  key: string;
  threads: number;
  worker: WorkerPeer;
  opening: Promise<Opened>;
  /** True once `opening` has succeeded. */
  ready: boolean;
  /** Where its progress goes: to the job that has it. */
  listener: { current: (note: Progress | ChaosNote) => void };
}

let idle: Held | undefined;
let busy: Held | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

const closed = () => new CutoutError('cancelled', 'The engine was closed.');

const keyOf = ({ route, entry, size }: Wish) =>
  JSON.stringify([route, entry.name, size]);

/** `wanted`: a job waits, so that what is not stored may be downloaded. */
function openEngine(wish: Wish, wanted: boolean): Held {
  const listener = { current: (_: Progress | ChaosNote) => {} };
  const worker = engineWorker((note) => listener.current(note));
  const { sha256, spec } = wish.entry;
  const request: OpenRequest = {
    moduleUrl: moduleUrl(wish.route),
    modelsUrl: modelsUrl(),
    model: wish.entry.name,
    sha256,
    spec: wish.size ? { ...spec, width: wish.size, height: wish.size } : spec,
    threads: wish.threads,
    gpu: isGpuRoute(wish.route) ? wish.route : null,
    wanted,
    bypassStore: wish.bypassStore ?? false,
    chaos: wish.chaos ?? [],
  };
  const opening = worker.call<Opened>('open', [request]);
  const held = {
    key: keyOf(wish),
    threads: wish.threads,
    worker,
    listener,
    opening,
    ready: false,
  };
  opening.then(
    () => (held.ready = true),
    () => {}, // told to the job that waits for it
  );
  return held;
}

async function planAgain(held: Held, threads: number): Promise<Opened> {
  const opened = await held.opening;
  const plan = await held.worker.call<PlanFacts>('replan', [threads]);
  return { ...opened, plan };
}

/** An engine for the job alone, until `keep` or `discard`. */
export function take(
  wish: Wish,
  onNote: (note: Progress | ChaosNote) => void,
): { held: Held; warm: boolean } {
  clearTimeout(timer);
  const usable = idle?.key === keyOf(wish) && !idle.worker.failure;
  if (!usable || wish.fresh) dropIdleEngine();
  const held = idle ?? openEngine(wish, true);
  const warm = held.ready;
  idle = undefined;
  busy = held;
  held.listener.current = onNote;
  if (!warm) {
    void held.worker.call('want').catch(() => {}); // told by `opening`
    onNote({ stage: 'setup', loaded: 0, total: 1 });
  }
  if (held.threads !== wish.threads) {
    held.opening = planAgain(held, wish.threads);
    held.threads = wish.threads;
  }
  return { held, warm };
}

/** Opens an engine before a job wants it, as far as that goes without a
 * download; it may be taken before it is ready. Resolves to whether it is. */
export async function prepare(wish: Wish): Promise<boolean> {
  if (busy) return false;
  if (idle?.key !== keyOf(wish)) {
    dropIdleEngine();
    keep(openEngine(wish, false));
  }
  const held = idle!;
  try {
    await held.opening;
    return true;
  } catch (error) {
    if (idle === held) dropIdleEngine();
    return false;
  }
}

export function keep(held: Held): void {
  held.listener.current = () => {};
  if (busy === held) busy = undefined;
  idle = held;
  timer = setTimeout(dropIdleEngine, idleMs);
}

export function discard(held: Held, why: CutoutError): void {
  if (busy === held) busy = undefined;
  held.worker.close(why);
}

export function dropIdleEngine(): void {
  clearTimeout(timer);
  idle?.worker.close(closed());
  idle = undefined;
}
