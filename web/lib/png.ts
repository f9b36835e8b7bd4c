/**
 * PNG writer: 8-bit RGBA, straight alpha, so that the colours under a low
 * alpha survive (a canvas would multiply them away). Source: PNG
 * specification, third edition (W3C): chunks 5.3, filters 9, cICP 11.3.2.6.
 */
import { displayP3Profile } from './icc.js';
import type { ColourSpace } from './types.js';

type Bytes = Uint8Array<ArrayBuffer>;

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Bytes): number {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++)
    c = crcTable[(c ^ bytes[i]!) & 255]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function chunk(type: string, data: Bytes): Bytes {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

/** Filter types that are tried on each row. */
const sub = 1;
const up = 2;
const paeth = 4;

function predict(a: number, b: number, c: number): number {
  const pa = Math.abs(b - c);
  const pb = Math.abs(a - c);
  const pc = Math.abs(a + b - c - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** A byte's distance from 0, taken as signed. */
const size = (value: number) => Math.abs((value << 24) >> 24);

/** The filter whose signed bytes have the smallest sum, the usual guess at
 * what deflates best. */
function bestFilter(row: Bytes, above: Bytes): number {
  let [costSub, costUp, costPaeth] = [0, 0, 0];
  for (let i = 0; i < row.length; i++) {
    const x = row[i]!;
    const a = i < 4 ? 0 : row[i - 4]!;
    const b = above[i]!;
    const c = i < 4 ? 0 : above[i - 4]!;
    costSub += size(x - a);
    costUp += size(x - b);
    costPaeth += size(x - predict(a, b, c));
  }
  if (costSub <= costUp && costSub <= costPaeth) return sub;
  return costUp <= costPaeth ? up : paeth;
}

/** One filtered row into `out`, its type in front. */
function filterRow(row: Bytes, above: Bytes, out: Bytes): void {
  const type = bestFilter(row, above);
  out[0] = type;
  for (let i = 0; i < row.length; i++) {
    const a = i < 4 ? 0 : row[i - 4]!;
    const b = above[i]!;
    if (type === sub) out[i + 1] = row[i]! - a;
    else if (type === up) out[i + 1] = row[i]! - b;
    else
      out[i + 1] = row[i]! - predict(a, b, i < 4 ? 0 : above[i - 4]!);
  }
}

/** Filters rows as they are pulled, a few at a time. */
function filtered(pixels: Bytes, width: number, height: number) {
  const stride = width * 4;
  const rows = Math.max(1, Math.floor(262144 / stride));
  const empty = new Uint8Array(stride);
  const row = (y: number) =>
    y < 0 ? empty : pixels.subarray(y * stride, (y + 1) * stride);
  let y = 0;
  return new ReadableStream<Bytes>({
    pull(controller) {
      const n = Math.min(rows, height - y);
      const part = new Uint8Array(n * (stride + 1));
      for (let i = 0; i < n; i++, y++) {
        const at = i * (stride + 1);
        filterRow(row(y), row(y - 1), part.subarray(at, at + stride + 1));
      }
      controller.enqueue(part);
      if (y === height) controller.close();
    },
  });
}

function headerChunk(width: number, height: number): Bytes {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA
  return chunk('IHDR', data);
}

async function deflate(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes])
    .stream()
    .pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** How the numbers are to be read: sRGB's own chunk, or the code points of
 * Display P3 (P3 primaries, sRGB transfer, RGB, full range) with a profile for
 * readers that do not know them. */
async function colourChunks(colour: ColourSpace): Promise<Bytes[]> {
  if (colour === 'srgb') return [chunk('sRGB', Uint8Array.of(0))];
  const name = new TextEncoder().encode('Display P3\0\0');
  const profile = await deflate(displayP3Profile());
  const data = new Uint8Array(name.length + profile.length);
  data.set(name);
  data.set(profile, name.length);
  const points = chunk('cICP', Uint8Array.of(12, 13, 0, 1));
  return [points, chunk('iCCP', data)];
}

export async function encodePng(
  pixels: Bytes,
  width: number,
  height: number,
  colour: ColourSpace,
): Promise<Blob> {
  const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
  const parts: BlobPart[] = [
    signature,
    headerChunk(width, height),
    ...(await colourChunks(colour)),
  ];
  const deflated = filtered(pixels, width, height).pipeThrough(
    new CompressionStream('deflate'), // zlib's format, as PNG wants it
  );
  const reader = deflated.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(chunk('IDAT', value as Bytes));
  }
  parts.push(chunk('IEND', new Uint8Array(0)));
  return new Blob(parts, { type: 'image/png' });
}
