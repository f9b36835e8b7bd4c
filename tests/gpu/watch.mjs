/**
 * The look at a run's inner results (src/gpu/watch.h) on a real list: nothing
 * is found where nothing is wrong, in many runs; and whichever step is put out
 * of order, a run that looks at it finds it.
 *
 *     node tests/gpu/watch.mjs FOLDER MODEL WASM [SIZE]
 *
 * FOLDER has gpu.mjs (bundle.mjs). The model's output is the file's first, or
 * OUTPUT. TIMES=5: nothing but what looking costs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, group, summary } from '../web/check.mjs';
import { dawn, needVulkan } from './dawn.mjs';

needVulkan();
const [folder, path, wasm, side = '64'] = process.argv.slice(2);
const size = Number(side);
const ours = await import(pathToFileURL(resolve(folder, 'gpu.mjs')));
const instance = await dawn(); // lives as long as its devices
const gpu = await ours.GpuDevice.request(instance, { defaultLimits: true });
const { OUTPUT = '', EVERY = '1', TIMES } = process.env;

const shader = (name) => {
  const file = `src/gpu/shaders/${name}.wgsl`;
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
};

async function open() {
  const module = await WebAssembly.compile(readFileSync(wasm));
  const engine = await ours.Engine.create({ module }, () => {});
  const model = readFileSync(path);
  const ptr = engine.alloc(model.length);
  engine.bytes(ptr, model.length).set(model);
  engine.open(ptr, model.length);
  const limits = ours.limitsOf(gpu.device);
  const words = [
    limits.maxBufferBytes / 1024,
    limits.maxBindingBytes / 1024,
    limits.maxStorageBindings,
    limits.maxWorkgroupBytes,
    limits.maxInvocations,
    limits.offsetAlignment,
    gpu.facts.subgroups,
  ];
  const spec = { width: size, height: size, output: OUTPUT };
  const list = engine.gpuPlan(spec, words, gpu.facts.fallback ? 8 : 0);
  const before = engine.facts().plan_bytes;
  const probeBytes = engine.gpuWatch(7);
  const kept = engine.facts().plan_bytes - before;
  const upload = (i) => engine.gpuUpload(i);
  const plan = await ours.GpuPlan.create(gpu, list, { shader, upload }, {
    probeBytes,
  });
  engine.bytes(ptr, model.length).fill(0x55); // they are given back
  engine.free(ptr, model.length);
  return { engine, list, plan, probeBytes, kept };
}

/** A picture of its own for every number; smooth, as photos are. */
function picture(number) {
  const x = new Float32Array(3 * size * size);
  const [a, b] = [(number % 7) + 2, (number % 5) + 3];
  for (let i = 0; i < x.length; i++) {
    const across = (i % size) / size;
    const down = (Math.floor(i / size) % size) / size;
    x[i] = 0.5 + 0.1 * Math.sin(a * across + number) * Math.cos(b * down);
  }
  return [new Uint8Array(x.buffer)];
}

const { engine, list, plan, probeBytes, kept } = await open();

/** {error} or {worst, bytes} of run number `run`. */
async function look(run) {
  const probe = engine.gpuProbe(run);
  await plan.run(picture(run), { probe });
  const bytes = plan.probed;
  try {
    return { probe, bytes: bytes.length, worst: engine.gpuCheck(bytes) };
  } catch (error) {
    return { probe, error };
  }
}

/** What steps the run looks at: those whose dispatches end at a copy. */
const stepsOf = (probe) => [
  ...new Set(
    probe.map(([before]) => list.dispatches[before - 1]?.[1]),
  ),
];

const isConv = (i) => list.steps[i].op === 'Conv';
const convs = list.steps.map((_, i) => i).filter(isConv);
const turns = Math.max(1, Math.ceil(convs.length / 8));

async function nothingWrong() {
  let worst = 0;
  let most = 0;
  const seen = new Set();
  for (let run = 0; run < 2 * turns; run++) {
    const { error, bytes, worst: off, probe } = await look(run);
    check(`run ${run}`, !error && bytes <= probeBytes, error?.message);
    worst = Math.max(worst, off ?? 0);
    most = Math.max(most, bytes ?? 0);
    const steps = stepsOf(probe).filter(isConv);
    for (const step of steps) seen.add(step);
    check('the last convolution', steps.includes(convs.at(-1)), steps);
  }
  check('every convolution in turn', convs.every((i) => seen.has(i)),
    convs.filter((i) => !seen.has(i)));
  const cost = (steps) =>
    list.dispatches.reduce((n, d) => n + (steps.has(d[1]) ? d[5] : 0), 0);
  console.log(`| ${convs.length} convolutions, ${
    ((100 * cost(seen)) / list.cost).toFixed(1)} % of the work; largest error ${
    worst.toFixed(3)} of what is allowed; ${
    (most / 1024).toFixed(0)} KB a run, ${
    (probeBytes / 1024).toFixed(0)} at most, ${
    (kept / 1024).toFixed(0)} kept`);
}

/** Runs with dispatch `i` left out, as a driver may lose it. */
async function lose(i, body) {
  const { workgroups } = plan.dispatches[i];
  plan.dispatches[i].workgroups = [0, 0, 0];
  try {
    return await body();
  } finally {
    plan.dispatches[i].workgroups = workgroups;
  }
}

async function losses() {
  const every = Number(EVERY);
  let found = 0;
  let tried = 0;
  for (const [n, step] of convs.entries()) {
    if (n % every) continue;
    const last = list.dispatches.findLastIndex((d) => d[1] === step);
    const turn = convs.length > 1 ? n % turns : 0;
    const run = turn + turns * (tried + 100);
    const { error } = await lose(last, () => look(run));
    const told = error?.code === 'wrong-result' &&
      error.message.includes(`'${list.steps[step].node}'`);
    const name = `step ${step}, ${list.steps[step].method}`;
    check(name, told, error?.message ?? 'not found');
    tried++;
    found += told;
  }
  const { error } = await look(turns * 1000);
  check('all in order again', !error, error?.message);
  console.log(`| ${found} of ${tried} steps out of order found`);
}

/** Milliseconds of runs with and without, in turn; the fastest of each. */
async function cost(n) {
  const best = { without: Infinity, with: Infinity, here: Infinity };
  const input = picture(1);
  for (let i = 0; i < n; i++) {
    const begin = performance.now();
    await plan.run(input);
    const middle = performance.now();
    const probe = engine.gpuProbe(i);
    const chosen = performance.now();
    await plan.run(input, { probe });
    const back = performance.now();
    engine.gpuCheck(plan.probed);
    const end = performance.now();
    best.without = Math.min(best.without, middle - begin);
    best.with = Math.min(best.with, end - middle);
    best.here = Math.min(best.here, chosen - middle + end - back);
  }
  console.log(`| a run ${best.without.toFixed(1)} ms, looked at ${
    best.with.toFixed(1)} ms, of which ${best.here.toFixed(2)} ms on the CPU`);
}

if (TIMES) {
  await group('cost', () => cost(Number(TIMES)));
} else {
  await group('nothing wrong', nothingWrong);
  await group('a dispatch is lost', losses);
}

summary('gpu-watch');
process.exit(); // Dawn keeps threads
