/** Sends the canary: the device's answer against the CPU's, and its speed. */
import {
  canaryMacs,
  canaryModel,
  canarySides,
  canarySpec,
  noise,
  type CanaryResult,
} from './canary.js';
import type { GpuRoute } from './capabilities.js';
import { Engine } from './engine.js';
import { toError } from './errors.js';
import { GpuSession } from './gpu_session.js';
import { Peer, workerPort } from './rpc.js';

new Peer(workerPort, { canary });

/** Half precision has three digits, and the network is twelve steps deep. */
const tolerance = { 'webgpu-f32': 2e-3, 'webgpu-f16': 4e-2 };
/** No photo would be done in reasonable time below this. */
const leastGflops = 10;
/** A first run slower than this needs no second size to tell the speed. */
const slowMs = 30;

function fill(engine: Engine, side: number): void {
  const input = engine.input(3 * side * side);
  input.set(new Uint8Array(noise(3 * side * side, 1, side).buffer));
}

/** The better of two runs, in milliseconds. */
async function timed(gpu: GpuSession, engine: Engine, side: number) {
  let best = Infinity;
  for (let i = 0; i < 2; i++) {
    const start = performance.now();
    await gpu.infer(engine, canarySpec(side), () => {});
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** The CPU's answer, from the same module. */
function onCpu(engine: Engine, side: number): Float32Array {
  engine.plan(canarySpec(side), 1);
  fill(engine, side);
  engine.infer();
  return engine.mask(side * side).slice();
}

async function onGpu(engine: Engine, route: GpuRoute) {
  const [side, larger] = canarySides;
  const silent = () => {};
  const first = await GpuSession.open(engine, canarySpec(side), route, silent);
  fill(engine, side);
  const ms = await timed(first, engine, side);
  const mask = engine.mask(side * side).slice();
  first.destroy();
  if (ms > slowMs) return { mask, ms, perMs: canaryMacs(side) / ms };
  const next = await GpuSession.open(engine, canarySpec(larger), route, silent);
  fill(engine, larger);
  const longer = await timed(next, engine, larger);
  next.destroy();
  // what both have in common is the way there and back
  const macs = canaryMacs(larger) - canaryMacs(side);
  const perMs = macs / Math.max(longer - ms, 0.1);
  return { mask, ms: 2 * (ms + longer), perMs };
}

function difference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (!(d <= most)) most = d; // NaN too
  }
  return most;
}

async function canary(url: string, route: GpuRoute): Promise<CanaryResult> {
  const start = performance.now();
  const response = await fetch(url);
  const module = await WebAssembly.compile(await response.arrayBuffer());
  const engine = await Engine.create({ module, memory: undefined }, () => {});
  const bytes = canaryModel();
  const ptr = engine.alloc(bytes.length);
  engine.bytes(ptr, bytes.length).set(bytes);
  engine.open(ptr, bytes.length);
  const none = { gflops: 0, ms: 0, error: 0 };
  const totalMs = () => performance.now() - start;
  try {
    const { mask, ms, perMs } = await onGpu(engine, route);
    const error = difference(mask, onCpu(engine, canarySides[0]));
    const gflops = 2e-6 * perMs;
    const right = error <= tolerance[route];
    const verdict = !right ? 'wrong' : gflops < leastGflops ? 'slow' : 'passed';
    const message = right ? '' : `It is off by ${error}.`;
    return { verdict, gflops, ms, totalMs: totalMs(), error, message };
  } catch (thrown) {
    const { message } = toError(thrown, 'crash');
    return { ...none, verdict: 'failed', totalMs: totalMs(), message };
  }
}
