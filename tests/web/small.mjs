/** A small model and a small photo for the page. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import zlib from 'node:zlib';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** FOLDER/NAME.onnx in pieces, as the server's own models are, in FOLDER/NAME;
 * returns what the page's `models.register` takes. */
export function chunkModel(path, size, chunkBytes) {
  const bytes = readFileSync(path);
  const out = path.replace(/\.onnx$/, '');
  const name = basename(out);
  mkdirSync(out, { recursive: true });
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    chunks.push({ sha256: sha256(chunk), bytes: chunk.length });
    writeFileSync(`${out}/${chunks.at(-1).sha256}`, chunk);
  }
  const manifest = {
    name,
    sha256: sha256(bytes),
    bytes: bytes.length,
    chunk_bytes: chunkBytes,
    chunks,
  };
  writeFileSync(`${out}/manifest.json`, JSON.stringify(manifest));
  return {
    name,
    description: 'for tests',
    bytes: bytes.length,
    sha256: manifest.sha256,
    licence: { name: '', url: '', note: '' },
    spec: {
      ...{ width: size, height: size, output: 'mask' },
      mean: [0, 0, 0],
      std: [255, 255, 255],
    },
  };
}

function crc(bytes) {
  let c = ~0;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return ~c >>> 0;
}

/** A bright disc on a dark ground, with some texture. */
export function photoPng(width, height) {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const inside = Math.hypot(x - width / 2, y - height / 2) < height / 3;
      const texture = (x * 7 + y * 13) % 32;
      for (let c = 0; c < 3; c++)
        rows[y * (1 + 3 * width) + 1 + 3 * x + c] =
          (inside ? 200 : 40) + texture - 5 * c;
    }
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', zlib.deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
