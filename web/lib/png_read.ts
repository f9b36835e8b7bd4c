/**
 * PNG reader for pictures with an alpha channel: a browser's own way to the
 * pixels leads through a canvas, which multiplies colours by alpha and loses
 * those under a low one. Everything else is the browser's. Source: PNG
 * specification, third edition (W3C): IHDR 11.2.1, filters 9.2.
 */
type Bytes = Uint8Array<ArrayBuffer>;

interface Layout {
  width: number;
  height: number;
  /** 2: grey and alpha, 4: RGBA. */
  channels: number;
  /** Of a sample: 1 or 2. */
  bytes: number;
}

/** The parts of a file that this reader is for; undefined for others. */
function scan(file: Bytes): { layout: Layout; data: Bytes[] } | undefined {
  const v = new DataView(file.buffer, file.byteOffset, file.length);
  const data: Bytes[] = [];
  let layout: Layout | undefined;
  for (let at = 8; at + 12 <= file.length; ) {
    const n = v.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (type === 'IHDR') {
      const [depth, colour, , , interlace] = file.subarray(at + 16);
      const channels = { 4: 2, 6: 4 }[colour!];
      if (!channels || interlace || depth! < 8) return undefined;
      const [width, height] = [v.getUint32(at + 8), v.getUint32(at + 12)];
      layout = { width, height, channels, bytes: depth! / 8 };
    }
    if (type === 'eXIf') return undefined; // may be turned
    if (type === 'IDAT') data.push(file.subarray(at + 8, at + 8 + n));
    at += 12 + n;
  }
  return layout && { layout, data };
}

/** Fails when there is more or less than `n` bytes, or damage. */
async function inflate(parts: Bytes[], n: number): Promise<Bytes> {
  const out = new Uint8Array(n);
  const stream = new Blob(parts)
    .stream()
    .pipeThrough(new DecompressionStream('deflate'));
  const reader = stream.getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    out.set(value, at); // throws when it does not fit
    at += value.length;
  }
  if (at < n) throw new RangeError('the picture ends early');
  return out;
}

function paeth(a: number, b: number, c: number): number {
  const pa = Math.abs(b - c);
  const pb = Math.abs(a - c);
  const pc = Math.abs(a + b - c - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** Undoes the filter of `row`; `n` bytes lie between neighbours. */
function unfilter(type: number, row: Bytes, above: Bytes, n: number): void {
  if (type > 4) throw new RangeError(`no filter ${type}`);
  for (let i = 0; i < row.length; i++) {
    const a = i < n ? 0 : row[i - n]!;
    const b = above[i]!;
    if (type === 1) row[i] = row[i]! + a;
    else if (type === 2) row[i] = row[i]! + b;
    else if (type === 3) row[i] = row[i]! + ((a + b) >> 1);
    else if (type === 4)
      row[i] = row[i]! + paeth(a, b, i < n ? 0 : above[i - n]!);
  }
}

/** A row of samples to RGBA with 8 bits. */
function spread(row: Bytes, { channels, bytes }: Layout, out: Bytes): void {
  const sample =
    bytes === 1
      ? (i: number) => row[i]!
      : (i: number) => Math.round((row[2 * i]! * 256 + row[2 * i + 1]!) / 257);
  for (let i = 0, at = 0; at < out.length; i += channels, at += 4) {
    const grey = channels === 2;
    out[at] = sample(i);
    out[at + 1] = sample(grey ? i : i + 1);
    out[at + 2] = sample(grey ? i : i + 2);
    out[at + 3] = sample(i + channels - 1);
  }
}

/** RGBA, straight alpha; undefined when the picture is not of this kind.
 * Throws when it is damaged. */
export async function readPng(
  file: Bytes,
  checkSize: (width: number, height: number) => void,
) {
  const scanned = scan(file);
  if (!scanned) return undefined;
  const { layout, data } = scanned;
  const { width, height, channels, bytes } = layout;
  checkSize(width, height);
  const stride = width * channels * bytes;
  const raw = await inflate(data, (stride + 1) * height);
  const pixels = new Uint8Array(width * height * 4);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const at = y * (stride + 1);
    const row = raw.subarray(at + 1, at + 1 + stride);
    unfilter(raw[at]!, row, above, channels * bytes);
    spread(row, layout, pixels.subarray(y * width * 4, (y + 1) * width * 4));
    above = row;
  }
  return { pixels, width, height };
}
