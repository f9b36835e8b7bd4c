/**
 * The photo's way over the GPU, in Node.js through Dawn.
 *
 *     node tests/gpu/photo_node.mjs FOLDER [PART OF A CASE'S NAME]
 *
 * FOLDER has what tool_gpu_photo wrote, and gpu.mjs (bundle.mjs).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, group, summary } from '../web/check.mjs';
import { dawn, needVulkan } from './dawn.mjs';
import { replayPhotos } from './photo.mjs';

needVulkan();
const [folder, filter] = process.argv.slice(2);
const ours = await import(pathToFileURL(resolve(folder, 'gpu.mjs')));
const gpu = await dawn();
const fresh = () => ours.GpuDevice.request(gpu, { defaultLimits: true });
const blob = readFileSync(join(folder, 'photo.bin'));
const files = {
  lines: readFileSync(join(folder, 'photo.json'), 'utf8').split('\n'),
  bytesOf: (at, n) => new Uint8Array(blob.subarray(at, at + n)),
  shader: (name) => {
    const path = `src/gpu/shaders/${name}.wgsl`;
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  },
};

const percent = (share) => `${(100 * share).toFixed(3)} %`;
await group('photos', async () => {
  for (const one of await replayPhotos(ours, fresh, files, filter)) {
    const { name, failed, tensor, alpha, colour, mostAlpha, mostColour } = one;
    if (failed) {
      check(name, false, failed);
      continue;
    }
    console.log(`| ${name} | ${tensor.toExponential(1)} | ` +
      `${percent(alpha)} | ${mostAlpha} | ${percent(colour)} | ${mostColour} |`);
    check(`${name}: tensor`, tensor <= 1e-5, tensor);
    check(`${name}: alpha`, alpha <= 0.001, alpha);
    check(`${name}: colours`, colour <= 0.001, colour);
  }
});
summary('gpu-photo');
process.exit(); // Dawn keeps threads
