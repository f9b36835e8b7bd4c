/**
 * ICC profiles, as far as a page needs them: which of our two colour spaces a
 * profile means, and one to write. Source: ICC.1:2022, 7.2 header, 7.3 tags,
 * 10.6 curveType, 10.18 parametricCurveType, 10.31 XYZType.
 */
import type { ColourSpace } from './types.js';

type Bytes = Uint8Array<ArrayBuffer>;

export interface FileColour {
  /** The space that keeps all colours of the file. */
  space: ColourSpace;
  /** The file's numbers are of that space already. */
  exact: boolean;
}

export const plainSrgb: FileColour = { space: 'srgb', exact: true };

/** Red, green and blue primary as XYZ under D50 (Bradford). Primaries: sRGB,
 * IEC 61966-2-1; P3 of SMPTE EG 432-1 with the white point D65. */
const primaries: Record<ColourSpace, number[]> = {
  srgb: [
    ...[0.43607, 0.22249, 0.01392],
    ...[0.38515, 0.71687, 0.09708],
    ...[0.14307, 0.06061, 0.7141],
  ],
  'display-p3': [
    ...[0.515102, 0.241182, -0.00105],
    ...[0.291965, 0.692236, 0.041882],
    ...[0.157153, 0.066582, 0.784378],
  ],
};

/** Parameters of sRGB's curve, which Display P3 shares: g, a, b, c, d. */
const srgbCurve = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045];

const view = (b: Bytes) => new DataView(b.buffer, b.byteOffset, b.length);

function tags(profile: Bytes): Map<string, Bytes> {
  const v = view(profile);
  const found = new Map<string, Bytes>();
  const n = Math.min(v.getUint32(128), 100);
  for (let at = 132; at < 132 + 12 * n; at += 12) {
    const name = String.fromCharCode(...profile.subarray(at, at + 4));
    const start = v.getUint32(at + 4);
    found.set(name, profile.subarray(start, start + v.getUint32(at + 8)));
  }
  return found;
}

const fixed = (v: DataView, at: number) => v.getInt32(at) / 65536;

function xyz(tag: Bytes | undefined): number[] {
  if (!tag) throw new RangeError('no primary');
  return [8, 12, 16].map((at) => fixed(view(tag), at));
}

/** A tone curve at x, 0 to 1. */
function curveAt(tag: Bytes, x: number): number {
  const v = view(tag);
  if (tag[0] === 0x70) {
    // 'para'; type 3 is the one of sRGB
    const [g, a, b, c, d] = [12, 16, 20, 24, 28].map((at) =>
      v.getUint16(8) === 3 || at === 12 ? fixed(v, at) : 0,
    ) as [number, number, number, number, number];
    if (v.getUint16(8) !== 3) return x ** g;
    return x < d ? c * x : (a * x + b) ** g;
  }
  const n = v.getUint32(8);
  if (n === 0) return x;
  if (n === 1) return x ** (v.getUint16(12) / 256);
  return v.getUint16(12 + 2 * Math.round(x * (n - 1))) / 65535;
}

const near = (a: number, b: number, by: number) => Math.abs(a - b) <= by;

function hasCurve(tag: Bytes | undefined): boolean {
  if (!tag) return false;
  const srgbAt = (x: number) => ((x + 0.055) / 1.055) ** 2.4;
  return [0.1, 0.3, 0.5, 0.8].every((x) =>
    near(curveAt(tag, x), srgbAt(x), 0.004),
  );
}

