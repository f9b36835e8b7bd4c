/**
 * Engines between jobs. The rule: an engine whose job succeeded stays, with
 * its model and plan, for the next job that wants the same route, model, size
 * and threads; it is closed when a job wants another, when it has been idle
 * for a minute, or when the model is deleted. An engine whose job failed or
 * was cancelled is closed at once and nothing of it is used again. There is
 * never more than one engine.
 */
import type { Route } from './capabilities.js';
import type { OpenRequest, Opened } from './engine_worker.js';
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
}

export interface Held {
  key: string;
  worker: WorkerPeer;
  opening: Promise<Opened>;
  /** True once `opening` has succeeded. */
  ready: boolean;
  /** Where its progress goes: to the job that has it. */
  listener: { current: (progress: Progress) => void };
}

let idle: Held | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

const closed = () => new CutoutError('cancelled', 'The engine was closed.');

function openEngine(wish: Wish, key: string): Held {
  const listener = { current: (_: Progress) => {} };
  const worker = engineWorker((note) => listener.current(note));
  const { sha256, spec } = wish.entry;
  const request: OpenRequest = {
    moduleUrl: moduleUrl(wish.route),
    modelsUrl: modelsUrl(),
    model: wish.entry.name,
    sha256,
    spec: wish.size ? { ...spec, width: wish.size, height: wish.size } : spec,
    threads: wish.threads,
  };
  const opening = worker.call<Opened>('open', [request]);
  const held = { key, worker, listener, opening, ready: false };
  opening.then(
    () => (held.ready = true),
    () => {}, // told to the job that waits for it
  );
  return held;
}

/** An engine for the job alone, until `keep` or `discard`. */
export function take(
  wish: Wish,
  onProgress: (progress: Progress) => void,
): { held: Held; warm: boolean } {
  const key = JSON.stringify([
    wish.route,
    wish.entry.name,
    wish.size,
    wish.threads,
  ]);
  clearTimeout(timer);
  const warm = idle?.key === key;
  if (!warm) dropIdleEngine();
  const held = warm ? idle! : openEngine(wish, key);
  idle = undefined;
  held.listener.current = onProgress;
  return { held, warm };
}

export function keep(held: Held): void {
  held.listener.current = () => {};
  idle = held;
  timer = setTimeout(dropIdleEngine, idleMs);
}

export function discard(held: Held, why: CutoutError): void {
  held.worker.close(why);
}

export function dropIdleEngine(): void {
  clearTimeout(timer);
  idle?.worker.close(closed());
  idle = undefined;
}
