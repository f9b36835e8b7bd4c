/** PNG reader of the tests: 8-bit RGB and RGBA, not interlaced. */
import zlib from 'node:zlib';

function unfilter(type, row, above, n) {
  for (let i = 0; i < row.length; i++) {
    const a = i < n ? 0 : row[i - n];
    const b = above[i];
    const c = i < n ? 0 : above[i - n];
    const p = a + b - c;
    const [pa, pb, pc] = [p - a, p - b, p - c].map(Math.abs);
    const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    row[i] += [0, a, b, (a + b) >> 1, paeth][type];
  }
}

/** {width, height, channels, pixels, chunks: names in order} */
export function readPng(bytes) {
  const chunks = [];
  const parts = [];
  for (let at = 8; at < bytes.length; ) {
    const n = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + n);
    chunks.push({ type, data });
    if (type === 'IDAT') parts.push(data);
    at += 12 + n;
  }
  const header = chunks[0].data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth, colour, , , interlace] = header.subarray(8);
  if (depth !== 8 || interlace || (colour !== 2 && colour !== 6))
    throw new Error(`PNG of depth ${depth}, colour type ${colour}`);
  const channels = colour === 6 ? 4 : 3;
  const stride = width * channels;
  const raw = zlib.inflateSync(Buffer.concat(parts));
  const pixels = new Uint8Array(stride * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const at = y * (stride + 1);
    const row = pixels.subarray(y * stride, (y + 1) * stride);
    row.set(raw.subarray(at + 1, at + 1 + stride));
    unfilter(raw[at], row, above, channels);
    above = row;
  }
  return { width, height, channels, pixels, chunks: chunks.map((c) => c.type) };
}

/** How two RGBA pictures differ: shares of alpha and of colour values that
 * are within 1 of each other; colours count where something is seen. */
export function compare(a, b) {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels)
    return { alpha: 0, colour: 0, worst: 255 };
  let [alpha, colour, seen, worst] = [0, 0, 0, 0];
  for (let i = 0; i < a.pixels.length; i += 4) {
    const d = Math.abs(a.pixels[i + 3] - b.pixels[i + 3]);
    worst = Math.max(worst, d);
    if (d <= 1) alpha++;
    if (!a.pixels[i + 3] && !b.pixels[i + 3]) continue;
    for (let c = 0; c < 3; c++, seen++)
      if (Math.abs(a.pixels[i + c] - b.pixels[i + c]) <= 1) colour++;
  }
  const n = a.width * a.height;
  return { alpha: alpha / n, colour: seen ? colour / seen : 1, worst };
}
