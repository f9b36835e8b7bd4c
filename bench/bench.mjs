// make bench: cutout beside onnxruntime-node in one run: same model, same
// input size, same threads, rounds in turn, warm medians, ratios.
//
//   node bench/bench.mjs [--model isnet] [--threads 1,2] [--rounds 5]
//                        [--runs 3] [--size 1024] [--build build]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPeer } from './peer.mjs';
import { photos, photoTensor } from './photos.mjs';

const options = { model: 'isnet', threads: '1,2', rounds: '5', runs: '3', size: '1024', build: 'build' };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, '');
  if (!(name in options)) throw new Error(`unknown option ${process.argv[i]}`);
  options[name] = process.argv[i + 1];
}
const [rounds, runs, size] = [options.rounds, options.runs, options.size].map(Number);
const cutout = join(options.build, 'cutout');

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

function ourRun(threads) {
  const text = execFileSync(cutout, ['bench', '--model', options.model, '--threads',
    String(threads), '--runs', String(runs + 1), '--size', String(size), '--json'],
  { encoding: 'utf8' });
  const result = JSON.parse(text);
  return { ...result, run_ms: result.run_ms.slice(1) };
}

async function compare(threads, modelPath, input) {
  const ours = { system: 'cutout', threads, route: '', load_ms: 0, run_ms: [], peak_bytes: 0 };
  const peer = { system: 'onnxruntime-node 1.30.0', threads, route: 'cpu', load_ms: 0, run_ms: [], peak_bytes: 0 };
  const session = await startPeer(modelPath, threads, size);
  peer.load_ms = session.loadMs;
  await session.run({ runs: 3, input }); // its first runs tune its memory
  for (let round = 0; round < rounds; round++) {
    const theirs = await session.run({ runs, input });
    peer.run_ms.push(...theirs.ms);
    peer.peak_bytes = theirs.rss;
    const mine = ourRun(threads);
    ours.run_ms.push(...mine.run_ms);
    ours.load_ms = mine.load_ms;
    ours.route = mine.route;
    ours.peak_bytes = mine.resident_bytes ?? mine.peak_bytes;
  }
  session.stop();
  return [ours, peer];
}

const modelPath = execFileSync(cutout, ['models', 'path', options.model], { encoding: 'utf8' }).trim();
const input = join(options.build, 'bench-input.f32');
mkdirSync(options.build, { recursive: true });
const x = photoTensor(photos()[0], size);
writeFileSync(input, Buffer.from(x.buffer));

const results = [];
console.log(`${options.model} at ${size}x${size}, ${rounds} rounds of ${runs} warm runs in turn, median (min-max)`);
console.log('threads  system                    run ms                 load ms   peak MB   ratio');
for (const threads of options.threads.split(',').map(Number)) {
  const pair = await compare(threads, modelPath, input);
  const ratio = median(pair[1].run_ms) / median(pair[0].run_ms);
  for (const r of pair) {
    const span = `(${Math.min(...r.run_ms).toFixed(0)}-${Math.max(...r.run_ms).toFixed(0)})`;
    console.log(`${String(threads).padEnd(8)} ${(r.system + ' ' + r.route).padEnd(25)} ` +
      `${median(r.run_ms).toFixed(0).padStart(6)} ${span.padEnd(15)} ${r.load_ms.toFixed(0).padStart(7)} ` +
      `${(r.peak_bytes / 1e6).toFixed(0).padStart(9)}   ${r.system === 'cutout' ? `${ratio.toFixed(2)}x faster` : ''}`);
  }
  results.push(...pair.map((r) => ({ ...r, model: options.model, size, ratio })));
}
const file = join(options.build, 'bench.json');
writeFileSync(file, JSON.stringify(results, null, 2) + '\n');
console.log(`wrote ${file}`);
