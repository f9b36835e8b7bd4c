// One onnxruntime session in a process of its own, so that its memory and its
// threads are its own. Parent sends {runs, input?}, gets {ms, output?, rss}.
import { readFileSync, writeFileSync } from 'node:fs';
import ort from 'onnxruntime-node';

const [modelPath, threads, size] = process.argv.slice(2);
const side = Number(size);
const start = performance.now();
const session = await ort.InferenceSession.create(modelPath, {
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
});
const loadMs = performance.now() - start;

function floats(path) {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}

process.on('message', async ({ runs, input, output }) => {
  const x = floats(input);
  const ms = [];
  let result;
  for (let i = 0; i < runs; i++) {
    const feed = new ort.Tensor('float32', x, [1, 3, side, side]);
    const begin = performance.now();
    result = await session.run({ [session.inputNames[0]]: feed }, ['output']);
    ms.push(performance.now() - begin);
  }
  if (output) {
    const y = result.output.data;
    writeFileSync(output, Buffer.from(y.buffer, y.byteOffset, y.byteLength));
  }
  process.send({ ms, rss: process.resourceUsage().maxRSS * 1024 });
});
process.send({ loadMs });
