/**
 * Does a photo need more colours than sRGB has? Its ICC profile is looked up
 * in the file and its primaries are compared with sRGB's. Formats: PNG iCCP
 * (PNG specification 11.3.2.3) and cICP, JPEG APP2 (ICC.1 annex B.4), WebP
 * ICCP, ISO media `colr`.
 */
import type { FileFormat } from './signature.js';
import type { ColourSpace } from './types.js';

type Bytes = Uint8Array<ArrayBuffer>;

const view = (b: Bytes) => new DataView(b.buffer, b.byteOffset, b.length);
const text = (b: Bytes, at: number, n: number) =>
  String.fromCharCode(...b.subarray(at, at + n));

/** Colour primaries of ITU-T H.273: 9 BT.2020, 11 and 12 P3. */
const widePrimaries = [9, 11, 12];

async function inflate(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function pngProfile(file: Bytes): Promise<Bytes | 'wide' | undefined> {
  const v = view(file);
  for (let at = 8; at + 12 <= file.length; ) {
    const n = v.getUint32(at);
    const type = text(file, at + 4, 4);
    const data = file.subarray(at + 8, at + 8 + n);
    if (type === 'cICP') return widePrimaries.includes(data[0]!) ? 'wide' : undefined;
    if (type === 'iCCP') return inflate(data.slice(data.indexOf(0) + 2));
    if (type === 'IDAT') return undefined;
    at += 12 + n;
  }
  return undefined;
}

function jpegProfile(file: Bytes): Bytes | undefined {
  const v = view(file);
  const parts: Bytes[] = [];
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff; ) {
    const marker = file[at + 1]!;
    if (marker === 0xda) break; // pixels begin
    const n = v.getUint16(at + 2);
    if (marker === 0xe2 && text(file, at + 4, 11) === 'ICC_PROFILE')
      parts[file[at + 16]! - 1] = file.subarray(at + 18, at + 2 + n);
    at += 2 + n;
  }
  const found = parts.filter(Boolean);
  if (!found.length) return undefined;
  const whole = new Uint8Array(found.reduce((sum, p) => sum + p.length, 0));
  found.reduce((at, p) => (whole.set(p, at), at + p.length), 0);
  return whole;
}

function webpProfile(file: Bytes): Bytes | undefined {
  const v = view(file);
  for (let at = 12; at + 8 <= file.length; ) {
    const n = v.getUint32(at + 4, true);
    if (text(file, at, 4) === 'ICCP') return file.subarray(at + 8, at + 8 + n);
    at += 8 + n + (n & 1);
  }
  return undefined;
}

/** The box lies deep, but near the start: its name is searched. */
function isoProfile(file: Bytes): Bytes | 'wide' | undefined {
  const v = view(file);
  const end = Math.min(file.length - 8, 65536);
  for (let at = 4; at < end; at++) {
    if (file[at] !== 0x63 || text(file, at, 4) !== 'colr') continue;
    const n = v.getUint32(at - 4);
    const kind = text(file, at + 4, 4);
    if (kind === 'nclx' && widePrimaries.includes(v.getUint16(at + 8)))
      return 'wide';
    if (kind === 'prof' || kind === 'rICC')
      return file.subarray(at + 8, at - 4 + n);
  }
  return undefined;
}

/** x of the red and y of the green primary, which sRGB has least of. */
function isWide(profile: Bytes): boolean {
  if (profile.length < 132 || text(profile, 16, 4) !== 'RGB ') return false;
  const v = view(profile);
  const fixed = (at: number) => v.getInt32(at) / 65536;
  const xyz: Record<string, [number, number, number]> = {};
  const n = Math.min(v.getUint32(128), 100);
  for (let i = 0; i < n && 144 + i * 12 <= profile.length; i++) {
    const name = text(profile, 132 + i * 12, 4);
    const at = v.getUint32(136 + i * 12);
    if (/^[rg]XYZ$/.test(name) && at + 20 <= profile.length)
      xyz[name] = [fixed(at + 8), fixed(at + 12), fixed(at + 16)];
  }
  const share = (name: string, of: number) => {
    const c = xyz[name];
    return c ? c[of]! / (c[0] + c[1] + c[2]) : 0;
  };
  // sRGB under D50: red x = 0.648, green y = 0.598; P3: 0.681, 0.684
  return share('rXYZ', 0) > 0.66 || share('gXYZ', 1) > 0.63;
}

export async function colourSpace(
  file: Bytes,
  format: FileFormat,
): Promise<ColourSpace> {
  const find: Partial<Record<FileFormat, typeof pngProfile>> = {
    png: pngProfile,
    jpeg: async (f) => jpegProfile(f),
    webp: async (f) => webpProfile(f),
    avif: async (f) => isoProfile(f),
    heic: async (f) => isoProfile(f),
  };
  try {
    const profile = await find[format]?.(file);
    const wide = profile === 'wide' || (profile && isWide(profile));
    return wide ? 'display-p3' : 'srgb';
  } catch {
    return 'srgb'; // a broken profile is no reason to refuse a photo
  }
}
