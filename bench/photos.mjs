// Four real photos from Debian's package python3-skimage (NASA's astronaut is
// in the public domain; the others ship with scikit-image), fetched once into
// build/photos. Nothing of them is in this repository.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const photoNames = ['astronaut', 'chelsea', 'coffee', 'motorcycle_left'];

export function photos(build) {
  const folder = join(build, 'photos');
  const data = join(folder, 'usr/lib/python3/dist-packages/skimage/data');
  if (!existsSync(join(data, 'astronaut.png'))) {
    mkdirSync(folder, { recursive: true });
    execFileSync('apt-get', ['download', 'python3-skimage'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const deb = readdirSync(folder).find((name) => name.endsWith('.deb'));
    execFileSync('dpkg', ['-x', join(folder, deb), folder]);
  }
  return photoNames.map((name) => join(data, `${name}.png`));
}

// The network's input: x[1,3,size,size], RGB planes, (value - 128) / 256.
export function photoTensor(path, size) {
  const raw = execFileSync(
    'vips',
    ['thumbnail', path, '.raw', String(size), '--height', String(size),
      '--size', 'force', '--export-profile', 'srgb'],
    { maxBuffer: 1 << 28 },
  );
  const bands = raw.length / (size * size);
  const x = new Float32Array(3 * size * size);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) {
      x[c * size * size + i] = (raw[i * bands + Math.min(c, bands - 1)] - 128) / 256;
    }
  }
  return x;
}
