// NumPy .npy files of little-endian float32, version 1.0.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { readFileSync, writeFileSync } from 'node:fs';

export function writeNpy(path, data, dims) {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  header += ' '.repeat(63 - ((10 + header.length) % 64)) + '\n';
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 0, 0]);
  start.writeUInt16LE(header.length, 8);
  const body = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  writeFileSync(path, Buffer.concat([start, Buffer.from(header), body]));
}

export function readNpy(path) {
  const bytes = readFileSync(path);
  const header = bytes.toString('latin1', 10, 10 + bytes.readUInt16LE(8));
  if (!header.includes("'<f4'")) throw new Error(`${path}: not float32`);
  const dims = /\(([^)]*)\)/.exec(header)[1].split(',').filter((s) => s.trim());
  const body = bytes.subarray(10 + header.length);
  const copy = new Uint8Array(body).buffer;
  return { data: new Float32Array(copy), dims: dims.map(Number) };
}
