/**
 * The page's WebGPU routes in Chromium on SwiftShader: masks of IS-Net beside
 * those of the module, cut-outs, receipts, and many jobs in a row.
 *
 *     PHOTO=photo.png node tests/gpu/page.mjs FOLDER
 *
 * SIZE=1024 for the network as trained, ONLY=masks and PRECISION=f32 for less
 * (many minutes). FOLDER has gpu.mjs.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browsers } from '../web/browsers.mjs';
import { check, group, summary } from '../web/check.mjs';
import * as drive from '../web/drive.mjs';
import { compare, readPng } from '../web/png.mjs';
import { matches, receiptSchema } from '../web/schema.mjs';
import { native, serve } from '../web/server.mjs';
import { chunkModel } from '../web/small.mjs';
import { serveFiles } from './serve.mjs';

const [folder] = process.argv.slice(2);
const size = Number(process.env.SIZE ?? 256);
const patience = size > 256 ? 7_200_000 : 600_000;
const precisions = (process.env.PRECISION ?? 'f32 f16').split(' ');
const program = process.env.CUTOUT ?? 'build/cutout';
const photo = process.env.PHOTO;
const photo64 = drive.base64(photo);
mkdirSync('build/web-test', { recursive: true });

async function inChromium(url, body) {
  const browser = await browsers.chromium({ webgpu: true, patience });
  try {
    await browser.open(url);
    await body(browser);
  } finally {
    await browser.close();
  }
}

/** Interleaved RGBA for the page, which need not decode it. */
function writePixels() {
  const { width, height, channels, pixels } = readPng(readFileSync(photo));
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = pixels[channels * i + c];
  writeFileSync(join(folder, 'photo.rgba'), rgba);
  return { width, height };
}

async function networkInPage(picture, spec, options) {
  const ours = await import('/case/gpu.mjs');
  const { network } = await import('/test/network.mjs');
  const get = async (path) =>
    new Uint8Array(await (await fetch(path)).arrayBuffer());
  const gpu = await ours.GpuDevice.request(undefined, { defaultLimits: true });
  const texts = new Map();
  for (const name of options.shaders)
    texts.set(name, await (await fetch(`/shader/${name}.wgsl`)).text());
  const files = {
    module: await WebAssembly.compile(await get('/module')),
    model: await get('/model'),
    photo: { ...picture, pixels: await get('/case/photo.rgba') },
    spec,
    shader: (name) => texts.get(name),
  };
  const result = await network(ours, gpu, files, options);
  gpu.destroy();
  return result;
}

function shaderNames() {
  const list = execFileSync('ls', ['src/gpu/shaders'], { encoding: 'utf8' });
  return [...list.matchAll(/(\S+)\.wgsl/g)].map(([, name]) => name);
}

async function masks() {
  const registry = JSON.parse(readFileSync('models/models.json'));
  const { input, output } = registry.models.find((m) => m.name === 'isnet');
  const spec = { mean: input.mean, std: input.std, output: output.name };
  const path = ['models', 'path', 'isnet'];
  const server = await serveFiles({
    case: folder,
    test: 'tests/gpu',
    shader: 'src/gpu/shaders',
    module: 'build/wasm/cutout-relaxed.wasm',
    model: execFileSync(program, path, { encoding: 'utf8' }).trim(),
  });
  const picture = writePixels();
  await inChromium(server.url, async (b) => {
    for (const precision of precisions) {
      const f16 = precision === 'f16';
      const options = { size, f16, shaders: shaderNames() };
      const r = await b.run(networkInPage, picture, spec, options);
      const name = `isnet at ${size}, ${f16 ? 'f16, simulated' : 'f32'}`;
      const [most, mean] = f16 ? [2e-2, 1e-3] : [2e-3, 1e-4];
      check(`${name}: mask as the CPU's`, r.max <= most && r.mean <= mean, r);
      console.log(`| ${name}: largest difference ${r.max.toExponential(1)}, ` +
        `mean ${r.mean.toExponential(1)}; ${
          (r.plannedBytes / 1e6).toFixed(0)} MB planned, ${
          r.dispatches} dispatches, ${r.pipelines} pipelines; set up ${
          Math.round(r.createMs)} ms, run ${Math.round(r.runMs)} ms`);
    }
  });
  server.stop();
}

/** A second job with a canary beside it. */
async function stagesOfWarmJob(b, options) {
  await b.run(() => {
    globalThis.trial = globalThis.cutout.tryGpu('webgpu-f32');
  });
  const { receipt } = await b.run(drive.job, photo64, options);
  const wrong = matches(receiptSchema, receipt);
  check('warm receipt as its schema', !wrong.length, wrong);
  const { canary, total, load, setup, ...stages } = receipt.ms;
  check('a warm job', receipt.warm && load + setup === 0, receipt.ms);
  check('the canary was under way', canary > 0 && canary <= total, canary);
  check('the photo went up and down', stages.upload > 0 &&
    stages.readback > 0, stages);
  const sum = Object.values(stages).reduce((a, b) => a + b, 0);
  check('stages are parts of the total', sum <= total, { sum, total });
  // beside a job on a busy machine it may be given up; alone it comes back
  const trial = await b.run(async () => {
    const first = await globalThis.trial;
    return first.parts ? first : globalThis.cutout.tryGpu('webgpu-f32');
  });
  const { verdict, parts } = trial;
  check('the canary has the right answers', //
    verdict === 'slow' || verdict === 'passed', trial);
  check('with a photo on the way', parts?.photo > 0 && parts.cpu > 0, trial);
  const split = Object.entries(parts ?? {}).map(([part, ms]) =>
    `${part} ${Math.round(ms)}`);
  console.log(`| canary, ms: ${split.join(', ')}`);
}

