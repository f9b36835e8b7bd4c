/** Sends the canary: the device's answer against the CPU's, and its speed. */
import {
  canaryMacs,
  canaryModel,
  canaryPhoto,
  canarySides,
  canarySpec,
  type CanaryResult,
} from './canary.js';
import type { GpuRoute } from './capabilities.js';
import { Engine, type Picture } from './engine.js';
import { toError } from './errors.js';
import { GpuSession } from './gpu_session.js';
import { Peer, workerPort } from './rpc.js';

new Peer(workerPort, { canary });

/** Half precision has three digits, and the network is twelve steps deep. */
const tolerance = { 'webgpu-f32': 2e-3, 'webgpu-f16': 4e-2 };
/** Of a cut-out's bytes, colours times alpha: so much is rounding, ... */
const mostByte = 2;
/** ... and so many may be off by more. */
const mostBytes = 0.003;
/** No photo would be done in reasonable time below this. */
const leastGflops = 10;
/** A first run slower than this needs no second size to tell the speed. */
const slowMs = 30;

const usual = { refine: true, foreground: true, invert: false };
const silent = () => {};

type Parts = NonNullable<CanaryResult['parts']>;

/** The engine with the photo in its memory. */
interface Scene {
  engine: Engine;
  photo: Picture;
  ptr: number;
  parts: Parts;
}

async function timed<T>(
  { parts }: Scene,
  part: keyof Parts,
  work: () => T | Promise<T>,
): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    parts[part] += performance.now() - start;
  }
}

function prepare({ engine, photo, ptr }: Scene, side: number): void {
  engine.prepare(ptr, photo.width, photo.height, canarySpec(side));
}

/** The better of two runs, in milliseconds. */
async function bestRun(gpu: GpuSession, scene: Scene, side: number) {
  prepare(scene, side);
  let best = Infinity;
  for (let i = 0; i < 2; i++) {
    const start = performance.now();
    const run = () => gpu.infer(scene.engine, canarySpec(side), silent);
    await timed(scene, 'network', run);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function openGpu(scene: Scene, side: number, route: GpuRoute, photos = false) {
  return timed(scene, 'setup', () =>
    GpuSession.open(scene.engine, canarySpec(side), route, silent, photos),
  );
}

/** The photo's whole way; undefined where this GPU has none. */
async function photoOn(gpu: GpuSession, scene: Scene) {
  const { engine, photo } = scene;
  const spec = canarySpec(canarySides[0]);
  const way = await timed(scene, 'setup', () =>
    gpu.photo(engine, spec, photo, usual, silent),
  );
  if (typeof way === 'string') return undefined;
  try {
    return await timed(scene, 'photo', () => way.run(photo.pixels));
  } finally {
    way.destroy();
  }
}

/** The network's answer, the photo's, multiply-adds per millisecond. */
async function onGpu(scene: Scene, route: GpuRoute) {
  const [side, larger] = canarySides;
  const { engine } = scene;
  const first = await openGpu(scene, side, route, true);
  const ms = await bestRun(first, scene, side);
  const mask = engine.mask(side * side).slice();
  const photo = await photoOn(first, scene);
  first.destroy();
  if (ms > slowMs) return { mask, photo, perMs: canaryMacs(side) / ms };
  const next = await openGpu(scene, larger, route);
  const longer = await bestRun(next, scene, larger);
  next.destroy();
  // what both have in common is the way there and back
  const macs = canaryMacs(larger) - canaryMacs(side);
  return { mask, photo, perMs: macs / Math.max(longer - ms, 0.1) };
}

/** The CPU's mask, from the same module. */
function maskOnCpu(scene: Scene): Float32Array {
  const { engine } = scene;
  const [side] = canarySides;
  engine.plan(canarySpec(side), 1);
  prepare(scene, side);
  engine.infer();
  return engine.mask(side * side).slice();
}

/** The CPU's cut-out from the GPU's mask. */
function cutoutOnCpu({ engine, photo, ptr }: Scene, mask: Float32Array) {
  const { width, height, pixels } = photo;
  engine.mask(mask.length).set(mask);
  const out = engine.alloc(pixels.length);
  engine.matte(ptr, width, height, out, usual);
  const cutout = engine.bytes(out, pixels.length).slice();
  engine.free(out, pixels.length);
  return cutout;
}

function difference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (!(d <= most)) most = d; // NaN too
  }
  return most;
}

/** The share of bytes that are not the same; where alpha is small, colours
 * mean little. */
function shareOff(a: Uint8Array, b: Uint8Array): number {
  let off = 0;
  for (let i = 0; i < a.length; i++) {
    const alpha = i | 3;
    const scale = (x: Uint8Array) => (i === alpha ? 1 : x[alpha]! / 255);
    if (Math.abs(a[i]! * scale(a) - b[i]! * scale(b)) > mostByte) off++;
  }
  return off / a.length;
}

/** What is wrong with the device's answers, as a sentence; nothing: ''. */
async function judge(
  scene: Scene,
  { mask, photo }: Awaited<ReturnType<typeof onGpu>>,
  route: GpuRoute,
) {
  const want = await timed(scene, 'cpu', () => maskOnCpu(scene));
  const photoMask = photo?.mask ?? mask;
  const error = Math.max(difference(mask, want), difference(photoMask, want));
  if (!(error <= tolerance[route]))
    return { error, message: `It is off by ${error}.` };
  if (!photo) return { error, message: '' };
  const cutout = await timed(scene, 'cpu', () =>
    cutoutOnCpu(scene, photo.mask),
  );
  const off = shareOff(photo.cutout, cutout);
  const message =
    off > mostBytes ? `${(100 * off).toFixed(1)} % of a photo is off.` : '';
  return { error, message };
}

async function makeScene(url: string, parts: Parts): Promise<Scene> {
  const response = await fetch(url);
  const module = await WebAssembly.compile(await response.arrayBuffer());
  const engine = await Engine.create({ module, memory: undefined }, silent);
  const bytes = canaryModel();
  const model = engine.alloc(bytes.length);
  engine.bytes(model, bytes.length).set(bytes);
  engine.open(model, bytes.length);
  const photo = canaryPhoto();
  const ptr = engine.alloc(photo.pixels.length);
  engine.bytes(ptr, photo.pixels.length).set(photo.pixels);
  return { engine, photo, ptr, parts };
}

async function canary(url: string, route: GpuRoute): Promise<CanaryResult> {
  const start = performance.now();
  const parts: Parts = { load: 0, setup: 0, network: 0, photo: 0, cpu: 0 };
  const scene = await makeScene(url, parts);
  parts.load = performance.now() - start;
  const times = () => ({
    ms: parts.network + parts.photo,
    totalMs: performance.now() - start,
    parts,
  });
  try {
    const seen = await onGpu(scene, route);
    const { error, message } = await judge(scene, seen, route);
    const gflops = 2e-6 * seen.perMs;
    const verdict =
      message ? 'wrong' : gflops < leastGflops ? 'slow' : 'passed';
    return { verdict, gflops, error, message, ...times() };
  } catch (thrown) {
    const { message } = toError(thrown, 'crash');
    return { verdict: 'failed', gflops: 0, error: 0, message, ...times() };
  }
}
