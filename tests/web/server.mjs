/** `cutout serve` for a test, and what the command line makes of a photo. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { readPng } from './png.mjs';

const program = process.env.CUTOUT ?? 'build/cutout';

/** {url, stop()}: on a free port, or on the one given; with real models, or
 * those of a folder. */
export async function serve(options = {}) {
  const { port = 0, isolation = 'coop', root = 'build/web', models } = options;
  const child = spawn(
    program,
    ['serve', '-q', '-p', String(port), '--root', root]
      .concat(models ? ['--models', models] : ['-m', 'isnet', '-m', 'isnet-q8'])
      .concat(['--isolation', isolation]),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('no server'))),
  ]);
  const url = /http:\/\/\S+/.exec(line)[0].replace(/\/?$/, '/');
  return {
    url,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The native cut-out of a photo, as pixels. */
export function native(photo, ...options) {
  const out = `build/web-test/${photo.replace(/\W+/g, '-')}.png`;
  execFileSync(program, ['-q', ...options, '-o', out, photo]);
  return readPng(readFileSync(out));
}
