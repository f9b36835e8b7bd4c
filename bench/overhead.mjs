// What policy, canary and receipts cost, and what a lost device costs. Two
// builds of the page (bench/bare.mjs), with all of it and without, run the same
// job in two tabs, in turn, in pairs; photo and options are the same.
//
//   warm       share of a warm job, the median of the pairs' differences
//   cold       the same of first jobs of a fresh page, in milliseconds
//   lost       time from the last sign of life of a device that is lost at 50 %
//              to the result, against a cold job on the CPU
//
//   node bench/overhead.mjs [--size 1024] [--pairs 20] [--cold-pairs 10]
//                           [--lost-size 256] [--lost-pairs 5] [--build build]
//                           [--clock wall|processor] [--threads N]
//
// On a machine that does nothing else: what it says is noise otherwise. With
// `--clock processor` it counts the milliseconds of processor time of all the
// browser's processes, which other programs disturb less; --threads 1 --size 64
// leave little else to be counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { browsers } from '../tests/web/browsers.mjs';
import { buildBoth } from './bare.mjs';
import { photos } from './photos.mjs';

const options = { size: 1024, pairs: 20, 'cold-pairs': 10, 'lost-size': 256,
  'lost-pairs': 5, build: 'build', clock: 'wall', threads: 0 };
for (let i = 2; i < process.argv.length; i += 2)
  options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
const threads = Number(options.threads) || undefined;
const plain = { size: Number(options.size), threads };
const photo = readFileSync(photos()[0]).toString('base64');

async function serve(root) {
  const args = ['serve', '-q', '--port', '0', '--root', root];
  const child = spawn(join(options.build, 'cutout'), args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { url: /http:\S+/.exec(line)[0], stop: () => child.kill() };
}

// In the page: a job's milliseconds and its receipt; `alive` is when the
// attempt that failed was last heard of.
async function run(base64, wish) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  let heard = 0;
  let alive = 0;
  const start = performance.now();
  const { receipt } = await globalThis.cutout.run(bytes, {
    ...wish,
    onProgress: () => (heard = performance.now()),
    onAttempt: ({ outcome }) => {
      if (outcome !== 'failed') return;
      alive = heard;
      void globalThis.markFailure?.();
    },
  });
  const end = performance.now();
  return { ms: end - start, after: end - alive, receipt };
}

// In a fresh page: milliseconds of what is extra, one by one.
async function parts(moduleUrl) {
  const { device, findAdapter } = globalThis.cutout;
  const timed = async (n, work) => {
    const start = performance.now();
    for (let i = 0; i < n; i++) await work();
    return Number(((performance.now() - start) / n).toFixed(2));
  };
  const plan = async () => {
    const { policy, facts } = await device();
    policy.start(facts);
  };
  const hash = async () => {
    const response = await fetch(moduleUrl, { cache: 'force-cache' });
    await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
  };
  const lock = () => navigator.locks.request(`${Math.random()}`, () => {});
  return {
    'first plan': await timed(1, plan),
    adapter: await timed(1, findAdapter),
    'later plan': await timed(50, plan),
    'hash of the engine': await timed(10, hash),
    lock: await timed(10, lock),
  };
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const at = (list, share) =>
  sorted(list)[Math.min(list.length - 1, Math.floor(share * list.length))];
const median = (list) => at(list, 0.5);
const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const round = (x, digits = 1) => Number(x.toFixed(digits));

/** Median and the middle half of numbers. */
const spread = (list, digits = 1) => {
  const [middle, low, high] = [0.5, 0.25, 0.75].map((share) =>
    round(at(list, share), digits));
  return `${middle} (${low} to ${high})`;
};

const isRenderer = (pid) =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer');

/** Milliseconds of processor time of a process and its descendants so far, to
 * 10 ms for each of them; of all, or those that `counts` picks. */
function processorMs(root, counts = () => true) {
  const rows = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [[Number(pid), Number(rest[1]), +rest[11] + +rest[12]]];
      } catch {
        return []; // it has just ended
      }
    });
  const mine = new Set([root]);
  for (let grown = 0; grown !== mine.size; ) {
    grown = mine.size;
    for (const [pid, parent] of rows) if (mine.has(parent)) mine.add(pid);
  }
  const ticks = rows.filter(([pid]) => mine.has(pid) && counts(pid))
    .map((row) => row[2]);
  return 10 * ticks.reduce((a, b) => a + b, 0);
}

class Tab {
  constructor(page, url) {
    this.page = page;
    this.url = url;
  }

  fresh() {
    return this.page.goto(`${this.url}/?cold`, { waitUntil: 'load' });
  }

  async run(wish) {
    await this.page.bringToFront();
    return this.page.evaluate(run, photo, wish);
  }

