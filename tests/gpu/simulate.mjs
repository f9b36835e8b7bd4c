/**
 * webgpu-f16 where no adapter has `shader-f16`: every f16 of the list becomes
 * an f32 that is rounded to f16 when it is stored. Ranges of arena and weights
 * are twice as long; sums were f32 before. What is not simulated: rounding of
 * f16 arithmetic inside a shader.
 */

/* To the nearest f16, ties to even, as hardware does; quantizeToF16 may round
 * the other way. Below 2^-14 an f16 counts in steps of 2^-24. */
const rounding = `
fn to_f16(x: vec4<f32>) -> vec4<f32> {
  let bits = bitcast<vec4<u32>>(x);
  let even = (bits >> vec4<u32>(13)) & vec4<u32>(1);
  let near = (bits + vec4<u32>(0xfff) + even) & vec4<u32>(0xffffe000);
  let small = round(x * 16777216.0) / 16777216.0;
  return select(bitcast<vec4<f32>>(near), small, abs(x) < vec4<f32>(0x1p-14));
}
fn to_f16_one(x: f32) -> f32 { return to_f16(vec4<f32>(x)).x; }
`;

/** Text of shaders. */
export function widen(text) {
  return text.replace(/\bf16\b/g, 'f32').replace(/(\d)h\b/g, '$1f');
}

function widenHead(head) {
  const stores = /(alias E\d = (vec4<)?f16[^]*?fn store\d.*= )E\d\(v\)/g;
  const text = head
    .replace(/^enable f16;\n/m, '')
    .replace(stores, (_, before, vec4) =>
      `${before}${vec4 ? 'to_f16' : 'to_f16_one'}(v)`);
  const at = /^(enable.*\n)*/.exec(text)[0].length;
  return widen(text.slice(0, at) + rounding + text.slice(at));
}

function floatOfHalf(h) {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bytes of f16 numbers as those of f32 numbers. */
export function widenBytes(bytes) {
  const halves = new Uint16Array(bytes.slice().buffer);
  return new Uint8Array(Float32Array.from(halves, floatOfHalf).buffer);
}

/** Uploads that hold f16: those that a head binds as such. */
export function halfUploads(list) {
  const key = (buffer, offset) => `${buffer} ${offset}`;
  const halves = new Set();
  for (const [pipeline, , , , , , ranges] of list.dispatches) {
    const { head } = list.pipelines[pipeline];
    const bindings =
      /alias [EW]\d = (\S+);\s*@group\(0\) @binding\((\d)\)/g;
    for (const [, type, binding] of head.matchAll(bindings))
      if (/\bf16\b/.test(type))
        halves.add(key(ranges[binding][0], ranges[binding][1]));
  }
  return list.uploads.map(([buffer, offset]) => halves.has(key(buffer, offset)));
}

export function simulate(list, dtypes) {
  const twice = new Set();
  list.buffers.forEach(({ usage }, i) => {
    if (['arena', 'weights'].includes(usage)) twice.add(i);
  });
  const half = (ports, types) =>
    ports.forEach(({ buffer }, i) => {
      if (types[i] === 'float16') twice.add(buffer);
    });
  half(list.inputs, dtypes.inputs);
  half(list.outputs, dtypes.outputs);
  const times = (buffer) => (twice.has(buffer) ? 2 : 1);
  const range = ([buffer, offset, bytes]) => [
    buffer,
    offset * times(buffer),
    bytes * times(buffer),
  ];
  const buffers = list.buffers.map(({ usage, bytes }, i) => ({
    usage,
    bytes: bytes * times(i),
  }));
  const port = (p) => ({ ...p, bytes: p.bytes * times(p.buffer) });
  return {
    ...list,
    buffers,
    bytes: buffers.reduce((n, b) => n + b.bytes, 0),
    inputs: list.inputs.map(port),
    outputs: list.outputs.map(port),
    uploads: list.uploads.map(range),
    pipelines: list.pipelines.map((p) => ({ ...p, head: widenHead(p.head) })),
    dispatches: list.dispatches.map((d) => [
      ...d.slice(0, 6),
      d[6].map(range),
    ]),
  };
}
