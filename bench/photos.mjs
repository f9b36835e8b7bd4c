// Four real photos, as tools/sample_photo.sh fetches them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const names = ['astronaut', 'chelsea', 'coffee', 'motorcycle_left'];

export function photos() {
  return names.map((name) =>
    execFileSync('tools/sample_photo.sh', [name], { encoding: 'utf8' }).trim());
}

// The network's input: x[1,3,size,size], RGB planes, (value - 128) / 256.
export function photoTensor(path, size) {
  const file = join(mkdtempSync(join(tmpdir(), 'cutout-')), 'photo.raw');
  execFileSync('vips', ['thumbnail', path, file, String(size), '--height',
    String(size), '--size', 'force', '--export-profile', 'srgb']);
  const raw = readFileSync(file);
  rmSync(dirname(file), { recursive: true });
  const bands = raw.length / (size * size);
  const x = new Float32Array(3 * size * size);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) {
      x[c * size * size + i] = (raw[i * bands + Math.min(c, bands - 1)] - 128) / 256;
    }
  }
  return x;
}
