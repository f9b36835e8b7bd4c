/**
 * The GPU backend in Node.js through Dawn.
 *
 *     node tests/gpu/node.mjs FOLDER [PART OF A CASE'S NAME]
 *
 * FOLDER has what tool_gpu_cases wrote, and gpu.mjs (bundle.mjs).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, group, summary } from '../web/check.mjs';
import { dawn, needVulkan } from './dawn.mjs';
import { failing } from './failing.mjs';
import { replayAll } from './replay.mjs';
import { tell } from './tell.mjs';

needVulkan();
const [folder, filter] = process.argv.slice(2);
const ours = await import(pathToFileURL(resolve(folder, 'gpu.mjs')));
const gpu = await dawn();
// what WebGPU guarantees is enough
const fresh = () => ours.GpuDevice.request(gpu, { defaultLimits: true });

const blob = readFileSync(join(folder, 'cases.bin'));
const files = {
  lines: readFileSync(join(folder, 'cases.json'), 'utf8').split('\n'),
  bytesOf: (at, n) => new Uint8Array(blob.subarray(at, at + n)),
  shader: (name) => {
    const path = `src/gpu/shaders/${name}.wgsl`;
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  },
};

if (!filter) await group('failing', () => failing(ours, fresh, check));
await group('cases', async () =>
  tell('Dawn', await replayAll(ours.GpuPlan, fresh, files, filter)));
summary('gpu-node');
process.exit(); // Dawn keeps threads
