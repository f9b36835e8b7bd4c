/**
 * Small pictures for the tests of reading and writing, made by ourselves with
 * libvips. Every one has known pixels.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import zlib from 'node:zlib';

const folder = 'build/web-test/pictures';
mkdirSync(folder, { recursive: true });
const at = (name) => `${folder}/${name}`;
const vips = (...args) => execFileSync('vips', args, { stdio: 'pipe' });

export const width = 120;
export const height = 80;

/** Ramps and four corners of different blue: no turn looks like another. */
function ramps() {
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const blue = (x < width / 2 ? 40 : 120) + (y < height / 2 ? 0 : 100);
      rgb.set([2 * x, 3 * y, blue], (y * width + x) * 3);
    }
  return rgb;
}

function ppm() {
  const head = Buffer.from(`P6 ${width} ${height} 255\n`);
  writeFileSync(at('ramps.ppm'), Buffer.concat([head, ramps()]));
  return at('ramps.ppm');
}

/** The pixels that libvips sees in a file, as sRGB of 8 bits: RGBA. */
export function seen(file) {
  vips('colourspace', file, at('seen.v'), 'srgb');
  vips('cast', at('seen.v'), at('seen.ppm'), 'uchar');
  const bytes = readFileSync(at('seen.ppm'));
  const head = /^P6\s+(?:#[^\n]*\s+)*(\d+)\s+(\d+)\s+255\s/.exec(
    bytes.subarray(0, 200).toString('latin1'));
  const rgb = bytes.subarray(head[0].length);
  const pixels = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let i = 0; i < rgb.length / 3; i++)
    pixels.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  return { width: Number(head[1]), height: Number(head[2]), channels: 4, pixels };
}

function chunk(type, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  const sum = zlib.crc32(out.subarray(4, 8 + data.length));
  out.writeUInt32BE(sum, 8 + data.length);
  return out;
}

/** Rows filtered in turn with every filter of PNG. */
function filterRows(raw, stride, n) {
  const rows = [];
  for (let y = 0; y < raw.length / stride; y++) {
    const row = raw.subarray(y * stride, (y + 1) * stride);
    const above = y ? raw.subarray((y - 1) * stride) : Buffer.alloc(stride);
    const out = Buffer.alloc(stride + 1);
    out[0] = y % 5;
    for (let i = 0; i < stride; i++) {
      const a = i < n ? 0 : row[i - n];
      const b = above[i];
      const c = i < n ? 0 : above[i - n];
      const p = a + b - c;
      const [pa, pb, pc] = [p - a, p - b, p - c].map(Math.abs);
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      out[i + 1] = row[i] - [0, a, b, (a + b) >> 1, paeth][y % 5];
    }
    rows.push(out);
  }
  return Buffer.concat(rows);
}

/** Colour types of PNG: 4 grey and alpha, 6 RGBA. */
function png(raw, { depth = 8, colour = 6, end = true }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, 0], 8);
  const n = ((colour === 6 ? 4 : 2) * depth) / 8;
  const data = zlib.deflateSync(filterRows(raw, width * n, n));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', end ? data : data.subarray(0, data.length / 2)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Bright colours under every alpha, most of them low. */
function translucent() {
  const pixels = Buffer.alloc(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const alpha = i % 2 ? i % 12 : (i * 5) % 256;
    pixels.set([(i * 7) % 256, (i * 13) % 256, (i * 29) % 256, alpha], 4 * i);
  }
  return pixels;
}

/** {name, bytes, truth}: files with their own alpha. */
export function alphaPictures() {
  const pixels = translucent();
  const rgba = { width, height, channels: 4, pixels };
  const wide = Buffer.alloc(pixels.length * 2);
  pixels.forEach((value, i) => wide.writeUInt16BE(value * 257, 2 * i));
  const grey = Buffer.alloc(pixels.length / 2);
  const greyTruth = Buffer.alloc(pixels.length);
  for (let i = 0; i < width * height; i++) {
    const [value, alpha] = [pixels[4 * i], pixels[4 * i + 3]];
    grey.set([value, alpha], 2 * i);
    greyTruth.set([value, value, value, alpha], 4 * i);
  }
  writeFileSync(at('alpha.png'), png(pixels, {}));
  vips('webpsave', at('alpha.png'), at('alpha.webp'), '--lossless');
  return [
    { name: 'RGBA PNG', bytes: png(pixels, {}), truth: rgba },
    { name: 'RGBA PNG of 16 bits', bytes: png(wide, { depth: 16 }), truth: rgba },
    {
      name: 'PNG with grey and alpha',
      bytes: png(grey, { colour: 4 }),
      truth: { ...rgba, pixels: greyTruth },
    },
    { name: 'WebP', bytes: readFileSync(at('alpha.webp')), truth: rgba },
  ];
}

export const brokenPng = () => png(translucent(), { end: false });

