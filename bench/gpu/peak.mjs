/**
 * The device's multiply-add peak: chains of multiply-adds that nothing else
 * waits for. 8 vec4 accumulators hide the latency of each other; what does not
 * fit would be spilt, what is never written would be left out.
 */
const loops = 256;
const chains = 8;
const invocations = 1 << 18; // many more than any GPU has lanes

const sum = Array.from({ length: chains }, (_, i) => `a${i}`).join(' + ');

const declared = Array.from(
  { length: chains },
  (_, i) => `var a${i} = m + T(${i}.0);`,
).join('\n  ');

const shader = (type, multiplyAdd) => `
${type === 'f16' ? 'enable f16;' : ''}
alias T = vec4<${type}>;
@group(0) @binding(0) var<storage, read_write> y: array<T>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = y[id.x];
  let c = y[id.x] * 0.5;
  ${declared}
  for (var i = 0u; i < ${loops / 4}u; i++) {
    ${Array.from({ length: 4 * chains }, (_, i) => {
      const a = `a${i % chains}`;
      return `${a} = ${multiplyAdd(a)};`;
    }).join('\n')}
  }
  y[id.x] = ${sum};
}`;

const ways = {
  fma: (a) => `fma(${a}, m, c)`,
  'a * b + c': (a) => `${a} * m + c`,
};

/** Milliseconds of `n` dispatches. */
async function time(device, pipeline, group, n) {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  for (let i = 0; i < n; i++) pass.dispatchWorkgroups(invocations / 64);
  pass.end();
  const commands = encoder.finish();
  const start = performance.now();
  device.queue.submit([commands]);
  await device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

async function measure(device, type, multiplyAdd) {
  const size = invocations * (type === 'f16' ? 8 : 16);
  const buffer = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
  const module = device.createShaderModule({ code: shader(type, multiplyAdd) });
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  await time(device, pipeline, group, 1);
  let n = 1;
  let ms = await time(device, pipeline, group, n);
  // long enough that the submission's own time is nothing
  for (; ms < 100 && n < 1024; n *= 2)
    ms = await time(device, pipeline, group, 2 * n);
  let best = ms;
  for (let i = 0; i < 5; i++)
    best = Math.min(best, await time(device, pipeline, group, n));
  buffer.destroy();
  return (2 * 4 * loops * chains * invocations * n) / best / 1e6;
}

/** {f32, f16?}: GFLOP/s, a multiply-add as two, and how it was written. */
export async function peaks() {
  const adapter = await navigator.gpu.requestAdapter({
    powerPreference: 'high-performance',
  });
  const f16 = adapter.features.has('shader-f16');
  const device = await adapter.requestDevice({
    requiredFeatures: f16 ? ['shader-f16'] : [],
  });
  const found = {};
  for (const type of f16 ? ['f32', 'f16'] : ['f32'])
    for (const [way, multiplyAdd] of Object.entries(ways)) {
      const gflops = await measure(device, type, multiplyAdd);
      if (gflops > (found[type]?.gflops ?? 0)) found[type] = { gflops, way };
    }
  device.destroy();
  return found;
}
