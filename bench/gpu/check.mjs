/**
 * The converted model beside the original, both in onnxruntime-node on a
 * photo: what the conversion changes besides the rounding to f16.
 *
 *     node bench/gpu/check.mjs MODEL
 */
import { readFileSync } from 'node:fs';
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

const file = readFileSync(process.argv[2]);
const made = convert(file, { size });
const x = photoTensor(photos()[0], size);
const a = await mask(file, x);
const b = await mask(made.bytes, x);
let most = 0;
let sum = 0;
for (let i = 0; i < a.length; i++) {
  const difference = Math.abs(a[i] - b[i]);
  if (!(difference <= most)) most = difference; // a NaN sticks
  sum += difference;
}
console.log(`converted: ${conversion(made.changes)}`);
console.log(
  `converted beside the original, onnxruntime-node, ${size}: ` +
    `max ${most.toExponential(1)}, mean ${(sum / a.length).toExponential(1)}`,
);
// as between onnxruntime and us: the file's activations are halves
process.exit(most <= 5e-3 && sum / a.length <= 2e-5 ? 0 : 1);
