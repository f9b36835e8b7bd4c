/** What this browser offers, and the routes that follow from it. */
import {
  adapterFacts,
  limitsOf,
  requestAdapter,
  type AdapterFacts,
  type GpuLimits,
} from './gpu_device.js';

/** On the GPU: only when asked for. */
export const gpuRoutes = ['webgpu-f16', 'webgpu-f32'] as const;
export type GpuRoute = (typeof gpuRoutes)[number];

/** The engine's modules, fastest first. */
export const routes = [
  'wasm-relaxed-threads',
  'wasm-simd-threads',
  'wasm-relaxed',
  'wasm-simd',
] as const;
export type WasmRoute = (typeof routes)[number];
export type Route = GpuRoute | WasmRoute;

export interface Capabilities {
  simd: boolean;
  relaxedSimd: boolean;
  /** The atomic instructions; useless without shared memory. */
  atomics: boolean;
  sharedMemory: boolean;
  crossOriginIsolated: boolean;
  /** Logical processors, as far as the browser tells. */
  cores: number;
  /** How many threads a job uses unless told otherwise. */
  threads: number;
  /** Gigabytes, where the browser tells. */
  deviceMemory: number | null;
  privateFiles: boolean;
  /** The browser has WebGPU; `adapter` tells if there is a GPU behind it. */
  webgpu: boolean;
  /** In order of preference; only those that run here. */
  routes: WasmRoute[];
}

/** More threads than this gain little and cost memory bandwidth. */
const mostThreads = 8;

/* A function () -> v128 that uses one instruction of each proposal, and one
 * that loads atomically. A browser without the instruction does not validate
 * the module. */
const header = [0, 97, 115, 109, 1, 0, 0, 0];
const returnsVector = [1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
const splat = [65, 0, 253, 15]; // i32.const 0, i8x16.splat
const probes = {
  // i8x16.popcnt
  simd: [...returnsVector, 10, 10, 1, 8, 0, ...splat, 253, 98, 11],
  // f32x4.relaxed_madd
  relaxed: [
    ...returnsVector,
    ...[10, 19, 1, 17, 0, ...splat, ...splat, ...splat, 253, 133, 2, 11],
  ],
  // i32.atomic.load of a shared memory
  atomics: [
    ...[1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 4, 1, 3, 1, 1],
    ...[10, 11, 1, 9, 0, 65, 0, 254, 16, 2, 0, 26, 11],
  ],
};

function validates(code: number[]): boolean {
  return WebAssembly.validate(Uint8Array.from([...header, ...code]));
}

/** iPads call themselves Macintosh, but have a touch screen. */
function isAppleMobile(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return (
    /iPhone|iPad|iPod/.test(userAgent) ||
    (userAgent.includes('Macintosh') && maxTouchPoints > 1)
  );
}

function runnable(c: Omit<Capabilities, 'routes'>): WasmRoute[] {
  const threads = c.atomics && c.sharedMemory && c.threads > 1;
  return routes.filter(
    (route) =>
      c.simd &&
      (c.relaxedSimd || !route.includes('relaxed')) &&
      (threads || !route.endsWith('threads')),
  );
}

export function capabilities(): Capabilities {
  const cores = navigator.hardwareConcurrency || 1;
  const sharedMemory =
    globalThis.crossOriginIsolated && typeof SharedArrayBuffer === 'function';
  const memory = (navigator as { deviceMemory?: number }).deviceMemory;
  const facts = {
    simd: validates(probes.simd),
    relaxedSimd: validates(probes.relaxed),
    atomics: validates(probes.atomics),
    sharedMemory,
    crossOriginIsolated: Boolean(globalThis.crossOriginIsolated),
    cores,
    // Shared memory has hung or crashed iPhones; see the README.
    threads:
      sharedMemory && !isAppleMobile() ? Math.min(cores, mostThreads) : 1,
    deviceMemory: memory ?? null,
    privateFiles: typeof navigator.storage?.getDirectory === 'function',
    webgpu: 'gpu' in navigator,
  };
  return { ...facts, routes: runnable(facts) };
}

export interface Adapter {
  facts: AdapterFacts;
  limits: GpuLimits;
}

/** What the browser tells of its GPU; null when it gives none. */
export async function adapter(): Promise<Adapter | null> {
  const found = await requestAdapter().catch(() => null);
  return found && { facts: adapterFacts(found), limits: limitsOf(found) };
}

export function isGpuRoute(name: string): name is GpuRoute {
  return (gpuRoutes as readonly string[]).includes(name);
}

export function isRoute(name: string): name is Route {
  return isGpuRoute(name) || (routes as readonly string[]).includes(name);
}

/** The route whose module opens the model: a GPU needs one as well, to plan,
 * for the photo and for the mask. */
export function moduleRoute(route: Route): WasmRoute {
  return isGpuRoute(route) ? (capabilities().routes[0] ?? 'wasm-simd') : route;
}
