/**
 * The worker that holds an engine: one model, one plan, one photo at a time.
 * It starts the helper threads, which end with it. Pixels come from and go to
 * the media worker, over a port of their own.
 */
import { Engine, sharedMemory, type HelperSeat } from './engine.js';
import type {
  Matting,
  MaskFacts,
  ModelSpec,
  Picture,
  PlanFacts,
} from './engine.js';
import type { ChaosNote, Mishap } from './chaos.js';
import {
  ModelStore,
  sha256,
  type Loaded,
  type Manifest,
} from './model_store.js';
import type { GpuRoute } from './capabilities.js';
import { CutoutError } from './errors.js';
import { GpuPhoto, type PhotoStage } from './gpu_photo.js';
import { GpuSession, type GpuFacts } from './gpu_session.js';
import type { Seated } from './helper_worker.js';
import type { Saboteur } from './saboteur.js';
import { Peer, workerPort } from './rpc.js';
import { SureWorker } from './sure_worker.js';
import type { Progress, StageTimes } from './types.js';

export interface OpenRequest {
  moduleUrl: string;
  modelsUrl: string;
  model: string;
  /** The hash that the page expects. */
  sha256: string;
  spec: ModelSpec;
  /** 1: the module has no threads. */
  threads: number;
  /** The GPU computes, the module does the rest; null: all of it. */
  gpu: GpuRoute | null;
  /** False: a job may come. Until it does, nothing is downloaded. */
  wanted: boolean;
  /** Read and write nothing of the store, which has failed. */
  bypassStore: boolean;
  chaos: Mishap[];
}

export interface Opened {
  sha256: string;
  engine: string;
  /** Of the engine's module. */
  engineSha256: string;
  spec: ModelSpec;
  plan: PlanFacts;
  gpu: GpuFacts | null;
  load: Loaded & { ms: number; bytes: number; storage: string };
  setupMs: number;
  memoryBytes: number;
}

export interface Cut {
  mask: MaskFacts;
  /** The value of every pixel of the mask, where that is one and the same. */
  constant: number | null;
  /** The device failed once the mask was here: the next job needs another. */
  spent: boolean;
  memoryBytes: number;
  /** Where the photo was made ready and the mask refined, with the bytes of
   * GPU memory that took; on the processor: why not on the GPU. */
  photo: { gpuBytes: number; reason: string | null };
  ms: Pick<
    StageTimes,
    'prepare' | 'upload' | 'inference' | 'readback' | 'refinement'
  >;
}

const peer = new Peer(workerPort, { open, want, replan, run });
const report = (progress: Progress) => peer.note(progress);

let chaos: Saboteur | undefined;
let manifest: Manifest;

/** Nobody asks for chaos, and then nothing of it is loaded. */
async function prepareChaos(mishaps: Mishap[]): Promise<void> {
  const damage = chaos?.damage;
  chaos = undefined;
  if (!mishaps.length && !damage) return;
  const { Saboteur } = await import('./saboteur.js');
  const seams = {
    exhaust: () => void engine.alloc(0xf000_0000),
    chunks: () => manifest.chunks.map((chunk) => chunk.sha256),
    mask: () => engine.mask(spec.width * spec.height),
    device: () => gpu?.device,
    helpers: () => engine?.helpersArrived(),
    breakHelper: () => engine.breakHelper(),
  };
  const tell = (note: ChaosNote) => peer.note(note);
  chaos = new Saboteur(mishaps, tell, seams, damage);
}

let engine: Engine;
let gpu: GpuSession | undefined;
let spec: ModelSpec;
const helpers: SureWorker[] = [];

/** Settled by the first job; what waits for it is no set-up time. */
const { wanted, anyJob } = (() => {
  let wanted!: () => void;
  const anyJob = new Promise<void>((resolve) => (wanted = resolve));
  return { wanted, anyJob };
})();
let waitedMs = 0;
async function mayDownload(): Promise<void> {
  const start = performance.now();
  await anyJob;
  waitedMs = Math.max(waitedMs, performance.now() - start);
}

let stage: Progress['stage'] = 'inference';
let last = 0;

/** Steps are many and short: say so twenty times a second. */
function onShare(done: number): void {
  if (stage === 'inference') chaos?.share(done);
  const now = performance.now();
  if (now - last < 50 && done < 1) return;
  last = now;
  report({ stage, loaded: done, total: 1 });
}

function compile(url: string): Promise<WebAssembly.Module> {
  const again = async () =>
    WebAssembly.compile(await (await fetch(url)).arrayBuffer());
  // a server that gives the wrong type is no reason to fail
  return WebAssembly.compileStreaming(fetch(url)).catch(again);
}

