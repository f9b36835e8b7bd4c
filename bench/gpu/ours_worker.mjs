/** Our engine, on WebGPU or in WebAssembly with threads: the network only. */
import { gpuBytes, serve } from './count.mjs';
import { convolutions } from './convert.mjs';
import { readModel } from './onnx.mjs';
import { capabilities } from '../../web/lib/capabilities.ts';
import { Engine, sharedMemory } from '../../web/lib/engine.ts';
import { GpuPlan } from '../../web/lib/gpu.ts';
import { GpuDevice, limitsOf } from '../../web/lib/gpu_device.ts';
import { flagsOf, limitWords } from '../../web/lib/gpu_session.ts';
import { shaderSource } from '../../web/lib/gpu_shaders.ts';

const modules = {
  'wasm-relaxed-threads': new URL(
    '../../web/lib/wasm/cutout-relaxed-threads.wasm',
    import.meta.url,
  ),
  'wasm-simd-threads': new URL(
    '../../web/lib/wasm/cutout-simd-threads.wasm',
    import.meta.url,
  ),
  'wasm-relaxed': new URL(
    '../../web/lib/wasm/cutout-relaxed.wasm',
    import.meta.url,
  ),
  'wasm-simd': new URL('../../web/lib/wasm/cutout-simd.wasm', import.meta.url),
};

let engine;
let plan;
let pixels;

async function startEngine(route) {
  const module = await WebAssembly.compileStreaming(fetch(modules[route]));
  const memory = route.endsWith('threads') ? sharedMemory() : undefined;
  engine = await Engine.create({ module, memory }, () => {});
}

async function startHelpers(threads) {
  const seats = engine.helperSeats(0, threads - 1);
  const workers = await Promise.all(
    seats.map(
      (seat) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(
            new URL('../../web/lib/helper_worker.ts', import.meta.url),
            { type: 'module' },
          );
          worker.onmessage = () => resolve(worker);
          worker.onerror = reject;
          worker.postMessage(seat);
        }),
    ),
  );
  for (const worker of workers) worker.postMessage('begin');
  while (engine.helpersArrived() < workers.length)
    await new Promise((done) => setTimeout(done, 1));
}

async function openGpu(spec, precision) {
  const start = performance.now();
  const gpu = await GpuDevice.request(undefined, { timestamps: true });
  const asked = performance.now();
  const limits = limitWords(limitsOf(gpu.device), gpu.facts);
  const flags = flagsOf(gpu.facts, precision === 'f16');
  const list = engine.gpuPlan(spec, limits, flags);
  const planned = performance.now();
  plan = await GpuPlan.create(gpu, list, {
    shader: shaderSource,
    upload: (i) => engine.gpuUpload(i),
  });
  return {
    setup_ms: {
      device: asked - start,
      plan: planned - asked,
      create: performance.now() - planned,
      upload: plan.uploadMs,
    },
    pipelines: list.pipelines.length,
    dispatches: list.dispatches.length,
    planned_bytes: plan.plannedBytes,
  };
}

/** `precision` f32 or f16: on WebGPU; none: in WebAssembly. The model's bytes
 * are at hand, as they are for the peer. */
async function open({ model, size, precision }) {
  const start = performance.now();
  const { routes, threads: most } = capabilities();
  const [route] = routes;
  const threads = route.endsWith('threads') ? most : 1;
  pixels = size * size;
  await startEngine(route);
  const at = engine.alloc(model.byteLength);
  engine.bytes(at, model.byteLength).set(new Uint8Array(model));
  engine.open(at, model.byteLength);
  const spec = { width: size, height: size, output: 'output' };
  let facts = { route, threads };
  if (precision) {
    facts = { route: `webgpu-${precision}`, threads: 1 };
    Object.assign(facts, await openGpu(spec, precision));
  } else {
    await startHelpers(threads);
    engine.plan(spec, threads);
  }
  return {
    ...facts,
    load_ms: performance.now() - start,
    version: engine.version(),
  };
}

async function run({ x }) {
  const start = performance.now();
  const bytes = new Uint8Array(x.buffer);
  let mask;
  if (plan) {
    const { outputs } = await plan.run([bytes]);
    mask = new Float32Array(outputs[0]);
  } else {
    engine.input(3 * pixels).set(bytes);
    engine.infer();
    mask = engine.mask(pixels).slice();
  }
  const ms = performance.now() - start;
  return { ms, mask, gpu_bytes: gpuBytes.most, wasm_bytes: engine.memoryBytes() };
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/** Milliseconds of every layer, medians over `n` runs; null: no timestamps. */
async function profile({ x, n, model, size }) {
  const runs = [];
  for (let i = 0; i < n; i++) {
    const input = [new Uint8Array(x.buffer)];
    const { dispatchMs } = await plan.run(input, { profile: true });
    if (!dispatchMs) return null;
    runs.push(dispatchMs);
  }
  const { steps, dispatches } = plan.list;
  const list = convolutions(readModel(new Uint8Array(model)), size);
  const known = new Map(list.map((layer) => [layer.node, layer]));
  const layers = steps.map((step) => {
    const { kernel = '', shape = '', macs = 0 } = known.get(step.node) ?? {};
    return { ...step, kernel, shape, macs, dispatches: 0, ms: 0 };
  });
  dispatches.forEach(([, step], i) => {
    layers[step].dispatches++;
    layers[step].ms += median(runs.map((ms) => ms[i]));
  });
  return layers;
}

serve({ open, run, profile });
