/**
 * Builds the page into build/web: the app and its workers, the service worker
 * with its list of files, and .br and .gz beside everything that shrinks.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { build } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, '../build/web');
const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

async function files(folder) {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)))
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !/\.(br|gz)$/.test(path))
    .sort();
}

/** A hash in the name is the revision; other files get that of their bytes. */
async function precacheList() {
  // the HEIC decoder is large and rarely needed
  const kept = (await files(out)).filter((f) => !/heif|sw\.js/.test(f));
  return Promise.all(
    kept.map(async (url) => {
      const hashed = url.startsWith('assets/');
      const bytes = hashed ? '' : await readFile(join(out, url));
      const hash = createHash('sha256').update(bytes).digest('hex');
      return { url, revision: hashed ? null : hash.slice(0, 16) };
    }),
  );
}

async function buildServiceWorker() {
  await build({
    configFile: false,
    root: here,
    logLevel: 'warn',
    define: {
      PRECACHE: JSON.stringify(await precacheList()),
      'process.env.NODE_ENV': '"production"',
    },
    build: {
      outDir: out,
      emptyOutDir: false,
      copyPublicDir: false,
      rollupOptions: {
        input: join(here, 'app/src/sw.ts'),
        output: { entryFileNames: 'sw.js', format: 'iife' },
      },
    },
  });
}

async function compress(path) {
  const bytes = await readFile(join(out, path));
  const params = {
    [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    [zlib.constants.BROTLI_PARAM_QUALITY]: bytes.length > 1e6 ? 9 : 11,
  };
  await writeFile(join(out, `${path}.br`), await brotli(bytes, { params }));
  await writeFile(join(out, `${path}.gz`), await gzip(bytes, { level: 9 }));
}

await build({ configFile: join(here, 'vite.config.ts'), logLevel: 'warn' });
await buildServiceWorker();
const shrinks = ['.html', '.js', '.css', '.wasm', '.svg', '.webmanifest'];
const list = (await files(out)).filter((f) => shrinks.includes(extname(f)));
await Promise.all(list.map(compress));
