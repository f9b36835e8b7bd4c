/**
 * Failures on purpose, in Chromium, with a small network: every kind at five
 * moments, in one job and in many in a row. Every picture must be that of an
 * undisturbed job, every job must give exactly one result, every receipt must
 * tell the truth, and neither worker nor memory may be left over.
 *
 *     node tests/web/chaos.mjs [GROUP...]
 *
 * CHAOS_JOBS=20, CHAOS_GPU_JOBS=20: how many in a row. CHAOS_ONLY: words and
 * moments, as `hang @50% oom@setup`, of which only these.
 */
import { execFileSync } from 'node:child_process';
import { browsers } from './browsers.mjs';
import { check, group, summary } from './check.mjs';
import { compare, readPng } from './png.mjs';
import { matches, receiptSchema } from './schema.mjs';
import { serve } from './server.mjs';
import { chunkModel, photoPng } from './small.mjs';

const inARow = Number(process.env.CHAOS_JOBS ?? 1);
const folder = 'build/web-test/models';
const size = 128;

// ---- In the page ------------------------------------------------------------

const register = (entry) => {
  globalThis.cutout.models.register(entry);
  return true;
};

/** `n` jobs in a row, and how many workers live at last if that is asked. */
const jobs = async (photo, n, options, count) => {
  const bytes = Uint8Array.from(atob(photo), (c) => c.charCodeAt(0));
  const results = [];
  let settled = 0;
  for (let i = 0; i < n; i++) {
    const job = globalThis.cutout.run(new Blob([bytes]), options);
    job.then(
      () => settled++,
      () => settled++,
    );
    try {
      const { blob, receipt } = await job;
      const all = new Uint8Array(await blob.arrayBuffer());
      let text = '';
      for (let k = 0; k < all.length; k += 8192)
        text += String.fromCharCode(...all.subarray(k, k + 8192));
      results.push({ png: btoa(text), receipt });
    } catch (error) {
      const { code, message, receipt } = error;
      results.push({ code, message: message ?? String(error), receipt });
    }
  }
  // the browser takes a moment to end a worker: the idle engine remains
  let alive = 0;
  for (let i = 0; count && i < 40; i++) {
    const { held } = await navigator.locks.query();
    alive = held.filter(({ name }) => /^cutout-alive/.test(name)).length;
    if (alive <= 1) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  return { results, settled, alive };
};

/** Threads of engines; Chromium takes two seconds to end one that sleeps. */
const threads = async () => {
  const { held } = await navigator.locks.query();
  const n = held.filter(({ name }) => /^cutout-helper/.test(name)).length;
  return { n, most: Math.max(0, navigator.hardwareConcurrency - 1) };
};

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function inChromium(body, options = {}) {
  const server = await serve({ models: folder });
  const browser = await browsers.chromium(options);
  try {
    await browser.open(`${server.url}?cold`);
    await browser.run(register, model);
    await browser.run(register, small);
    await body(browser, server);
  } finally {
    await browser.close();
    await server.stop();
  }
}

// ---- The matrix -------------------------------------------------------------

/** By the words of chaos: the kind of failure that a receipt must name. A null
 * stands for trouble that is mended within the attempt. */
const everywhere = ['setup', 'upload', 'infer', '50%', 'output'];
const rows = [
  ['oom', 'out-of-memory-wasm', everywhere],
  ['hang', 'hang', everywhere],
  ['worker-crash', 'worker-crash', everywhere],
  ['worker-vanish', 'worker-crash', everywhere],
  ['nan', 'wrong-result', everywhere],
  ['out-of-range', 'wrong-result', everywhere],
  ['constant', 'wrong-result', everywhere],
  ['wrong-shape', 'wrong-result', everywhere],
  ['corrupt-chunk:3', 'corrupt-model', everywhere],
  ['corrupt-chunk:3', null, ['store']],
  ['storage-failed', 'storage-failed', everywhere],
  ['quota', null, ['store']],
  ['offline', null, ['chunk:2']],
  ['worker-crash', 'worker-crash', ['decode', 'refine', 'encode']],
  ['hang', 'hang', ['decode', 'refine', 'encode']],
  ['worker-vanish', 'worker-crash', ['decode', 'encode']],
  ['helper-crash', 'worker-crash', [...everywhere, 'refine']],
];

const model = chunkModel(`${folder}/deep.onnx`, size, 2048);
/** One convolution: what a software GPU compiles soonest. */
const small = chunkModel(`${folder}/bright.onnx`, size, 2048);
const photo = photoPng(150, 100).toString('base64');
let truth;

function same(png) {
  if (png === truth.png) return true;
  const got = readPng(Buffer.from(png, 'base64'));
  return compare(got, truth.picture).worst <= 1;
}

function untruths(result, kind) {
  if (result.code) return [`${result.code}: ${result.message}`];
  const { receipt } = result;
  const wrong = matches(receiptSchema, receipt);
  const failed = receipt.attempts.filter((a) => a.outcome === 'failed');
  if (!same(result.png)) wrong.push('another picture');
  if (receipt.attempts.at(-1).outcome === 'failed' &&
      receipt.attempts.at(-1).stage !== 'encode')
    wrong.push('the last attempt did not succeed');
  if (kind === null && failed.length) wrong.push('an attempt failed');
  if (kind && (failed.length !== 1 || failed[0].cause.kind !== kind))
    wrong.push(`not one ${kind}`);
  return wrong.length ? [...wrong, JSON.stringify(receipt.attempts)] : [];
}

/** Resident megabytes of the browser's processes, by what they are for. */
function residentMb(browser) {
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
  const of = (type) =>
    rows
      .filter(([pid, , , ...args]) => mine.has(pid) && args.includes(type))
      .reduce((n, [, , rss]) => n + Math.round(rss / 1e3), 0);
  return { gpu: of('--type=gpu-process'), page: of('--type=renderer') };
}

async function cell(browser, [word, kind, moment], n, more, count) {
  const options = {
    ...{ model: model.name, ...more },
    chaos: `${word}@${moment}${word === 'hang' ? ',patience:700' : ''}`,
  };
  if (/@chunk/.test(options.chaos) || moment === 'store')
    await browser.run((name) => globalThis.cutout.models.delete(name),
      options.model);
  const { results, settled, alive } = await browser.run(
    ...[jobs, photo, n, options, count],
  );
  const wrong = results.flatMap((result) => untruths(result, kind));
  if (settled !== n) wrong.push(`${settled} results of ${n} jobs`);
  if (alive > 1) wrong.push(`${alive} workers alive`);
  const survived = results.filter(({ png }) => png).length;
  check(`${word}@${moment}, ${n} in a row`, !wrong.length, wrong.slice(0, 4));
  return { survived, lost: n - survived };
}

async function matrix() {
  await inChromium(async (b) => {
    const { results } = await b.run(jobs, photo, 1, { model: 'deep' });
    check('the undisturbed job', results[0].png, results[0]);
    truth = { png: results[0].png };
    truth.picture = readPng(Buffer.from(truth.png, 'base64'));
    const untold = matches(receiptSchema, results[0].receipt);
    check('its receipt', !untold.length, untold);
    await runRows(b, rows, inARow, {});
  });
}

/** CHAOS_ONLY: words or moments, of which only these. */
const only = (process.env.CHAOS_ONLY ?? '').split(/[,\s]+/).filter(Boolean);
const asked = (word, moment) => only.length === 0 ||
  only.some((one) => [word, `@${moment}`, `${word}@${moment}`].includes(one));

/** Prints survived/lost for every kind and moment. */
async function runRows(b, list, many, more) {
  const total = { survived: 0, lost: 0 };
  const memory = [];
  for (const [word, kind, all] of list) {
    const line = [];
    const moments = all.filter((moment) => asked(word, moment));
    if (!moments.length) continue;
    for (const moment of moments) {
      const start = Date.now();
      const counts = { survived: 0, lost: 0 };
      for (const n of new Set([1, many])) {
        const count = n > 1 || moment === moments.at(-1);
        const one = await cell(b, [word, kind, moment], n, more, count);
        counts.survived += one.survived;
        counts.lost += one.lost;
      }
      total.survived += counts.survived;
      total.lost += counts.lost;
      line.push(`@${moment} ${counts.survived}/${counts.lost}`);
      if (process.env.VERBOSE) line.push(`${Date.now() - start} ms`);
    }
    memory.push(residentMb(b));
    const { gpu, page } = memory.at(-1);
    line.push(`GPU ${gpu} MB, page ${page} MB`);
    console.log(`| ${word.padEnd(18)} | ${line.join(' | ')} |`);
  }
  console.log(`survived ${total.survived}, lost ${total.lost}`);
  check('none lost', total.lost === 0, total);
  // the first row has filled the browser's caches
  const grown = (of) => memory.at(-1)[of] - memory[0][of];
  check('the GPU process does not grow', grown('gpu') < 32, memory);
  check('the page does not grow', grown('page') < 100, memory);
  let left = {};
  for (let i = 0; i < 50; i++) {
    const workers = b.page.workers().map((worker) => worker.url());
    left = { workers, threads: await b.run(threads) };
    if (workers.length <= 2 && left.threads.n <= left.threads.most) break;
    await sleep(100);
  }
  check('no workers are left over', left.workers.length <= 2, left);
  check('no threads are', left.threads.n <= left.threads.most, left);
}

/** The same with a device: SwiftShader, because it is asked for. */
const gpuRows = [
  ['no-device', 'no-device', ['setup']],
  ['device-lost', 'device-lost', everywhere.slice(0, 4)],
  ['device-lost', null, ['output']], // the mask is here already
  ['validation-error', 'validation-error', everywhere.slice(0, 4)],
  ['validation-error', null, ['output']],
  ['shader-compilation', 'shader-compilation', everywhere],
  ['oom', 'out-of-memory-wasm', ['setup']],
  ['oom', 'out-of-memory-gpu', everywhere.slice(1)],
  ['hang', 'hang', everywhere],
  ['worker-crash', 'worker-crash', everywhere],
  ['worker-vanish', 'worker-crash', everywhere],
  ['helper-crash', 'worker-crash', everywhere],
  ['nan', 'wrong-result', everywhere],
  ['wrong-shader', 'wrong-result', ['setup']],
];
/** What no device has a part in: the matrix of the processor has it too. */
const otherRows = [
  ['out-of-range', 'wrong-result', everywhere],
  ['constant', 'wrong-result', everywhere],
  ['wrong-shape', 'wrong-result', everywhere],
  ['corrupt-chunk:3', 'corrupt-model', everywhere],
  ['storage-failed', 'storage-failed', everywhere],
];

const gpuRoute = 'webgpu-f32';

/* A software GPU compiles its shaders for seconds: the ordinary run takes one
 * moment of each of these rows, another one row by row; CHAOS_GPU_JOBS asks
 * for all. */
const gpuInARow = Number(process.env.CHAOS_GPU_JOBS ?? 0);
const someRows = () => gpuRows.map(([deed, kind, moments], i) =>
  [deed, kind, [moments[i % moments.length]]]);

/** Jobs with nothing wrong; returns what asks for more of them. */
async function calmGpu(b) {
  const options = { model: small.name };
  const { results } = await b.run(jobs, photo, 1, options);
  truth = { png: results[0].png };
  truth.picture = readPng(Buffer.from(truth.png, 'base64'));
  options.route = gpuRoute;
  const calm = await b.run(jobs, photo, 2, options);
  const wrong = calm.results.flatMap((r) => untruths(r, null));
  check('on the GPU', !wrong.length, wrong);
  check('bound to it', calm.results.every(
    ({ receipt }) => receipt?.route === gpuRoute), calm.results);
  return options;
}

async function gpuMatrix() {
  await inChromium(
    async (b) =>
      runRows(b, gpuInARow ? [...gpuRows, ...otherRows] : someRows(),
        gpuInARow || 1, await calmGpu(b)),
    { webgpu: true, patience: 600_000 },
  );
}

/** Chromium's GPU process dies while the worker stands still at a moment of a
 * job. The browser is told to start it as often as it takes. */
const processRows = [
  ['pause', 'device-lost', everywhere.slice(0, 4)],
  ['pause', null, ['output']],
];
const processArgs = [
  '--disable-gpu-process-crash-limit',
  '--disable-domain-blocking-for-3d-apis',
];
const someProcessRows = [
  ['pause', 'device-lost', ['infer']],
  ['pause', null, ['output']],
];

const killAtPause = () => {
  const hear = ({ data }) => data.deed === 'pause' && globalThis.killGpu();
  new BroadcastChannel('cutout-chaos').onmessage = hear;
};

async function gpuProcess() {
  await inChromium(
    async (b) => {
      const kill = async () => {
        const session = await b.page.browser().target().createCDPSession();
        const { processInfo } = await session.send('SystemInfo.getProcessInfo');
        await session.detach();
        const one = processInfo.find(({ type }) => type === 'GPU');
        if (one) process.kill(one.id, 'SIGKILL');
        return one?.id;
      };
      const options = await calmGpu(b);
      check('the GPU process is there', (await kill()) > 0);
      const between = await b.run(jobs, photo, 1, options);
      const said = untruths(between.results[0], 'device-lost');
      check('killed between jobs', !said.length, said);
      await b.page.exposeFunction('killGpu', kill);
      await b.run(killAtPause);
      console.log('The GPU process is killed at a pause:');
      await runRows(b, gpuInARow ? processRows : someProcessRows,
        gpuInARow || 1, options);
    },
    { webgpu: true, args: processArgs, patience: 600_000 },
  );
}

/** The drawer after a job that ran out of memory once. */
async function drawer({ page, run, requests }, server) {
  const view = (code) => run((text) => {
    const root = document.querySelector('cutout-page').renderRoot
      .querySelector('cutout-drawer').renderRoot;
    const inside = root.querySelector('cutout-diagnostics')?.renderRoot;
    return new Function('root', 'inside', `return ${text}`)(root, inside);
  }, code);
  check('no drawer before it is asked for', !(await view('inside')));
  const altI = async () => {
    await page.keyboard.down('Alt');
    await page.keyboard.press('KeyI');
    await page.keyboard.up('Alt');
    await sleep(700);
  };
  await altI();
  const text = await view("inside?.textContent.replace(/\\s+/g, ' ')");
  const parts = ['Jobs of this visit', '150 × 100', 'no more memory',
    'finding the subject', 'made the last picture', 'skipped, and why', 'GPU',
    'Copy report'];
  for (const part of parts)
    check(`the drawer has '${part}'`, text?.includes(part), text);
  await page.screenshot({ path: 'build/web-test/drawer.png' });
  await run(() => {
    navigator.clipboard.writeText = async (copy) => (globalThis.copied = copy);
  });
  await view("inside.querySelector('button.main').click()");
  await sleep(300);
  const copied = await run(() => globalThis.copied);
  check('the report is of one job', JSON.parse(copied).jobs.length === 1);
  check('and has no picture and no name', !/disc\.png|blob:|data:/.test(copied));
  const box = "inside.querySelector('cutout-sharing').renderRoot" +
    ".querySelector('input')";
  check('telemetry is off', (await view(`${box}.checked`)) === false);
  const told = () => requests.filter(({ method }) => method === 'POST');
  check('nothing was sent', !told().length, told());
  await view(`${box}.click()`);
  await run(() => globalThis.cutout.run(new URL('icon.svg', location.href))
    .catch(() => globalThis.cutout.telemetry.flush()));
  await sleep(300);
  const own = told().every(({ url }) => url === `${server.url}telemetry`);
  check('then a beacon, to this server', told().length === 1 && own, told());
  await view(`${box}.click()`);
  await page.keyboard.press('Escape');
  await sleep(200);
  check('Escape closes it', await view("!root.querySelector('dialog').open"));
}

/** The drawer of the main page after trouble. */
async function pages() {
  await inChromium(async (b, server) => {
    await b.open(`${server.url}?cold&model=deep&size=128&chaos=oom@upload`);
    await b.run(register, model);
    await b.run((text) => {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      const { queue } = document.querySelector('cutout-page');
      const item = queue.add(new Blob([bytes]), 'disc.png');
      return new Promise((done) => {
        const look = () => item.state === 'done' && done(true);
        queue.addEventListener('change', look);
      });
    }, photo);
    await sleep(500);
    await drawer(b, server);
  });
}

/** A page that is closed while its canary runs says nothing of the device. */
async function leaveCanary(b, route) {
  const kept = () => localStorage.getItem('cutout.canaries');
  const crashed = async () => /crashed/.test(await b.run(kept));
  await b.run((r) => {
    void globalThis.cutout.tryGpu(r);
  }, route);
  for (let i = 0; i < 50 && !(await crashed()); i++) await sleep(20);
  check('a verdict stands while the canary runs', await crashed());
  await b.page.reload({ waitUntil: 'load' });
  check('none when the page is left', !(await crashed()), await b.run(kept));
}

/** The canary's word on a software device: right, if slow. */
async function canary() {
  await inChromium(
    async (b) => {
      const route = gpuRoute;
      const one = await b.run((r) => globalThis.cutout.tryGpu(r), route);
      check('the canary comes back', /passed|slow/.test(one.verdict), one);
      check('with the right answer', one.error < 2e-3, one);
      console.log(`| canary on ${route}: ${JSON.stringify(one)} |`);
      const { results } = await b.run(jobs, photo, 1, { model: 'deep' });
      const { route: bound, routes } = results[0].receipt;
      check('a software device is not chosen', /^wasm/.test(bound), bound);
      const skipped = routes.find((r) => r.route === route && r.size === size);
      check('and the receipt says why', skipped.reason === 'software-adapter',
        skipped);
      await leaveCanary(b, route);
    },
    { webgpu: true },
  );
}

const groups = { matrix, pages, canary, gpuMatrix, gpuProcess };

const wanted = process.argv.slice(2);
for (const [name, body] of Object.entries(groups))
  if (!wanted.length || wanted.includes(name)) await group(name, body);
summary('chaos');