  /** Of one job, by the clock that was asked for. */
  async ms(wish) {
    if (options.clock === 'wall') return (await this.run(wish)).ms;
    await this.page.bringToFront();
    const { pid } = this.page.browser().process();
    const before = processorMs(pid);
    await this.page.evaluate(run, photo, wish);
    return processorMs(pid) - before;
  }
}

/** Differences and times of n pairs; who goes first alternates. */
async function pairs(n, tabs, before) {
  const times = { with: [], without: [], more: [] };
  for (let i = 0; i < n; i++) {
    const ms = {};
    const order = i % 2 ? ['with', 'without'] : ['without', 'with'];
    for (const kind of order) {
      await before(tabs[kind]);
      ms[kind] = await tabs[kind].ms(plain);
      times[kind].push(ms[kind]);
    }
    times.more.push(ms.with - ms.without);
  }
  return times;
}

async function overhead(tabs) {
  for (const tab of Object.values(tabs)) {
    await tab.fresh();
    await tab.run(plain); // stores the model, warms the engine
    await tab.run(plain);
  }
  const warm = await pairs(options.pairs, tabs, () => {});
  const share = (100 * median(warm.more)) / median(warm.without);
  console.log(`warm job, ms (${options.clock}): with ${spread(warm.with)}, ` +
    `without ${spread(warm.without)}, more ${spread(warm.more)}, mean ${
      round(mean(warm.more))}: ` +
    `${share.toFixed(2)} %`);
  const cold = await pairs(options['cold-pairs'], tabs, (t) => t.fresh());
  console.log(`cold job, ms (${options.clock}): with ${spread(cold.with)}, ` +
    `without ${spread(cold.without)}, more ${spread(cold.more)}, mean ${
      round(mean(cold.more))}`);
}

async function showParts(tab, root) {
  const assets = readdirSync(join(root, 'assets'));
  const module = assets.find((f) => /relaxed-threads.*\.wasm$/.test(f));
  const seen = [];
  for (let i = 0; i < 5; i++) {
    await tab.fresh();
    seen.push(await tab.page.evaluate(parts, `assets/${module}`));
  }
  const lines = Object.keys(seen[0]).map((name) =>
    `${name} ${median(seen.map((one) => one[name]))}`);
  console.log(`parts, ms: ${lines.join(', ')}`);
}

/** The job that is lost halfway, and a cold one on the CPU: milliseconds. By
 * processor time only the page's own process counts, since SwiftShader, in
 * another one, goes on with what it was told. */
async function lostPair(tab, wish) {
  const { pid } = tab.page.browser().process();
  const now = () => processorMs(pid, isRenderer);
  await tab.fresh();
  let start = now();
  const cpu = await tab.run(wish);
  if (options.clock !== 'wall') cpu.ms = now() - start;
  await tab.fresh();
  const broken = { route: 'webgpu-f32', chaos: 'device-lost@50%' };
  tab.failed = () => (start = now());
  const gpu = await tab.run({ ...wish, ...broken });
  if (options.clock !== 'wall') gpu.after = now() - start;
  return { cpu, gpu };
}

async function lost(tab) {
  await tab.page.exposeFunction('markFailure', () => tab.failed());
  const wish = { size: Number(options['lost-size']), threads };
  const ratios = [];
  for (let i = 0; i < options['lost-pairs']; i++) {
    const { cpu, gpu } = await lostPair(tab, wish);
    ratios.push(gpu.after / cpu.ms);
    const tries = gpu.receipt.attempts.map((a) =>
      `${a.route} ${a.outcome} ${a.ms.toFixed(0)}`);
    const stages = ({ receipt: { ms } }) =>
      [ms.load, ms.setup, ms.inference, ms.encode]
        .map((one) => round(one)).join(' ');
    console.log(`| lost at 50 %, ms: ${tries.join(', ')}; from then ${
      gpu.after.toFixed(0)}, cold on the CPU ${cpu.ms.toFixed(0)} (${
      options.clock}); load, set-up, inference, encode ${
      stages(gpu)} against ${stages(cpu)}`);
  }
  if (ratios.length)
    console.log(`lost: ${spread(ratios, 2)} of a cold job on the CPU`);
}

const roots = await buildBoth(join(options.build, 'overhead'));
const servers = [await serve(roots.with), await serve(roots.without)];
const browser = await browsers.chromium({ webgpu: true, patience: 600_000 });
try {
  const other = await browser.page.browser().newPage();
  const tabs = {
    with: new Tab(browser.page, servers[0].url),
    without: new Tab(other, servers[1].url),
  };
  await showParts(tabs.with, roots.with);
  await overhead(tabs);
  await lost(tabs.with);
} finally {
  await browser.close();
  for (const { stop } of servers) stop();
}