function startHelper(seat: HelperSeat): Promise<void> {
  const make = () =>
    new Worker(new URL('./helper_worker.ts', import.meta.url), {
      type: 'module',
    });
  const worker = new SureWorker(make);
  helpers.push(worker);
  return new Promise((resolve, reject) => {
    worker.onfailure = () =>
      reject(new CutoutError('crash', 'A helper thread did not start.'));
    worker.onmessage = ({ data }: MessageEvent<Seated>) => {
      const { alive, failed } = data;
      if (failed) reject(new CutoutError(failed.code, failed.message));
      const died = 'A helper thread of the engine died.';
      if (alive) workerPort.postMessage({ alive, died }, []);
      resolve();
    };
    worker.postMessage(seat, []);
  });
}

/** Brings helpers up to `n`, ready to begin. */
async function seatHelpers(n: number): Promise<void> {
  const seats = engine.helperSeats(helpers.length, n);
  await Promise.all(seats.map(startHelper));
}

/** Sends those that are seated to work. */
async function beginHelpers(): Promise<void> {
  const { length } = helpers;
  for (let i = engine.helpersArrived(); i < length; i++)
    helpers[i]!.postMessage('begin', []);
  while (engine.helpersArrived() < length)
    await new Promise((done) => setTimeout(done, 1));
}

async function startEngine(request: OpenRequest): Promise<void> {
  const { moduleUrl } = request;
  const module = await compile(moduleUrl);
  const memory = moduleUrl.includes('threads') ? sharedMemory() : undefined;
  engine = await Engine.create({ module, memory }, onShare);
}

function want(): void {
  wanted();
}

/** The same model for another number of threads. */
async function replan(threads: number): Promise<PlanFacts> {
  await seatHelpers(threads - 1);
  await beginHelpers();
  return gpu ? gpuFacts(threads) : engine.plan(spec, threads);
}

/** Threads only matter to what comes before and after the network. */
function gpuFacts(threads: number): PlanFacts {
  engine.setThreads(threads);
  return { ...engine.facts(), threads };
}

/** Plans; on a GPU the model's bytes go there and are given back here. */
async function plan(
  { gpu: route, threads }: OpenRequest,
  weights: number,
): Promise<PlanFacts> {
  engine.open(weights, manifest.bytes);
  if (!route) return engine.plan(spec, threads);
  const half = (done: number) =>
    report({ stage: 'setup', loaded: 0.5 + done / 2, total: 1 });
  gpu = await GpuSession.open(engine, spec, route, half, true);
  engine.free(weights, manifest.bytes);
  return gpuFacts(threads);
}

async function hashOf(url: string): Promise<string> {
  const response = await fetch(url, { cache: 'force-cache' });
  return sha256(new Uint8Array(await response.arrayBuffer()));
}

async function open(request: OpenRequest): Promise<Opened> {
  const { model } = request;
  if (request.wanted) wanted();
  report({ stage: 'setup', loaded: 0, total: 1 });
  const start = performance.now();
  await prepareChaos(request.chaos);
  const starting = startEngine(request);
  starting.catch(() => {}); // told below
  const store = await ModelStore.open(
    request.modelsUrl,
    mayDownload,
    request.bypassStore,
  );
  const found = await store.manifest(model, request.sha256);
  manifest = found;
  const hashing = hashOf(request.moduleUrl).catch(() => '');
  const ready = performance.now();
  const waited = waitedMs;
  await chaos?.at('store');

  // reading begins while the engine is compiled
  const allocating = starting.then(() => engine.alloc(found.bytes));
  const seated = starting.then(() => seatHelpers(request.threads - 1));
  allocating.catch(() => {}); // told below
  seated.catch(() => {});
  const load = await store.load(
    found,
    async (offset, bytes) => {
      const at = (await allocating) + offset;
      engine.bytes(at, bytes.length).set(bytes);
    },
    (loaded, downloaded) =>
      report({
        stage: downloaded ? 'download' : 'store',
        loaded,
        total: found.bytes,
      }),
  );
  const loaded = performance.now();

  report({ stage: 'setup', loaded: 0.5, total: 1 });
  await chaos?.at('setup');
  spec = request.spec;
  // not before the model is here: a helper that sleeps in the engine holds up
  // the downloads of Firefox
  await seated;
  await beginHelpers();
  const planned = await plan(request, await allocating);
  await chaos?.at('setup'); // for what needs the device
  report({ stage: 'setup', loaded: 1, total: 1 });
  return {
    sha256: found.sha256,
    engine: engine.version(),
    engineSha256: await hashing,
    spec,
    plan: planned,
    gpu: gpu?.facts ?? null,
    load: {
      ...load,
      ms: loaded - ready - (waitedMs - waited),
      bytes: found.bytes,
      storage: store.kind,
    },
    setupMs: ready - start - waited + performance.now() - loaded,
    memoryBytes: engine.memoryBytes(),
  };
}

