/**
 * Builds the library as an npm package into build/npm: plain modules with
 * their types, workers and WebAssembly beside them, found by
 * `new URL(..., import.meta.url)`, which browsers and bundlers understand.
 */
import { execFileSync } from 'node:child_process';
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const emitted = join(here, '../build/npm-emit');
const out = join(here, '../build/npm');

await rm(emitted, { recursive: true, force: true });
await rm(out, { recursive: true, force: true });
execFileSync(join(here, 'node_modules/.bin/tsc'), [
  ...['-p', join(here, 'tsconfig.lib.json')],
]);
await rename(join(emitted, 'web/lib'), out);
await rm(emitted, { recursive: true, force: true });

/** The shaders' texts by their paths, as Vite's import.meta.glob gives them. */
async function shaders() {
  const folder = join(here, '../src/gpu/shaders');
  const names = (await readdir(folder)).filter((n) => n.endsWith('.wgsl'));
  const read = async (n) => [n, await readFile(join(folder, n), 'utf8')];
  return JSON.stringify(Object.fromEntries(await Promise.all(names.map(read))));
}

const texts = await shaders();

/** What the compiler leaves to a bundler. */
async function finish(name) {
  const text = await readFile(join(out, name), 'utf8');
  const done = text
    .replace(/import\.meta\.glob\([^;]*\)(?=;)/, () => texts)
    .replace(/(new URL\('\.\/\w+_worker)\.ts'/g, "$1.js'")
    .replace(
      /import (\w+) from '[\w./]*models\.json'/,
      "import $1 from './models_list.js'",
    );
  await writeFile(join(out, name), done);
}

const list = await readFile(join(here, '../models/models.json'), 'utf8');
await writeFile(join(out, 'models_list.js'), `export default ${list}`);
const names = await readdir(out);
await Promise.all(names.filter((name) => name.endsWith('.js')).map(finish));

await cp(join(here, 'lib/wasm'), join(out, 'wasm'), { recursive: true });
await cp(join(here, 'lib/package.json'), join(out, 'package.json'));
await cp(join(here, '../LICENSE'), join(out, 'LICENSE'));
await cp(join(here, 'lib/README.md'), join(out, 'README.md'));
