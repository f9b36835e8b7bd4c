/** How the workers and the engine's modules are found. */
import { moduleRoute, type Route, type WasmRoute } from './capabilities.js';
import { CutoutError } from './errors.js';
import { WorkerPeer } from './rpc.js';

type OnNote = (note: never) => void;

function start(make: () => Worker, onNote?: OnNote): WorkerPeer {
  try {
    return new WorkerPeer(make, onNote);
  } catch (error) {
    throw new CutoutError('crash', `No worker: ${String(error)}`);
  }
}

/* The address must stand inside `new Worker(new URL(...))`: that is how
 * bundlers see that a worker is meant. */
export const engineWorker = (onNote?: OnNote) =>
  start(
    () =>
      new Worker(new URL('./engine_worker.ts', import.meta.url), {
        type: 'module',
        name: 'cutout-engine',
      }),
    onNote,
  );

export const mediaWorker = (onNote?: OnNote) =>
  start(
    () =>
      new Worker(new URL('./media_worker.ts', import.meta.url), {
        type: 'module',
        name: 'cutout-media',
      }),
    onNote,
  );

export const canaryWorker = () =>
  start(
    () =>
      new Worker(new URL('./canary_worker.ts', import.meta.url), {
        type: 'module',
        name: 'cutout-canary',
      }),
  );

export const storeWorker = (onNote?: OnNote) =>
  start(
    () =>
      new Worker(new URL('./store_worker.ts', import.meta.url), {
        type: 'module',
        name: 'cutout-store',
      }),
    onNote,
  );

const modules: Record<WasmRoute, URL> = {
  'wasm-relaxed-threads': new URL(
    './wasm/cutout-relaxed-threads.wasm',
    import.meta.url,
  ),
  'wasm-simd-threads': new URL(
    './wasm/cutout-simd-threads.wasm',
    import.meta.url,
  ),
  'wasm-relaxed': new URL('./wasm/cutout-relaxed.wasm', import.meta.url),
  'wasm-simd': new URL('./wasm/cutout-simd.wasm', import.meta.url),
};

export const moduleUrl = (route: Route): string =>
  modules[moduleRoute(route)].href;
