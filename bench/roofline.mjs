/**
 * What a dispatch list asks of a GPU at least: multiply-adds and bytes of
 * every family of dispatches, and the time that takes at a given rate.
 *
 *     cutout inspect MODEL --gpu f16 --gpu-list list.json --output-name NAME
 *     node bench/roofline.mjs list.json [TFLOP/s [GB/s]]
 *
 * Bytes count every binding once per dispatch; transforms of Winograd's
 * method, which touch a strip of their picture, count 16 pixels and 36 floats
 * a tile and channel.
 */
import { readFileSync } from 'node:fs';

const [file, tflops = '2', gbytes = '50'] = process.argv.slice(2);
const list = JSON.parse(readFileSync(file, 'utf8'));
const item = list.precision === 'f16' ? 2 : 4;

/* Multiply-adds per unit of a dispatch's cost (src/gpu/emit_*.c), or tiles
 * times channels. */
const families = [
  ['winograd_filter', {}],
  ['winograd_input', { tiles: 1 / 80 }],
  ['winograd_gemm', { macs: 1 }],
  ['winograd_output', { tiles: 1 / 60 }],
  ['conv_gemm', { macs: 1 }],
  ['conv_direct', { macs: 1 / 4 }],
  ['conv_depthwise', { macs: 1 / 2 }],
  ['conv_narrow', { macs: 1 / 3 }],
  ['matmul_direct', { macs: 1 / 6 }],
  ['matmul', { macs: 1 }],
];

function bytesOf(ranges) {
  const seen = new Map();
  for (const [buffer, offset, bytes] of ranges.slice(1))
    seen.set(`${buffer} ${offset}`, bytes);
  return [...seen.values()].reduce((a, b) => a + b, 0);
}

const rows = new Map();
for (const [pipeline, , , , , cost, ranges] of list.dispatches) {
  const { shader } = list.pipelines[pipeline];
  const found = families.find(([name]) => shader.includes(name));
  const [name, { macs = 0, tiles = 0 }] = found ?? [shader, {}];
  const row = rows.get(name) ?? { n: 0, macs: 0, bytes: 0 };
  row.n++;
  row.macs += cost * macs;
  row.bytes += tiles ? cost * tiles * (144 + 16 * item) : bytesOf(ranges);
  rows.set(name, row);
}

const sum = { n: 0, macs: 0, bytes: 0, ms: 0 };
console.log('| family | dispatches | GMAC | MB | ms at least |');
console.log('|---|---|---|---|---|');
for (const [name, row] of [...rows].sort((a, b) => b[1].bytes - a[1].bytes)) {
  const multiply = (2 * row.macs) / (Number(tflops) * 1e9);
  const ms = Math.max(multiply, row.bytes / (Number(gbytes) * 1e6));
  const add = { ...row, ms };
  for (const key of Object.keys(sum)) sum[key] += add[key];
  tell(name, add);
}
tell('sum', sum);

function tell(name, { n, macs, bytes, ms }) {
  const mega = (bytes / 1e6).toFixed(0);
  console.log(
    `| ${name} | ${n} | ${(macs / 1e9).toFixed(1)} | ${mega} | ${ms.toFixed(1)} |`,
  );
}
