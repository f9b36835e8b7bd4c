/**
 * Replays the cases of tool_gpu_photo: the photo's way over the GPU beside what
 * the CPU made of the same photos. Runs in Node.js and in a browser.
 */

/** The list with buffers of its own: the mask goes in, the tensor comes out. */
function alone(list) {
  const usages = { 0: 'arena', 4: 'input', 5: 'output' };
  let { bytes } = list;
  const buffers = list.buffers.map((buffer, i) => {
    if (buffer.usage !== 'shared') return buffer;
    bytes += buffer.bytes;
    return { usage: usages[i], bytes: buffer.bytes };
  });
  const [cutout, mask] = list.outputs;
  const input = { ...mask, name: 'input', buffer: 5, bytes: 3 * mask.bytes };
  const { inputs } = list;
  return {
    ...list,
    bytes,
    buffers,
    inputs: [...inputs, mask],
    outputs: [cutout, input],
  };
}

const floats = (bytes) => new Float32Array(bytes.slice().buffer);

/** The largest difference, of the range of what is wanted. */
function tensorError(got, want) {
  let [low, high, worst] = [Infinity, -Infinity, 0];
  for (const v of want) [low, high] = [Math.min(low, v), Math.max(high, v)];
  for (let i = 0; i < want.length; i++) {
    const e = Math.abs(got[i] - want[i]);
    if (!(e <= worst)) worst = e;
    if (Number.isNaN(e)) break;
  }
  return worst / (high > low ? high - low : 1);
}

/** Shares of alphas and of colours that differ by more than 1, and the largest
 * differences. */
export function pixelError(got, want) {
  const result = { alpha: 0, colour: 0, mostAlpha: 0, mostColour: 0 };
  for (let i = 0; i < want.length; i++) {
    const e = Math.abs(got[i] - want[i]);
    if (i % 4 === 3) {
      result.alpha += e > 1;
      result.mostAlpha = Math.max(result.mostAlpha, e);
    } else {
      result.colour += e > 1;
      result.mostColour = Math.max(result.mostColour, e);
    }
  }
  result.alpha /= want.length / 4;
  result.colour /= (3 * want.length) / 4;
  return result;
}

/** The photo's list, the mask given. */
async function replayAlone({ GpuPlan }, gpu, one, files) {
  const bytes = (name) => files.bytesOf(...one[name]);
  const sources = { shader: files.shader, upload: () => bytes('upload') };
  const plan = await GpuPlan.create(gpu, alone(one.list), sources);
  try {
    const inputs = [bytes('photo'), bytes('mask')];
    const { outputs } = await plan.run(inputs);
    return {
      tensor: tensorError(new Float32Array(outputs[1]), floats(bytes('input'))),
      ...pixelError(new Uint8Array(outputs[0]), bytes('cutout')),
    };
  } finally {
    plan.destroy();
  }
}

/** Photo, network and cut-out as the page runs them; twice. */
async function replayChain({ GpuPlan, GpuPhoto }, gpu, one, files) {
  const bytes = (name) => files.bytesOf(...one[name]);
  const sources = (name) => ({
    shader: files.shader,
    upload: () => bytes(name),
  });
  const network =
    await GpuPlan.create(gpu, one.network, sources('network_upload'));
  const photo =
    await GpuPhoto.create(gpu, network, one.list, sources('upload'));
  try {
    await photo.run(bytes('photo'));
    const { cutout, mask } = await photo.run(bytes('photo'));
    const want = floats(bytes('input')).subarray(0, mask.length);
    return {
      tensor: tensorError(mask, want),
      ...pixelError(cutout, bytes('chained')),
    };
  } finally {
    photo.destroy();
    network.destroy();
  }
}

/** All cases on a device that `fresh` gives. */
export async function replayPhotos(ours, fresh, files, filter) {
  const results = [];
  const gpu = await fresh();
  for (const line of files.lines) {
    if (!line) continue;
    const one = JSON.parse(line);
    if (filter && !one.name.includes(filter)) continue;
    for (const [way, replay] of Object.entries({ replayAlone, replayChain })) {
      const name = `${one.name}, ${way}`;
      try {
        results.push({ name, ...(await replay(ours, gpu, one, files)) });
      } catch (error) {
        results.push({ name, failed: `${error.code}: ${error.message}` });
      }
    }
  }
  gpu.destroy();
  return results;
}