async function jobs() {
  const server = await serve();
  await inChromium(server.url, async (b) => {
    const adapter = await b.run(() => globalThis.cutout.adapter());
    check('an adapter', adapter.facts.fallback && !adapter.facts.f16, adapter);
    const options = { route: 'webgpu-f32', size, model: 'isnet' };
    const { png, receipt } = await b.run(drive.job, photo64, options);
    check('route as asked', receipt.route === 'webgpu-f32', receipt.route);
    check('adapter in the receipt', receipt.adapter.fallback &&
      receipt.adapter.architecture === 'swiftshader', receipt.adapter);
    check('GPU bytes in the receipt', receipt.peak_bytes.gpu > 100e6,
      receipt.peak_bytes);
    check('the upload took its time', receipt.ms.upload > 0, receipt.ms);
    check('the way back took its time', receipt.ms.readback > 0, receipt.ms);
    check('no canary was under way', receipt.ms.canary === 0, receipt.ms);
    await stagesOfWarmJob(b, options);
    const want = native(photo, '--size', String(size));
    const { alpha, worst } = compare(readPng(Buffer.from(png, 'base64')), want);
    check('alpha as natively', alpha >= 0.999, { alpha, worst });
    console.log(`| webgpu-f32, isnet at ${size}: ${
      (100 * alpha).toFixed(3)} % of alpha within 1/255 (worst ${worst}); ${
      (receipt.peak_bytes.gpu / 1e6).toFixed(0)} MB on the GPU, ${
      (receipt.peak_bytes.wasm / 1e6).toFixed(0)} MB of WebAssembly`);
    const f16 = { ...options, route: 'webgpu-f16' };
    const other = (await b.run(drive.job, photo64, f16)).receipt;
    const told = other.routes.find((one) => one.route === 'webgpu-f16');
    check('no webgpu-f16 without shader-f16', other.route !== 'webgpu-f16' &&
      !told.chosen && told.reason === 'no-shader-f16', told);
  });
  await server.stop();
}

/** In a folder of its own. */
function tinyModel() {
  const out = 'build/web-test/gpu-models';
  mkdirSync(out, { recursive: true });
  execFileSync('build/tests/tool_tiny_model', ['deep', `${out}/deep.onnx`]);
  return chunkModel(`${out}/deep.onnx`, 128, 1 << 20);
}

/** In the page: bytes of the module and of the GPU after each job. */
async function manyInPage(entry, n, fresh) {
  const { cutout } = globalThis;
  cutout.models.register(entry);
  const canvas = new OffscreenCanvas(160, 120);
  const context = canvas.getContext('2d');
  context.fillRect(0, 0, 160, 120);
  context.fillStyle = '#fff';
  context.arc(80, 60, 40, 0, 7);
  context.fill();
  const photo = await canvas.convertToBlob();
  const seen = [];
  for (let i = 0; i < n; i++) {
    const size = fresh ? 64 + 32 * (i % 2) : 128; // another engine every time
    const { receipt } = await cutout.run(photo, {
      model: entry.name,
      route: 'webgpu-f32',
      size,
    });
    const { gpu, wasm } = receipt.peak_bytes;
    seen.push({ gpu, wasm, outcome: receipt.outcome, route: receipt.route });
  }
  return seen;
}

/** Resident bytes of the browser's process for the GPU. */
function gpuProcessBytes(browser) {
  const parent = browser.page.browser().process().pid;
  const list = execFileSync('ps', ['-eo', 'pid,ppid,rss,args'], {
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
  const rows = list.split('\n').map((line) => line.trim().split(/\s+/));
  const mine = new Set([String(parent)]);
  for (let grown = 0; grown !== mine.size; ) {
    grown = mine.size;
    for (const [pid, ppid] of rows) if (mine.has(ppid)) mine.add(pid);
  }
  const gpu = rows.filter(
    ([pid, , , ...args]) => mine.has(pid) && args.includes('--type=gpu-process'),
  );
  return gpu.reduce((n, [, , rss]) => n + 1024 * Number(rss), 0);
}

async function manyJobs() {
  const entry = tinyModel();
  const server = await serve({ models: 'build/web-test/gpu-models' });
  await inChromium(server.url, async (b) => {
    for (const fresh of [false, true]) {
      const how = fresh ? 'engine anew' : 'engine kept';
      await b.run(manyInPage, entry, 10, fresh); // caches of the browser fill
      const before = gpuProcessBytes(b);
      const seen = await b.run(manyInPage, entry, 50, fresh);
      const grown = gpuProcessBytes(b) - before;
      check(`${how}: all on the GPU`, seen.length === 50 &&
        seen.every((s) => s.route === 'webgpu-f32' && s.outcome === 'cut'),
        seen[0]);
      const same = (s, i) =>
        s.gpu === seen[i % 2].gpu && s.wasm === seen[i % 2].wasm;
      check(`${how}: 50 jobs do not grow`, seen.every(same), seen.at(-1));
      check(`${how}: the GPU process does not grow`, grown < 32e6,
        { before, grown });
      console.log(`| 50 jobs on webgpu-f32, ${how}: GPU process ${
        (before / 1e6).toFixed(0)} MB, then ${
        (grown / 1e6).toFixed(1)} MB more`);
    }
  });
  await server.stop();
}

const groups = { jobs, masks, manyJobs };
for (const [name, body] of Object.entries(groups))
  if (!process.env.ONLY || process.env.ONLY === name) await group(name, body);
summary('gpu-page');
