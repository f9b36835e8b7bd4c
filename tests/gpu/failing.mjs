/**
 * What web/lib/gpu.ts does when things go wrong, with lists by hand; runs in
 * Node.js and in a browser. Every promise must settle.
 */

const shader = `
@group(0) @binding(0) var<uniform> P: array<vec4<u32>, 8>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
override WORK: u32 = 1;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= P[0].x) { return; }
  var sum = x[id.x] * w[0];
  for (var i = 1u; i < WORK; i++) { sum = sum * 0.5 + w[i % 64]; }
  y[id.x] = sum;
}`;

const shaders = { scale: shader, broken: shader.replace('sum;', 'summ;') };
const n = 1000;

/** y = 2 x in one dispatch, and y = 2 y in each of the others. */
export function listByHand(nDispatches, work = 1) {
  const bytes = 4096;
  const [x, y, params, weights] = [0, 1, 2, 3];
  const buffers = ['input', 'output', 'params', 'weights'].map((usage) => ({
    usage,
    bytes,
  }));
  buffers.push({ usage: 'arena', bytes });
  const arena = 4;
  const operand = (i) => (i % 2 ? arena : y);
  const last = (nDispatches - 1) % 2; // y comes last
  return {
    precision: 'f32',
    bytes: bytes * buffers.length,
    cost: nDispatches * work * n,
    buffers,
    inputs: [{ name: 'x', buffer: x, bytes: 4 * n, dims: [n] }],
    outputs: [{ name: 'y', buffer: y, bytes: 4 * n, dims: [n] }],
    uploads: [
      [params, 0, 256],
      [weights, 0, 256],
    ],
    pipelines: [
      { shader: 'scale', head: '', constants: { WORK: work }, layout: 'uwwr' },
    ],
    steps: [{ node: 'n', op: 'Mul', method: 'scale' }],
    dispatches: Array.from({ length: nDispatches }, (_, i) => [
      ...[0, 0, 16, 1, 1, work * n],
      [
        [params, 0, 128],
        [operand(i + last), 0, bytes],
        [i ? operand(i + last + 1) : x, 0, bytes],
        [weights, 0, 256],
      ],
    ]),
  };
}

const sources = {
  shader: (name) => shaders[name],
  upload: (i) =>
    new Uint8Array(
      (i ? new Float32Array(64).fill(2) : new Uint32Array(64).fill(n)).buffer,
    ),
};
const input = [
  new Uint8Array(Float32Array.from({ length: n }, (_, i) => i).buffer),
];

const outcome = (promise) =>
  promise.then(
    () => 'done',
    (error) => error.code ?? String(error),
  );

async function works(GpuPlan, gpu, check) {
  const plan = await GpuPlan.create(gpu, listByHand(7), sources);
  const seen = [];
  const onProgress = (done) => seen.push(done);
  const { outputs } = await plan.run(input, { onProgress });
  const y = new Float32Array(outputs[0]);
  check('computed', y.every((v, i) => v === i * 128), y.slice(0, 4));
  check('progress ends at 1', seen.at(-1) === 1, seen);
  const again = await plan.run(input);
  const z = new Float32Array(again.outputs[0]);
  check('again the same', z.every((v, i) => v === y[i]));
  const planned = 5 * 4096 + 4000;
  check('bytes as planned',
    plan.allocatedBytes === planned && plan.plannedBytes === planned,
    plan.allocatedBytes);
  const { dispatchMs } = await plan.run(input, { profile: true });
  check('a time for every dispatch, or none',
    !dispatchMs || (dispatchMs.length === 7 && dispatchMs.every((t) => t >= 0)),
    dispatchMs);
  check('short input is refused',
    (await outcome(plan.run([new Uint8Array(8)]))) === 'bad-option');
  check('works after that', (await outcome(plan.run(input))) === 'done');
  plan.destroy();
}

