/**
 * Replays the cases of tool_gpu_cases by the page's own web/lib/gpu.ts; runs
 * in Node.js and in a browser.
 */
import { simulate, widen, widenBytes } from './simulate.mjs';

/* |y - reference| <= tolerance * max(1, |reference|). WGSL gives arithmetic
 * its IEEE result, division 2.5 ulp, exp and the like a few ulp more; sums
 * come in another order than the reference's. What only moves or compares
 * values is exact. f16: the last bit of a stored value, 2^-11 of it, may go
 * either way, and so do the values computed from it. */
export function toleranceOf({ tolerance, device }) {
  if (device.startsWith('f16')) return Math.max(tolerance, 2e-3);
  return tolerance && Math.max(4 * tolerance, 5e-6);
}

const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
};

const numbers = (bytes, dtype) =>
  Array.from(new arrays[dtype](bytes.slice().buffer), Number);

/** A value that f16 cannot hold becomes what the GPU likes. */
function worst(got, want, half) {
  let error = 0;
  let where = 0;
  for (let i = 0; i < want.length; i++) {
    if (half && !Number.isFinite(want[i])) continue;
    const e = Object.is(got[i], want[i])
      ? 0
      : Math.abs(got[i] - want[i]) / Math.max(1, Math.abs(want[i]));
    if (!(e <= error)) [error, where] = [e, i];
    if (Number.isNaN(e)) break;
  }
  return { error, where };
}

/** The case as f32, when it is f16. */
function widened(one, bytesOf) {
  const types = (list) => list.map(([, , dtype]) => dtype);
  const list = simulate(one.list, {
    inputs: types(one.inputs),
    outputs: types(one.outputs),
  });
  const isWide = (i) => list.uploads[i][2] !== one.list.uploads[i][2];
  const wide = ([at, n, dtype], twice) => {
    const bytes = bytesOf(at, n);
    if (dtype === 'float16') return widenBytes(bytes);
    if (!twice) return bytes;
    const room = new Uint8Array(2 * n);
    room.set(bytes);
    return room;
  };
  return {
    list,
    shader: widen,
    upload: (i) => wide(one.uploads[i], isWide(i)),
    input: (piece) => wide(piece, false),
  };
}

function asPlanned(one, bytesOf) {
  return {
    list: one.list,
    shader: (text) => text,
    upload: (i) => bytesOf(...one.uploads[i]),
    input: ([at, n]) => bytesOf(at, n),
  };
}

/** {error, where, got, want} of the worst output element. */
export async function replay(GpuPlan, gpu, one, shader, bytesOf) {
  const f16 = one.device.startsWith('f16');
  const simulated = f16 && !gpu.facts.f16;
  const made = (simulated ? widened : asPlanned)(one, bytesOf);
  const plan = await GpuPlan.create(gpu, made.list, {
    shader: (name) => shader(name) && made.shader(shader(name)),
    upload: made.upload,
  });
  try {
    const { outputs } = await plan.run(one.inputs.map(made.input));
    let result = { error: 0 };
    for (const [i, piece] of one.outputs.entries()) {
      const [at, n, dtype] = piece;
      const half = dtype === 'float16';
      const type = half ? 'float32' : dtype;
      const bytes = bytesOf(at, n);
      const want = numbers(half ? widenBytes(bytes) : bytes, type);
      const raw = new Uint8Array(outputs[i]);
      const got = numbers(half && !simulated ? widenBytes(raw) : raw, type);
      const { error, where } = worst(got, want, f16);
      if (!(error <= result.error))
        result = { error, where, got: got[where], want: want[where] };
    }
    return result;
  } finally {
    plan.destroy();
  }
}

/** All cases in turn, on a device that `fresh` gives. */
export async function replayAll(GpuPlan, fresh, files, filter) {
  const { lines, bytesOf, shader } = files;
  const results = [];
  let gpu = await fresh();
  for (const line of lines) {
    if (!line) continue;
    const one = JSON.parse(line);
    const name = `${one.name}, ${one.shape}, ${one.device}`;
    if (filter && !name.includes(filter)) continue;
    const { refused, failed } = one;
    if (refused || failed) {
      results.push({ name, refused, failed });
      continue;
    }
    const most = toleranceOf(one);
    try {
      const result = await replay(GpuPlan, gpu, one, shader, bytesOf);
      results.push({ name, most, ...result, ok: result.error <= most });
    } catch (error) {
      const failed = `${error.code}: ${error.message}`;
      results.push({ name, ok: false, failed });
      if (gpu.failure) gpu = await fresh();
    }
  }
  gpu.destroy();
  return results;
}
