// make bench-web: the page beside onnxruntime-web's WebAssembly, in the same
// Chromium, same photo, same model, same threads, in turn.
//
//   warm inference     medians of the runs after the first
//   first result       page open, model stored before, to the finished PNG;
//                      ours with refinement and colours, the peer's without
//
//   node bench/web.mjs [--threads 1,2] [--rounds 2] [--runs 3] [--build build]
import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browsers } from '../tests/web/browsers.mjs';
import { photos } from './photos.mjs';

const options = { threads: '1,2', rounds: '2', runs: '3', build: 'build' };
for (let i = 2; i < process.argv.length; i += 2)
  options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
const rounds = Number(options.rounds);
const runs = Number(options.runs);
const cutout = join(options.build, 'cutout');
const model = execFileSync(cutout, ['models', 'path', 'isnet'], { encoding: 'utf8' }).trim();
const photo = photos()[0];
const here = fileURLToPath(new URL('.', import.meta.url));

const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
function peerFile(path) {
  if (path === '/model.onnx') return model;
  if (path === '/photo.png') return photo;
  const ort = /^\/ort\/([\w.-]+)$/.exec(path);
  if (ort) return join(here, 'node_modules/onnxruntime-web/dist', ort[1]);
  const own = /^\/([\w-]+\.(?:html|mjs))$/.exec(path);
  return own ? join(here, 'web', own[1]) : undefined;
}
const peerServer = createServer((request, response) => {
  const file = peerFile(new URL(request.url, 'http://localhost').pathname);
  if (!file || !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  return createReadStream(file).pipe(response);
});
const peerPort = await new Promise((done) => {
  peerServer.listen(0, '127.0.0.1', () => done(peerServer.address().port));
});

// Our page by our own server; the photo is put beside it on the first visit.
const port = 18787;
const server = spawn(cutout, ['serve', '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
await new Promise((done) => server.stdout.once('data', done));
const photoBase64 = execFileSync('base64', ['-w0', photo], { encoding: 'utf8', maxBuffer: 1 << 26 });

// Both run in the page.
async function keepPhoto(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  await (await caches.open('bench')).put('/photo.png', new Response(bytes));
}
async function ourRuns(threads, n) {
  const bytes = await (await caches.match('/photo.png')).blob();
  const results = [];
  let first = 0;
  for (let i = 0; i < n; i++) {
    const { receipt } = await globalThis.cutout.run(bytes, { threads });
    results.push(receipt);
    if (i === 0) first = performance.now(); // since the page was opened
  }
  return { first, receipts: results };
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
// A page that was left keeps the machine busy for a while: its memory goes back.
async function openRested(url) {
  await browser.open('about:blank');
  await new Promise((done) => setTimeout(done, 3000));
  await browser.open(url);
}

const browser = await browsers.chromium();
const results = [];
try {
  // First visits store the models; nothing of them is counted.
  await browser.open(`http://localhost:${port}/`);
  await browser.run(keepPhoto, photoBase64);
  await browser.run(ourRuns, 2, 1);
  await browser.open(`http://localhost:${peerPort}/ort.html`);
  await browser.page.waitForFunction('globalThis.ready');
  await browser.run(() => caches.open('bench').then((cache) => cache.add('/model.onnx')));

  for (const threads of options.threads.split(',').map(Number)) {
    const fields = { threads, model: 'isnet', size: 1024, load_ms: 0 };
    const ours = { system: 'cutout', ...fields, run_ms: [], first_result_ms: [], peak_bytes: 0 };
    const peer = { system: 'onnxruntime-web 1.30.0', route: 'wasm', ...fields, run_ms: [], first_result_ms: [], peak_bytes: null };
    for (let round = 0; round < rounds; round++) {
      await openRested(`http://localhost:${peerPort}/ort.html`);
      await browser.page.waitForFunction('globalThis.ready');
      const theirs = await browser.run((t, n) => globalThis.bench(t, n), threads, runs + 1);
      peer.load_ms = theirs.load_ms;
      peer.first_result_ms.push(theirs.first_result_ms);
      peer.run_ms.push(...theirs.run_ms.slice(1));
      await openRested(`http://localhost:${port}/`);
      await browser.page.waitForFunction('globalThis.cutout');
      const mine = await browser.run(ourRuns, threads, runs + 1);
      const warm = mine.receipts.slice(1);
      ours.first_result_ms.push(mine.first);
      ours.run_ms.push(...warm.map((r) => r.ms.inference));
      const cold = mine.receipts[0];
      ours.load_ms = (cold.ms.store ?? 0) + (cold.ms.setup ?? 0);
      ours.route = cold.route;
      ours.peak_bytes = Math.max(...mine.receipts.map((r) => r.peak_bytes.wasm));
    }
    for (const r of [ours, peer]) {
      r.ratio = median(peer.run_ms) / median(ours.run_ms);
      r.first_result_ratio = median(peer.first_result_ms) / median(ours.first_result_ms);
    }
    results.push(ours, peer);
  }
} finally {
  await browser.close();
  server.kill();
  peerServer.close();
}

console.log('threads  system                          warm ms   load ms   page open to result ms   ratio   ratio');
for (const r of results) {
  const own = r.system === 'cutout';
  console.log(`${String(r.threads).padEnd(8)} ${`${r.system} ${r.route}`.padEnd(32)}` +
    `${median(r.run_ms).toFixed(0).padStart(7)} ${r.load_ms.toFixed(0).padStart(9)} ` +
    `${median(r.first_result_ms).toFixed(0).padStart(24)}   ` +
    (own ? `${r.ratio.toFixed(2)}x   ${r.first_result_ratio.toFixed(2)}x` : ''));
}
const file = join(options.build, 'bench-web.json');
writeFileSync(file, JSON.stringify(results, null, 2) + '\n');
console.log(`wrote ${file}`);
