/** `cutout.models`: what is on this device, and what could be. */
import { cancelled, CutoutError, throwIfAborted } from './errors.js';
import type { Loaded } from './model_store.js';
import { entries, modelsUrl, type ModelEntry } from './registry.js';

export { register } from './registry.js';
import { dropIdleEngine } from './pool.js';
import type { Progress } from './types.js';
import { storeWorker } from './workers.js';

export interface StoredModel extends ModelEntry {
  /** Bytes of it that are on this device. */
  storedBytes: number;
  stored: boolean;
  storage: 'opfs' | 'cache';
}

interface Options {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** One worker per question: it goes away with the answer. */
async function ask<T>(
  name: string,
  args: unknown[],
  { onProgress, signal }: Options = {},
): Promise<T> {
  throwIfAborted(signal);
  const worker = storeWorker((note) => onProgress?.(note));
  const abort = () => worker.close(cancelled());
  signal?.addEventListener('abort', abort);
  try {
    return await worker.call<T>(name, [modelsUrl(), ...args]);
  } finally {
    signal?.removeEventListener('abort', abort);
    worker.close(new CutoutError('crash', 'closed'));
  }
}

export async function list(): Promise<StoredModel[]> {
  type Row = { name: string; storedBytes: number; storage: 'opfs' | 'cache' };
  const rows = await ask<Row[]>('list', [entries.map((e) => e.name)]);
  return entries.map((e, i) => {
    const { storedBytes, storage } = rows[i]!;
    return { ...e, storedBytes, stored: storedBytes === e.bytes, storage };
  });
}

/** Downloads what is missing of a model, and keeps it. */
export function fetch(name: string, options?: Options): Promise<Loaded> {
  return ask('fetch', [name], options);
}

/** Reads and checks every stored chunk; bad ones are deleted, and fetched
 * again by the next job. */
export function verify(
  name: string,
  signal?: AbortSignal,
): Promise<{ good: number; bad: number }> {
  return ask('verify', [name], { signal });
}

/** Deletes a model from this device. */
async function remove(name: string): Promise<void> {
  dropIdleEngine();
  await ask<void>('remove', [name]);
}
export { remove as delete };