async function splits(GpuPlan, gpu, check) {
  const plan = await GpuPlan.create(gpu, listByHand(200, 1000), sources);
  await plan.run(input);
  const { submissions } = await plan.run(input);
  check('long work is split', submissions > 2 && submissions <= 200,
    submissions);
  const controller = new AbortController();
  let told = 0;
  const run = plan.run(input, {
    signal: controller.signal,
    onProgress: () => told++ || controller.abort(),
  });
  check('cancelled', (await outcome(run)) === 'cancelled');
  check('nothing told after that', told <= 3, told);
  const before = plan.run(input, { signal: AbortSignal.abort() });
  check('cancelled before', (await outcome(before)) === 'cancelled');
  check('works after that', (await outcome(plan.run(input))) === 'done');
  plan.destroy();
}

async function refusals(GpuPlan, gpu, check) {
  const attempt = async (change) => {
    const list = listByHand(2);
    change(list);
    return GpuPlan.create(gpu, list, sources).then(
      () => ({ code: 'done' }),
      (error) => error,
    );
  };
  const cases = {
    'broken shader': ['gpu-shader', (l) => (l.pipelines[0].shader = 'broken')],
    'missing shader': ['gpu-shader', (l) => (l.pipelines[0].shader = 'none')],
    'unknown constant': ['gpu-shader', (l) => (l.pipelines[0].constants.X = 1)],
    'binding too long': ['gpu-validation',
      (l) => (l.dispatches[1][6][1] = [1, 0, 8192])],
    'offset off alignment': ['gpu-validation',
      (l) => (l.dispatches[1][6][1] = [1, 16, 256])],
    'layout too short': ['gpu-shader', (l) => (l.pipelines[0].layout = 'uww')],
    'upload past the end': ['gpu-validation',
      (l) => (l.uploads[1] = [3, 4000, 256])],
    'sum is wrong': ['engine', (l) => (l.bytes += 256)],
    'buffer too large': ['gpu-validation', (l) => {
      l.buffers[4].bytes = 2 ** 42;
      l.bytes += 2 ** 42 - 4096;
    }],
  };
  for (const [name, [code, change]] of Object.entries(cases)) {
    const error = await attempt(change);
    check(`${name}: ${code}`, error.code === code,
      `${error.code}: ${error.message}`);
    if (name === 'broken shader')
      check('says which line', /scale|broken.*line 12/s.test(error.message),
        error.message);
  }
  const plan = await GpuPlan.create(gpu, listByHand(3), sources);
  check('the device is still good', (await outcome(plan.run(input))) === 'done',
    gpu.failure?.message);
  plan.destroy();
  const gone = await outcome(plan.run(input));
  check('no run on a destroyed plan', gone.startsWith('gpu-'), gone);
}

async function losses(GpuPlan, fresh, check) {
  const first = await fresh();
  const plan = await GpuPlan.create(first, listByHand(200, 1000), sources);
  const run = plan.run(input, { onProgress: () => first.device.destroy() });
  const code = await outcome(run);
  check('lost during a run', code === 'gpu-lost', code);
  const later = await outcome(plan.run(input));
  check('lost for ever', later === 'gpu-lost', later);
  const made = await outcome(GpuPlan.create(first, listByHand(1), sources));
  check('no plan on a lost device', made === 'gpu-lost', made);
  const second = await fresh();
  const making = GpuPlan.create(second, listByHand(3, 77), sources);
  second.device.destroy();
  const lost = await outcome(making);
  check('lost during creation', lost === 'gpu-lost', lost);
  const third = await fresh();
  const last = await GpuPlan.create(third, listByHand(200, 1000), sources);
  const running = outcome(last.run(input));
  third.destroy();
  const closed = await running;
  check('given back during a run', closed === 'cancelled', closed);
}

export async function failing({ GpuPlan }, fresh, check) {
  const gpu = await fresh();
  await works(GpuPlan, gpu, check);
  await splits(GpuPlan, gpu, check);
  await refusals(GpuPlan, gpu, check);
  gpu.destroy();
  await losses(GpuPlan, fresh, check);
}
