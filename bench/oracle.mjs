// Our masks beside onnxruntime's on the same input tensors, four photos.
//
//   isnet      max |difference| <= 2e-3, mean <= 1e-5
//   isnet-q8   mean <= 1e-2 against onnxruntime on the same file, and closer
//              to the float model than onnxruntime's q8 result is
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readNpy, writeNpy } from './npy.mjs';
import { startPeer } from './peer.mjs';
import { photos, photoTensor } from './photos.mjs';

const build = process.argv[2] ?? 'build';
const size = 1024;
const cutout = join(build, 'cutout');
const folder = join(build, 'oracle');
mkdirSync(folder, { recursive: true });
let passed = 0;
let failed = 0;

function check(ok, text) {
  if (ok) passed++;
  else failed++;
  if (!ok) console.log(`FAILED ${text}`);
}

function distance(a, b) {
  let max = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    if (!(d <= max)) max = d; // a NaN sticks
    sum += d;
  }
  return { max, mean: sum / a.length };
}

const path = (...parts) => join(folder, parts.join('-'));
const floats = (file) => new Float32Array(new Uint8Array(readFileSync(file)).buffer);
const list = photos();
for (const photo of list) {
  const x = photoTensor(photo, size);
  writeFileSync(path(basename(photo), 'input.f32'), Buffer.from(x.buffer));
  writeNpy(path(basename(photo), 'input.npy'), x, [1, 3, size, size]);
}

const masks = {};
for (const model of ['isnet', 'isnet-q8']) {
  const file = execFileSync(cutout, ['models', 'path', model], { encoding: 'utf8' }).trim();
  const peer = await startPeer(file, 2, size);
  for (const photo of list) {
    const name = basename(photo);
    const output = path(name, model, 'ort.f32');
    await peer.run({ runs: 1, input: path(name, 'input.f32'), output });
    const mine = path(name, model, 'cutout.npy');
    execFileSync(cutout, ['infer', file, '-i', path(name, 'input.npy'), '-o', `output=${mine}`]);
    masks[`${model} ${name}`] = { ort: floats(output), ours: readNpy(mine).data };
  }
  peer.stop();
}

// Judged over the four photos together; each is shown. The file's activations
// are half floats, and onnxruntime rounds to them at some Concats and not at
// others, depending on its optimisation level: its own masks differ from each
// other by a mean of 1.1e-5 on the cat (full against no optimisation).
const show = (d) => `max ${d.max.toExponential(1)} mean ${d.mean.toExponential(1)}`;
const over = (all) => ({
  max: Math.max(...all.map((d) => d.max)),
  mean: all.reduce((sum, d) => sum + d.mean, 0) / all.length,
});
const f16 = [];
const q8 = [];
const ours = [];
const theirs = [];
for (const photo of list) {
  const name = basename(photo);
  const half = masks[`isnet ${name}`];
  const byte = masks[`isnet-q8 ${name}`];
  f16.push(distance(half.ours, half.ort));
  q8.push(distance(byte.ours, byte.ort));
  ours.push(distance(byte.ours, half.ort));
  theirs.push(distance(byte.ort, half.ort));
  console.log(`| ${name.padEnd(20)} isnet ${show(f16.at(-1))}   q8 ${show(q8.at(-1))}   ` +
    `q8 to isnet: ours ${ours.at(-1).mean.toExponential(1)}, ` +
    `onnxruntime ${theirs.at(-1).mean.toExponential(1)}`);
}
const d = over(f16);
check(d.max <= 2e-3 && d.mean <= 1e-5, `isnet: ${show(d)}`);
check(over(q8).mean <= 1e-2, `isnet-q8 against onnxruntime: ${show(over(q8))}`);
check(over(ours).mean < over(theirs).mean,
  `isnet-q8 to isnet: ours ${over(ours).mean}, onnxruntime's ${over(theirs).mean}`);
console.log(`oracle: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