/** Display P3: {png, jpeg} with `truth` in P3 and `srgb`, what remains. */
export function widePictures() {
  const source = ppm();
  const p3 = at('p3.png');
  const jpeg = `${at('p3.jpg')}[Q=100,subsample-mode=off]`;
  vips('icc_transform', source, p3, 'p3', '--input-profile', 'srgb');
  const files = {};
  for (const [name, to] of [['png', at('wide.png')], ['jpeg', jpeg]]) {
    vips('copy', p3, to);
    files[name] = readFileSync(to.replace(/\[.*/, ''));
  }
  vips('icc_transform', p3, at('srgb.png'), 'srgb', '--embedded');
  return { ...files, truth: seen(p3), srgb: seen(at('srgb.png')) };
}

/** JPEG bytes as the sRGB that a careful reader sees. */
export function asSrgb(bytes, name) {
  writeFileSync(at(name), bytes);
  vips('icc_transform', at(name), at('as-srgb.png'), 'srgb', '--embedded',
    '--input-profile', 'srgb');
  return seen(at('as-srgb.png'));
}

const boxes = (file, from, to) => {
  const list = [];
  for (let p = from; p + 8 <= to; p += file.readUInt32BE(p))
    list.push({
      type: file.toString('latin1', p + 4, p + 8),
      start: p,
      end: p + file.readUInt32BE(p),
    });
  return list;
};

/** Gives the one picture of an ISO media file another property, such as a
 * turn: ISO/IEC 23008-12, 9.3 (iprp, ipco, ipma); 14496-12, 8.11.3 (iloc). */
function withProperty(file, type, value) {
  const property = Buffer.from([0, 0, 0, 9, 0, 0, 0, 0, value]);
  property.write(type, 4, 'latin1');
  const find = (list, name) => list.find((box) => box.type === name);
  const meta = find(boxes(file, 0, file.length), 'meta');
  const inside = boxes(file, meta.start + 12, meta.end);
  const iprp = find(inside, 'iprp');
  const [ipco, ipma] = ['ipco', 'ipma'].map((name) =>
    find(boxes(file, iprp.start + 8, iprp.end), name));
  const n = boxes(file, ipco.start + 8, ipco.end).length;
  const grown = property.length + 1;
  const out = Buffer.concat([
    file.subarray(0, ipco.end),
    property,
    file.subarray(ipco.end, ipma.end),
    Buffer.of(0x80 | (n + 1)), // essential
    file.subarray(ipma.end),
  ]);
  const add = (p, by) => out.writeUInt32BE(out.readUInt32BE(p) + by, p);
  add(meta.start, grown);
  add(iprp.start, grown);
  add(ipco.start, property.length);
  add(ipma.start + property.length, 1);
  // version 0 or 1 with one entry: flags, count, item, then its associations
  const wide = file[ipma.start + 8] ? 4 : 2;
  out[ipma.start + property.length + 16 + wide]++;
  const iloc = find(inside, 'iloc');
  // version 0: sizes, count, item, data reference, extents, then the offset
  let p = iloc.start + 12 + 4 + 2 + (file[iloc.start + 8] ? 2 : 0) + 2;
  p += (file[iloc.start + 13] >> 4) + 2; // a base offset, if there is one
  add(p, grown);
  return out;
}

/** {name, format, bytes, truth, by}: `truth` is what libvips sees. */
export function heifPictures() {
  const source = ppm();
  const save = (name, depth, compression) => {
    vips('heifsave', source, at(name), '--bitdepth', String(depth),
      '--compression', compression, '--Q', '95', '--subsample-mode', 'off');
    return readFileSync(at(name));
  };
  const heic = save('plain.heic', 8, 'hevc');
  const avif = save('plain.avif', 8, 'av1');
  const list = [
    ['HEIC', heic],
    ['HEIC of 10 bits', save('deep.heic', 10, 'hevc')],
    ['HEIC turned by 90', withProperty(heic, 'irot', 1)],
    ['HEIC turned by 180', withProperty(heic, 'irot', 2)],
    ['HEIC turned by 270', withProperty(heic, 'irot', 3)],
    ['HEIC upside down', withProperty(heic, 'imir', 0)],
    ['HEIC mirrored', withProperty(heic, 'imir', 1)],
    ['AVIF', avif],
    ['AVIF turned by 90', withProperty(avif, 'irot', 1)],
  ];
  return list.map(([name, bytes], i) => {
    const file = at(`${i}.${name.startsWith('HEIC') ? 'heic' : 'avif'}`);
    writeFileSync(file, bytes);
    return { name, bytes, truth: seen(file) };
  });
}

/** The largest difference where something can be seen, or Infinity. */
export function worst(a, b, leastAlpha = 1) {
  if (a.width !== b.width || a.height !== b.height) return Infinity;
  let most = 0;
  for (let i = 0; i < a.pixels.length; i += 4) {
    most = Math.max(most, Math.abs(a.pixels[i + 3] - b.pixels[i + 3]));
    if (b.pixels[i + 3] < leastAlpha) continue;
    for (let c = 0; c < 3; c++)
      most = Math.max(most, Math.abs(a.pixels[i + c] - b.pixels[i + c]));
  }
  return most;
}

/** The share of values that differ by `by` at most, or 0. */
export function alike(a, b, by) {
  if (a.width !== b.width || a.height !== b.height) return 0;
  let n = 0;
  b.pixels.forEach((value, i) => (n += Math.abs(value - a.pixels[i]) <= by));
  return n / b.pixels.length;
}
