/**
 * The canary knows every shader that photos go through: the families of its
 * lists beside those of the registered models, and of photos. A family is a
 * shader with the types that it works on and its way of reading weights;
 * override constants, and operands that share a binding, make no other one.
 *
 *     node tests/gpu/families.mjs FOLDER
 *
 * FOLDER has gpu.mjs (bundle.mjs). No GPU is needed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, summary } from '../web/check.mjs';

const [folder] = process.argv.slice(2);
const ours = await import(pathToFileURL(resolve(join(folder, 'gpu.mjs'))));
const program = process.env.CUTOUT ?? 'build/cutout';
const module = await WebAssembly.compile(
  readFileSync('build/wasm/cutout-simd.wasm'),
);
const { models } = JSON.parse(readFileSync('models/models.json'));
const defaults = [0, 0, 0, 0, 0, 0, 32]; // of the device; subgroups of 32
const devices = { f32: 0, f16: 1 | 4, 'f32, subgroups': 2,
  'f16, subgroups': 1 | 2 | 4, 'f32, software': 8 };
const matting = { refine: true, foreground: true, invert: false };

async function engineWith(model) {
  const engine = await ours.Engine.create({ module }, () => {});
  const ptr = engine.alloc(model.length);
  engine.bytes(ptr, model.length).set(model);
  engine.open(ptr, model.length);
  return engine;
}

/** The text of a head that makes a family. */
function typesOf(head) {
  const lines = head.match(/^(const|alias) .*$/gm) ?? [];
  const weights = head.match(/^fn weight\d.*(\n .*)*/gm) ?? [];
  return [...lines, ...weights].join('\n');
}

const familiesOf = (list) =>
  new Map(list.pipelines.map(({ shader, head }) =>
    [`${shader}\n${typesOf(head)}`, shader]));

function lists(engine, spec, picture, flags) {
  const network = engine.gpuPlan(spec, defaults, flags);
  const photo = engine.photoPlan(picture, spec, matting);
  if (typeof photo === 'string') throw new Error(photo);
  return { network: familiesOf(network), photo: familiesOf(photo.list) };
}

/** The first size alone: slow devices do not see the other. */
async function canaryLists(flags) {
  const engine = await engineWith(ours.canaryModel());
  const spec = ours.canarySpec(ours.canarySides[0]);
  return lists(engine, spec, ours.canaryPhoto(), flags);
}

const known = {};
for (const [device, flags] of Object.entries(devices))
  known[device] = await canaryLists(flags);

for (const { name, sha256, output, input } of models) {
  if (!sha256) continue; // brought by the user
  execFileSync(program, ['models', 'fetch', '-q', name]);
  const path = execFileSync(program, ['models', 'path', name]);
  const engine = await engineWith(readFileSync(path.toString().trim()));
  const { mean, std } = input;
  for (const [device, flags] of Object.entries(devices))
    for (const side of [1024, 512, 256]) {
      const spec = { mean, std, width: side, height: side };
      const picture = { width: 4 * side, height: 3 * side };
      const used = lists(engine, { ...spec, output: output.name }, picture,
        flags);
      for (const part of ['network', 'photo']) {
        const missing = [...used[part]]
          .filter(([family]) => !known[device][part].has(family))
          .map(([family]) => family);
        check(`${name} at ${side}, ${device}: the canary knows the ${part}`,
          used[part].size > 5 && !missing.length, missing);
      }
    }
}
/** Bytes of two cut-outs that are not the same, colours times alpha. */
function shareOff(a, b) {
  const value = (x, i) => ((i & 3) === 3 ? x[i] : (x[i] * x[i | 3]) / 255);
  const off = a.filter((_, i) => Math.abs(value(a, i) - value(b, i)) > 2);
  return off.length / a.length;
}

/** What a stage of the matte does can be seen in the canary's photo. */
async function stagesShow() {
  const engine = await engineWith(ours.canaryModel());
  const { pixels, width, height } = ours.canaryPhoto();
  const spec = ours.canarySpec(ours.canarySides[0]);
  const ptr = engine.alloc(pixels.length);
  const out = engine.alloc(pixels.length);
  engine.bytes(ptr, pixels.length).set(pixels);
  engine.plan(spec, 1);
  engine.prepare(ptr, width, height, spec);
  engine.infer();
  const cut = (change) => {
    engine.matte(ptr, width, height, out, { ...matting, ...change });
    return engine.bytes(out, pixels.length).slice();
  };
  const all = cut({});
  for (const stage of ['refine', 'foreground']) {
    const off = shareOff(all, cut({ [stage]: false }));
    check(`the canary's photo shows: ${stage}`, off > 0.1, off);
  }
}

await stagesShow();
const { network, photo } = known.f32;
console.log(`| the canary: ${network.size} families of the network, ${
  photo.size} of the photo`);
summary('gpu-families');
