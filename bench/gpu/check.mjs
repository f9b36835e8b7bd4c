/**
 * The converted models beside the original, all in onnxruntime-node on a
 * photo: what the conversion changes besides the rounding to f16.
 *
 *     node bench/gpu/check.mjs MODEL [FOLDER FOR THE COPIES]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { photos, photoTensor } from '../photos.mjs';
import { conversion, convert } from './convert.mjs';

const size = 1024; // the only one that the original takes

async function mask(model, x) {
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 2,
    logSeverityLevel: 3,
  });
  const input = new ort.Tensor('float32', x, [1, 3, size, size]);
  const { output } = await session.run({ input }, ['output']);
  await session.release();
  return output.data;
}

function distance(a, b) {
  let most = 0;
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    if (!(difference <= most)) most = difference; // a NaN sticks
    sum += difference;
  }
  return { most, mean: sum / a.length };
}

const [path, folder] = process.argv.slice(2);
const file = readFileSync(path);
const x = photoTensor(photos()[0], size);
const original = await mask(file, x);
let fine = true;
for (const half of [false, true]) {
  const made = convert(file, { size, half });
  const name = `isnet-${half ? 'f16' : 'f32'}.onnx`;
  if (folder) writeFileSync(join(folder, name), made.bytes);
  const { most, mean } = distance(original, await mask(made.bytes, x));
  console.log(
    `${name}: ${conversion(made.changes)}; beside the original, ` +
      `onnxruntime-node, ${size}x${size}: max ${most.toExponential(1)}, ` +
      `mean ${mean.toExponential(1)}`,
  );
  // as between onnxruntime and us: the file's activations are halves
  fine &&= most <= 2e-3 && mean <= 1e-5;
}
process.exit(fine ? 0 : 1);