/** Runs `use` with a copy of the photo in the engine's memory. */
function withPhoto(photo: Picture, use: (ptr: number) => void): void {
  const n = photo.pixels.length;
  const ptr = engine.alloc(n);
  try {
    engine.bytes(ptr, n).set(photo.pixels);
    use(ptr);
  } finally {
    engine.free(ptr, n);
  }
}

function begin(next: Progress['stage']): number {
  stage = next;
  last = 0;
  report({ stage, loaded: 0, total: 1 });
  return performance.now();
}

function onlyValue(mask: Float32Array): number | null {
  const first = mask[0]!;
  return mask.every((value) => value === first) ? first : null;
}

/** What a way through photo, network and mask gives. */
interface Finished extends Pick<Cut, 'mask' | 'constant' | 'photo' | 'ms'> {
  pixels: Uint8Array<ArrayBuffer>;
}

/** The photo is out of the module while the network runs: the peak is that
 * of the network or that of the matte, never the sum. */
async function throughModule(
  photo: Picture,
  matting: Matting,
  reason: string | null,
): Promise<Finished> {
  const { width, height, pixels } = photo;
  const prepare = begin('prepare');
  withPhoto(photo, (ptr) => engine.prepare(ptr, width, height, spec));
  await chaos?.at('upload');
  const inference = begin('inference');
  await chaos?.at('infer');
  let ways = { upload: 0, readback: 0 };
  if (gpu) ways = await gpu.infer(engine, spec, onShare);
  else engine.infer();
  const { mask, constant } = await judge();
  engine.trim();
  await chaos?.at('refine');
  const refinement = begin('refinement');
  const n = pixels.length;
  const out = engine.alloc(n);
  withPhoto(photo, (ptr) => engine.matte(ptr, width, height, out, matting));
  pixels.set(engine.bytes(out, n));
  engine.free(out, n);
  const ms = {
    ...ways,
    prepare: inference - prepare,
    inference: refinement - inference - ways.upload - ways.readback,
    refinement: performance.now() - refinement,
  };
  return { pixels, mask, constant, ms, photo: { gpuBytes: 0, reason } };
}

/** Photo and mask stay on the device; the mask comes down with the cut-out. */
async function throughGpu(
  photo: Picture,
  way: GpuPhoto,
  planMs: number,
): Promise<Finished> {
  const seams = { prepare: 'upload', inference: 'infer', refinement: 'refine' };
  const onStage = async (next: PhotoStage) => {
    begin(next);
    await chaos?.at(seams[next] as Parameters<Saboteur['at']>[0]);
  };
  try {
    const probe = gpu!.probe(engine);
    const options = { onStage, onProgress: onShare, probe };
    const { cutout, mask, ms } = await way.run(photo.pixels, options);
    engine.mask(mask.length).set(mask);
    const gpuBytes = way.allocatedBytes;
    ms.prepare += planMs - way.uploadMs;
    return {
      ...(await judge()),
      pixels: cutout,
      ms,
      photo: { gpuBytes, reason: null },
    };
  } finally {
    way.destroy();
  }
}

async function judge(): Promise<Pick<Cut, 'mask' | 'constant'>> {
  await chaos?.at('output');
  gpu?.check(engine);
  const constant = onlyValue(engine.mask(spec.width * spec.height));
  return { mask: engine.judge(), constant };
}

async function run(
  port: MessagePort,
  matting: Matting,
  mishaps: Mishap[],
): Promise<Cut> {
  await prepareChaos(mishaps);
  const media = new Peer(port);
  const photo = await media.call<Picture>('pixels');
  const start = begin('prepare');
  const way = gpu
    ? await gpu.photo(engine, spec, photo, matting, onShare)
    : null;
  const { pixels, ...cut } =
    way instanceof GpuPhoto
      ? await throughGpu(photo, way, performance.now() - start)
      : await throughModule(photo, matting, way);
  const made = chaos?.pixels(pixels) ?? pixels;
  await media.call('cut', [made], [made.buffer]);
  port.close();
  return {
    ...cut,
    spent: (await gpu?.isSpent()) ?? false,
    memoryBytes: engine.memoryBytes(),
  };
}
