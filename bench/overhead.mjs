// What policy, canary and receipts cost, and what a lost device costs:
//
//   warm       share of a warm job that planning its routes and writing its
//              receipt take
//   cold       milliseconds of a first job before its engine is asked for
//   lost       time from the loss of the device at 50 % to the result, against
//              a cold job on the CPU
//
//   node bench/overhead.mjs [--size 1024] [--lost-size 256] [--build build]
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { browsers } from '../tests/web/browsers.mjs';
import { photos } from './photos.mjs';

const options = { size: '1024', 'lost-size': '256', build: 'build' };
for (let i = 2; i < process.argv.length; i += 2)
  options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
const photo = readFileSync(photos()[0]).toString('base64');
const program = join(options.build, 'cutout');
const server = spawn(program, ['serve', '-q', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((done) =>
  server.stdout.once('data', (line) => done(/http:\S+/.exec(line)[0])),
);

// In the page: receipts of n jobs.
async function run(base64, n, options) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const receipts = [];
  for (let i = 0; i < n; i++)
    receipts.push((await globalThis.cutout.run(bytes, options)).receipt);
  return receipts;
}

// In the page: milliseconds of what a job does besides its work.
async function extras(receipt) {
  const n = 50;
  let start = performance.now();
  for (let i = 0; i < n; i++) {
    const { policy, facts } = await globalThis.cutout.device();
    policy.next(policy.start(facts), 'hang');
  }
  const plan = (performance.now() - start) / n;
  start = performance.now();
  for (let i = 0; i < n; i++) JSON.parse(JSON.stringify(receipt));
  return { plan, receipt: (performance.now() - start) / n };
}

// In the page, before anything else: the module of the policy is fetched.
async function firstPlan() {
  const start = performance.now();
  await globalThis.cutout.device();
  return performance.now() - start;
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const browser = await browsers.chromium({ webgpu: true });
try {
  const size = Number(options.size);
  await browser.open(`${url}/?cold`);
  await browser.run(run, photo, 1, { size }); // stores the model
  const first = [];
  for (let i = 0; i < 5; i++) {
    await browser.open(`${url}/?cold`);
    first.push(await browser.run(firstPlan));
  }
  const jobs = await browser.run(run, photo, 4, { size });
  const warm = median(jobs.slice(1).map((r) => r.ms.total));
  const { plan, receipt } = await browser.run(extras, jobs[1]);
  const share = (100 * (plan + receipt)) / warm;
  console.log(`warm job ${warm.toFixed(0)} ms; plan ${plan.toFixed(2)} ms, ` +
    `receipt ${receipt.toFixed(2)} ms: ${share.toFixed(3)} %`);
  console.log(`cold: ${median(first).toFixed(1)} ms`);

  const small = { size: Number(options['lost-size']) };
  const ratios = [];
  for (let i = 0; i < 3; i++) {
    await browser.open(`${url}/?cold`);
    const [cpu] = await browser.run(run, photo, 1, small);
    await browser.open(`${url}/?cold`);
    const chaos = { route: 'webgpu-f32', chaos: 'device-lost@50%' };
    const [lost] = await browser.run(run, photo, 1, { ...small, ...chaos });
    const after = lost.ms.total - lost.attempts[0].ms - lost.ms.decode;
    ratios.push(after / cpu.ms.total);
    console.log(`lost at 50 %: ${lost.attempts.map((a) =>
      `${a.route} ${a.outcome} ${a.ms.toFixed(0)} ms`).join(', ')}; from then ` +
      `${after.toFixed(0)} ms, cold on the CPU ${cpu.ms.total.toFixed(0)} ms`);
  }
  console.log(`lost: ${median(ratios).toFixed(2)} of a cold job on the CPU`);
} finally {
  await browser.close();
  server.kill();
}
