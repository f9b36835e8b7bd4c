/**
 * webgpu-f16 where no adapter has `shader-f16`: every f16 of the list becomes
 * an f32 that is rounded to f16 when it is stored. Ranges of arena and weights
 * are twice as long; sums were f32 before. What is not simulated: rounding of
 * f16 arithmetic inside a shader.
 */

/** Text of shaders and heads. */
function widen(text) {
  return text
    .replace(/^enable f16;\n/m, '')
    .replace(
      /(alias E\d = (?:vec4<)?f16.*;)([^]*?)(fn store\d.*= )E\d\(v\)/g,
      '$1$2$3quantizeToF16(v)',
    )
    .replace(/\bf16\b/g, 'f32')
    .replace(/(\d)h\b/g, '$1f');
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
    pipelines: list.pipelines.map((p) => ({ ...p, head: widen(p.head) })),
    dispatches: list.dispatches.map((d) => [
      ...d.slice(0, 6),
      d[6].map(range),
    ]),
    widenShader: widen,
    widenBytes,
  };
}
