#!/usr/bin/env node
/**
 * What runs of the registered models hold, from the engine's own planner: the
 * "plans" of models/models.json, which the page gives to the policy before
 * there is an engine. Checks them, or writes them with --write.
 *
 *     tools/model_plans.mjs [--write]
 *
 * The planner is that of build/wasm; all modules plan alike.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const file = new URL('models/models.json', root);
const program = process.env.CUTOUT ?? 'build/cutout';
const sides = [1024, 512, 256];
const module = new WebAssembly.Module(
  readFileSync(new URL('build/wasm/cutout-simd.wasm', root)),
);

/** The module with a model in it: functions that plan. */
function planner(bytes, output) {
  const page = { progress: () => 1, clock: () => 0 };
  const { exports } = new WebAssembly.Instance(module, { page });
  const memory = () => new Uint8Array(exports.memory.buffer);
  const put = (data) => {
    const at = exports.web_alloc(data.length) >>> 0;
    memory().set(data, at);
    return at;
  };
  const text = (at) => {
    const from = memory().subarray(at >>> 0);
    return new TextDecoder().decode(from.subarray(0, from.indexOf(0)));
  };
  const done = (status) => {
    if (status) throw new Error(text(exports.web_message()));
  };
  done(exports.web_open(put(bytes), bytes.length));
  const name = put(new TextEncoder().encode(`${output}\0`));
  const limits = put(new Uint8Array(28)); // WebGPU's defaults
  return {
    wasm(side) {
      done(exports.web_plan(side, side, 1, name));
      return JSON.parse(text(exports.web_facts()));
    },
    gpu(side, flags) {
      done(exports.web_gpu_plan(side, side, name, limits, flags));
      return JSON.parse(text(exports.web_gpu_text()));
    },
  };
}

const largest = (list) => list.reduce((a, b) => Math.max(a, b), 0);

/** The module keeps the memory that the model's file took. */
function gpuPlans(lists, fileBytes) {
  const readBack = ({ outputs }) => outputs.reduce((n, o) => n + o.bytes, 0);
  return {
    bytes: lists.map((l) => l.bytes + readBack(l) + fileBytes),
    buffer: lists.map((l) => largest(l.buffers.map((b) => b.bytes))),
    binding: lists.map((l) =>
      largest(l.dispatches.flatMap((d) => d[6].map(([, , bytes]) => bytes))),
    ),
  };
}

function plansOf(bytes, output) {
  const { wasm, gpu } = planner(bytes, output);
  const held = (f) => f.peak_bytes + f.weight_bytes;
  const [f16, f32] = [1 | 4, 0].map((flags) =>
    gpuPlans(sides.map((side) => gpu(side, flags)), bytes.length),
  );
  return {
    sides,
    wasm: { bytes: sides.map((side) => held(wasm(side))) },
    'webgpu-f16': f16,
    'webgpu-f32': f32,
  };
}

/** In the file's style: a route a line, or a list a line. */
function print(plans) {
  const list = (numbers) => `[${numbers.join(', ')}]`;
  const gpu = (name) => {
    const rows = Object.entries(plans[name]);
    const lines = rows.map(([key, row]) => `          "${key}": ${list(row)}`);
    return `        "${name}": {\n${lines.join(',\n')}\n        }`;
  };
  return [
    '      "plans": {',
    `        "sides": ${list(plans.sides)},`,
    `        "wasm": { "bytes": ${list(plans.wasm.bytes)} },`,
    `${gpu('webgpu-f16')},`,
    gpu('webgpu-f32'),
    '      }',
  ].join('\n');
}

/** Puts plans behind the model's output, or in the place of old ones. */
function insert(text, name, plans) {
  const from = text.indexOf(`"name": "${name}"`);
  const output = text.indexOf('      "output":', from);
  const end = text.indexOf('\n    }', output);
  const line = text.slice(output, text.indexOf('}', output) + 1);
  return `${text.slice(0, output)}${line},\n${print(plans)}${text.slice(end)}`;
}

const writing = process.argv.includes('--write');
let text = readFileSync(file, 'utf8');
let passed = 0;
let failed = 0;
for (const { name, sha256, output, plans } of JSON.parse(text).models) {
  if (!sha256) continue; // brought by the user
  const path = execFileSync(program, ['models', 'path', name]);
  const made = plansOf(readFileSync(path.toString().trim()), output.name);
  if (writing) text = insert(text, name, made);
  const same = writing || JSON.stringify(made) === JSON.stringify(plans);
  if (!same)
    console.error(`${name}: the plans of models/models.json are not those of ` +
      `the planner, which are\n${print(made)}\n` +
      'Run tools/model_plans.mjs --write.');
  if (same) passed++;
  else failed++;
}
if (writing) writeFileSync(file, text);
else console.log(`model-plans: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
