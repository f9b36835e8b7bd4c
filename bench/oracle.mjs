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

const show = (d) => `max ${d.max.toExponential(1)} mean ${d.mean.toExponential(1)}`;
for (const photo of list) {
  const name = basename(photo);
  const f16 = masks[`isnet ${name}`];
  const q8 = masks[`isnet-q8 ${name}`];
  const d = distance(f16.ours, f16.ort);
  check(d.max <= 2e-3 && d.mean <= 1e-5, `isnet ${name}: ${show(d)}`);
  const q = distance(q8.ours, q8.ort);
  const mine = distance(q8.ours, f16.ort);
  const theirs = distance(q8.ort, f16.ort);
  check(q.mean <= 1e-2, `isnet-q8 ${name} against onnxruntime: ${show(q)}`);
  check(mine.mean < theirs.mean, `isnet-q8 ${name} to isnet: ours ${mine.mean}, onnxruntime's ${theirs.mean}`);
  console.log(`| ${name.padEnd(20)} isnet ${show(d)}   q8 ${show(q)}   ` +
    `q8 to isnet: ours ${mine.mean.toExponential(1)}, onnxruntime ${theirs.mean.toExponential(1)}`);
}
console.log(`oracle: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
