/**
 * The worker that holds an engine: one model, one plan, one photo at a time.
 * It starts the helper threads, which end with it. Pixels come from and go to
 * the media worker, over a port of their own.
 */
import { Engine, sharedMemory, type HelperSeat } from './engine.js';
import type { Matting, MaskFacts, ModelSpec, Picture, PlanFacts } from './engine.js';
import { ModelStore, type Loaded } from './model_store.js';
import { CutoutError } from './errors.js';
import { Peer, workerPort } from './rpc.js';
import type { Progress } from './types.js';

export interface OpenRequest {
  moduleUrl: string;
  modelsUrl: string;
  model: string;
  /** The hash that the page expects. */
  sha256: string;
  spec: ModelSpec;
  /** 1: the module has no threads. */
  threads: number;
}

export interface Opened {
  sha256: string;
  engine: string;
  spec: ModelSpec;
  plan: PlanFacts;
  load: Loaded & { ms: number; bytes: number; storage: string };
  setupMs: number;
  memoryBytes: number;
}

export interface Cut {
  mask: MaskFacts;
  memoryBytes: number;
  ms: { prepare: number; inference: number; refinement: number };
}

const peer = new Peer(workerPort, { open, run });
const report = (progress: Progress) => peer.note(progress);

let engine: Engine;
let spec: ModelSpec;
let sizes: { weights: number };
const helpers: Worker[] = [];

let stage: Progress['stage'] = 'inference';
let last = 0;

/** Steps are many and short: say so twenty times a second. */
function onShare(done: number): void {
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
  const worker = new Worker(new URL('./helper_worker.ts', import.meta.url), {
    type: 'module',
  });
  helpers.push(worker);
  return new Promise((resolve, reject) => {
    worker.onerror = () =>
      reject(new CutoutError('crash', 'A helper thread did not start.'));
    worker.onmessage = () => resolve();
    worker.postMessage(seat);
  });
}

async function startHelpers(n: number): Promise<void> {
  await Promise.all(engine.helperSeats(n).map(startHelper));
  while (engine.helpersArrived() < n)
    await new Promise((done) => setTimeout(done, 1));
}

async function startEngine(request: OpenRequest): Promise<void> {
  const { moduleUrl } = request;
  const module = await compile(moduleUrl);
  const memory = moduleUrl.includes('threads') ? sharedMemory() : undefined;
  engine = await Engine.create({ module, memory }, onShare);
}

async function open(request: OpenRequest): Promise<Opened> {
  const { model } = request;
  report({ stage: 'setup', loaded: 0, total: 1 });
  const start = performance.now();
  const store = await ModelStore.open(request.modelsUrl);
  const finding = store.manifest(model, request.sha256);
  await Promise.all([startEngine(request), finding]);
  const manifest = await finding;
  const ready = performance.now();

  const weights = engine.alloc(manifest.bytes);
  sizes = { weights: manifest.bytes };
  const load = await store.load(
    manifest,
    (offset, bytes) => engine.bytes(weights + offset, bytes.length).set(bytes),
    (loaded, downloaded) =>
      report({
        stage: downloaded ? 'download' : 'store',
        loaded,
        total: manifest.bytes,
      }),
  );
  const loaded = performance.now();

  report({ stage: 'setup', loaded: 0.5, total: 1 });
  spec = request.spec;
  // not before the model is here: a helper that sleeps in the engine holds up
  // the downloads of Firefox
  await startHelpers(request.threads - 1);
  engine.open(weights, manifest.bytes);
  const plan = engine.plan(spec, request.threads);
  report({ stage: 'setup', loaded: 1, total: 1 });
  return {
    sha256: manifest.sha256,
    engine: engine.version(),
    spec,
    plan,
    load: {
      ...load,
      ms: loaded - ready,
      bytes: sizes.weights,
      storage: store.kind,
    },
    setupMs: ready - start + performance.now() - loaded,
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

/** The photo is out of the module while the network runs: the peak is that
 * of the network or that of the matte, never the sum. */
async function run(port: MessagePort, matting: Matting): Promise<Cut> {
  const media = new Peer(port);
  const photo = await media.call<Picture>('pixels');
  const { width, height } = photo;

  const prepare = begin('prepare');
  withPhoto(photo, (ptr) => engine.prepare(ptr, width, height, spec));
  const inference = begin('inference');
  const mask = engine.infer();
  engine.trim();
  const refinement = begin('refinement');
  const n = photo.pixels.length;
  const out = engine.alloc(n);
  withPhoto(photo, (ptr) => engine.matte(ptr, width, height, out, matting));
  photo.pixels.set(engine.bytes(out, n));
  engine.free(out, n);
  const end = performance.now();

  await media.call('cut', [photo.pixels], [photo.pixels.buffer]);
  port.close();
  return {
    mask,
    memoryBytes: engine.memoryBytes(),
    ms: {
      prepare: inference - prepare,
      inference: refinement - inference,
      refinement: end - refinement,
    },
  };
}