/** What an RGB profile means; wider than sRGB is Display P3. */
export function readProfile(profile: Bytes): FileColour {
  const rgb = String.fromCharCode(...profile.subarray(16, 20)) === 'RGB ';
  if (!rgb || profile.length < 132) return { space: 'srgb', exact: false };
  const all = tags(profile);
  const columns = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => xyz(all.get(name)));
  const curves = ['rTRC', 'gTRC', 'bTRC'].every((n) => hasCurve(all.get(n)));
  const is = (space: ColourSpace) =>
    columns.flat().every((c, i) => near(c, primaries[space][i]!, 0.004));
  for (const space of ['srgb', 'display-p3'] as const)
    if (is(space)) return { space, exact: curves };
  const share = (column: number, of: number) => {
    const c = columns[column]!;
    return c[of]! / (c[0]! + c[1]! + c[2]!);
  };
  // sRGB under D50: red x = 0.648, green y = 0.598; P3: 0.681, 0.675
  const wide = share(0, 0) > 0.66 || share(1, 1) > 0.63;
  return { space: wide ? 'display-p3' : 'srgb', exact: false };
}

function tagOf(type: string, ...words: number[]): Bytes {
  const tag = new Uint8Array(8 + 4 * words.length);
  const v = view(tag);
  [...type].forEach((c, i) => (tag[i] = c.charCodeAt(0)));
  words.forEach((word, i) => v.setInt32(8 + 4 * i, Math.round(word)));
  return tag;
}

const fixedTag = (type: string, ...numbers: number[]) =>
  tagOf(type, ...numbers.map((x) => x * 65536));

/** multiLocalizedUnicodeType (10.15) with one string. */
function textTag(text: string): Bytes {
  const n = text.length * 2;
  const enUS = 0x656e5553;
  const head = tagOf('mluc', 1, 12, enUS, n, 28);
  const tag = new Uint8Array(28 + ((n + 3) & ~3));
  tag.set(head);
  [...text].forEach((c, i) => (tag[29 + 2 * i] = c.charCodeAt(0)));
  return tag;
}

/** A profile of Display P3, version 4, for readers that know no cICP. */
export function displayP3Profile(): Bytes {
  const p3 = primaries['display-p3'];
  const curve = new Uint8Array(32);
  curve.set(fixedTag('para', 0, ...srgbCurve));
  view(curve).setUint16(8, 3);
  const bradford = [
    ...[1.047886, 0.022919, -0.050216],
    ...[0.029582, 0.990484, -0.017079],
    ...[-0.009252, 0.015073, 0.751678],
  ];
  const list: [names: string[], tag: Bytes][] = [
    [['desc'], textTag('Display P3')],
    [['cprt'], textTag('No copyright, use freely')],
    [['wtpt'], fixedTag('XYZ ', 0.9642, 1, 0.8249)],
    [['chad'], fixedTag('sf32', ...bradford)],
    [['rXYZ'], fixedTag('XYZ ', ...p3.slice(0, 3))],
    [['gXYZ'], fixedTag('XYZ ', ...p3.slice(3, 6))],
    [['bXYZ'], fixedTag('XYZ ', ...p3.slice(6))],
    [['rTRC', 'gTRC', 'bTRC'], curve],
  ];
  const n = list.reduce((sum, [names]) => sum + names.length, 0);
  const start = 132 + 12 * n;
  const bytes = list.reduce((sum, [, tag]) => sum + tag.length, start);
  const out = new Uint8Array(bytes);
  const v = view(out);
  const put = (at: number, text: string) =>
    [...text].forEach((c, i) => (out[at + i] = c.charCodeAt(0)));
  v.setUint32(0, bytes);
  v.setUint32(8, 0x04200000);
  put(12, 'mntrRGB XYZ ');
  v.setUint16(24, 2026); // a date is asked for: the first of January
  v.setUint16(26, 1);
  v.setUint16(28, 1);
  put(36, 'acsp');
  // the white of the connection space, D50
  [0.9642, 1, 0.8249].forEach((x, i) =>
    v.setInt32(68 + 4 * i, Math.round(x * 65536)),
  );
  v.setUint32(128, n);
  let entry = 132;
  let at = start;
  for (const [names, tag] of list) {
    for (const name of names) {
      put(entry, name);
      v.setUint32(entry + 4, at);
      v.setUint32(entry + 8, tag.length);
      entry += 12;
    }
    out.set(tag, at);
    at += tag.length;
  }
  return out;
}
