/**
 * A whole network on the GPU beside the module's own CPU route: the same
 * weights, the same photo, masks compared. Runs in Node.js and in a browser.
 */
import { halfUploads, simulate, widen, widenBytes } from './simulate.mjs';

const flags = { shaderF16: 1, subgroups: 2, useF16: 4, isCpu: 8 };

function makeList(ours, engine, gpu, spec, f16) {
  const { facts, device } = gpu;
  const limits = ours.limitsOf(device);
  const words = [
    limits.maxBufferBytes / 1024,
    limits.maxBindingBytes / 1024,
    limits.maxStorageBindings,
    limits.maxWorkgroupBytes,
    limits.maxInvocations,
    limits.offsetAlignment,
    facts.subgroups,
  ];
  const bits =
    (f16 ? flags.shaderF16 | flags.useF16 : 0) |
    (facts.subgroups ? flags.subgroups : 0) |
    (facts.fallback ? flags.isCpu : 0);
  return engine.gpuPlan(spec, words, bits);
}

/** As in cases.json, where the device has no f16. */
function widened(list, engine) {
  const isHalf = halfUploads(list);
  const wide = simulate(list, { inputs: [], outputs: [] });
  const upload = (i) => {
    const bytes = engine.gpuUpload(i);
    if (isHalf[i]) return widenBytes(bytes);
    const room = new Uint8Array(wide.uploads[i][2]);
    room.set(bytes);
    return room;
  };
  return { list: wide, shader: widen, upload };
}

function difference(got, want) {
  let max = 0;
  let sum = 0;
  for (let i = 0; i < want.length; i++) {
    const e = Math.abs(got[i] - want[i]);
    if (!(e <= max)) max = e;
    sum += e;
  }
  return { max, mean: sum / want.length };
}

/** {max, mean} of |GPU - CPU| over the mask, and what it took. */
export async function network(ours, gpu, files, { size, f16 }) {
  const { module, model, photo, spec: entry, shader } = files;
  const engine = await ours.Engine.create({ module }, () => {});
  const bytes = engine.alloc(model.length);
  engine.bytes(bytes, model.length).set(model);
  const spec = { ...entry, width: size, height: size };
  const n = size * size;
  const pixels = engine.alloc(photo.pixels.length);
  engine.bytes(pixels, photo.pixels.length).set(photo.pixels);
  const prepare = () =>
    engine.prepare(pixels, photo.width, photo.height, spec);

  engine.open(bytes, model.length);
  engine.plan(spec, 1);
  prepare();
  const start = performance.now();
  engine.infer();
  const cpuMs = performance.now() - start;
  const want = engine.mask(n).slice();

  const list = makeList(ours, engine, gpu, spec, f16);
  prepare();
  const asPlanned = {
    list,
    shader: (text) => text,
    upload: (i) => engine.gpuUpload(i),
  };
  const simulated = f16 && !gpu.facts.f16;
  const made = simulated ? widened(list, engine) : asPlanned;
  const created = performance.now();
  const plan = await ours.GpuPlan.create(gpu, made.list, {
    shader: (name) => made.shader(shader(name)),
    upload: made.upload,
  });
  const createMs = performance.now() - created;
  try {
    const times = [];
    let run;
    for (let i = 0; i < (files.runs ?? 1); i++) {
      const began = performance.now();
      run = await plan.run([engine.input(3 * n)]);
      times.push(performance.now() - began);
    }
    const mask = new Float32Array(run.outputs[0]);
    return {
      ...difference(mask, want),
      ...{ cpuMs, createMs, runMs: Math.min(...times) },
      submissions: run.submissions,
      pipelines: list.pipelines.length,
      dispatches: list.dispatches.length,
      plannedBytes: list.bytes,
      simulated,
    };
  } finally {
    plan.destroy();
  }
}
