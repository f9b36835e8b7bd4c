/**
 * Which colours a photo has: its ICC profile or its code points are looked up
 * in the file. Formats: PNG iCCP (PNG specification 11.3.2.3) and cICP, JPEG
 * APP2 (ICC.1 annex B.4), WebP ICCP, ISO media `colr`.
 */
import { plainSrgb, readProfile, type FileColour } from './icc.js';
import type { FileFormat } from './signature.js';

type Bytes = Uint8Array<ArrayBuffer>;

const view = (b: Bytes) => new DataView(b.buffer, b.byteOffset, b.length);
const text = (b: Bytes, at: number, n: number) =>
  String.fromCharCode(...b.subarray(at, at + n));

/** Code points of ITU-T H.273. Primaries: 1 sRGB, 9 BT.2020, 11 and 12 P3
 * (of theatres and of displays); transfer: 13 sRGB. */
function byCodePoints(primaries: number, transfer: number): FileColour {
  const wide = [9, 11, 12].includes(primaries);
  const exact = transfer === 13 && (primaries === 1 || primaries === 12);
  return { space: wide ? 'display-p3' : 'srgb', exact };
}

async function inflate(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function pngProfile(file: Bytes): Promise<Found> {
  const v = view(file);
  let found: Found;
  for (let at = 8; at + 12 <= file.length; ) {
    const n = v.getUint32(at);
    const type = text(file, at + 4, 4);
    const data = file.subarray(at + 8, at + 8 + n);
    if (type === 'cICP') return byCodePoints(data[0]!, data[1]!);
    if (type === 'sRGB') found ??= plainSrgb;
    if (type === 'iCCP') found = await inflate(data.slice(data.indexOf(0) + 2));
    if (type === 'gAMA' || type === 'cHRM')
      found ??= { space: 'srgb', exact: false };
    if (type === 'IDAT') break;
    at += 12 + n;
  }
  return found;
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
function isoProfile(file: Bytes): Found {
  const v = view(file);
  const end = Math.min(file.length - 12, 65536);
  let found: Found;
  for (let at = 4; at < end; at++) {
    if (file[at] !== 0x63 || text(file, at, 4) !== 'colr') continue;
    const n = v.getUint32(at - 4);
    const kind = text(file, at + 4, 4);
    if (kind === 'prof' || kind === 'rICC')
      return file.subarray(at + 8, at - 4 + n);
    // decoders bring any transfer of ordinary video near sRGB's
    if (kind === 'nclx') found ??= byCodePoints(v.getUint16(at + 8), 13);
  }
  return found;
}

type Found = Bytes | FileColour | undefined;

export async function fileColour(
  file: Bytes,
  format: FileFormat,
): Promise<FileColour> {
  const find: Partial<Record<FileFormat, (f: Bytes) => Found>> = {
    jpeg: jpegProfile,
    webp: webpProfile,
    avif: isoProfile,
    heic: isoProfile,
  };
  try {
    const found =
      format === 'png' ? await pngProfile(file) : find[format]?.(file);
    if (!found) return plainSrgb;
    return found instanceof Uint8Array ? readProfile(found) : found;
  } catch {
    // a broken profile is no reason to refuse a photo
    return { space: 'srgb', exact: false };
  }
}
