// make bench-gpu: our WebGPU route beside onnxruntime-web's, in one Chromium.
//
//   node bench/gpu.mjs [--size N] [--rounds N] [--runs N] [--only ROUTE]
//                      [--build build] [--args MORE OF CHROMIUM'S, as one]
//   node bench/gpu.mjs --serve 8790     the page for a browser of your own
//
// Without a GPU, Chromium's SwiftShader plays one, slowly: then the input is
// 256 instead of 1024, and 2 runs count instead of 2 rounds of 5.
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { asText, notes, tables } from './gpu/tables.mjs';
import { photos } from './photos.mjs';

const options = { size: '0', rounds: '0', runs: '0', only: '', build: 'build', serve: '', args: '' };
for (let i = 2; i < process.argv.length; i += 2)
  options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
const here = fileURLToPath(new URL('.', import.meta.url));
const page = resolve(options.build, 'bench-gpu');

/** The page and its workers, bundled with the library's own sources. */
async function bundle() {
  const require = createRequire(new URL('../web/package.json', import.meta.url));
  const { build } = await import(pathToFileURL(require.resolve('vite')));
  await build({
    configFile: false,
    root: join(here, 'gpu'),
    base: './',
    logLevel: 'warn',
    worker: { format: 'es' },
    build: { outDir: page, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
}

const model = execFileSync(join(options.build, 'cutout'), ['models', 'path', 'isnet'], { encoding: 'utf8' }).trim();
const photo = photos()[0];
const types = {
  '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript',
  '.wasm': 'application/wasm', '.png': 'image/png',
};

function fileOf(path) {
  if (path === '/') return join(page, 'index.html');
  if (path === '/model.onnx') return model;
  if (path === '/photo.png') return photo;
  const ort = /^\/ort\/([\w.-]+)$/.exec(path);
  if (ort) return join(here, 'node_modules/onnxruntime-web/dist', ort[1]);
  const own = /^\/((?:assets\/)?[\w-][\w.-]*)$/.exec(path);
  return own && join(page, own[1]);
}

const server = createServer((request, response) => {
  const file = fileOf(new URL(request.url, 'http://localhost').pathname);
  if (!file || !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  return createReadStream(file).pipe(response);
});

/** Long after a single call of the browser would have timed out. */
async function results(browser) {
  const ask = { size: Number(options.size), rounds: Number(options.rounds), runs: Number(options.runs), only: options.only };
  await browser.run((given) => void globalThis.start(given), ask);
  let told = '';
  const begun = performance.now();
  for (;;) {
    const state = await browser.run(() => ({
      text: globalThis.state.text(),
      results: globalThis.state.results,
      error: globalThis.state.error,
    }));
    if (state.error) throw new Error(state.error);
    if (state.results) return state.results;
    if (state.text !== told)
      console.log(`${((performance.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${(told = state.text)}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

// timestamps as they are, not rounded to 0.1 ms
const fine = ['--enable-webgpu-developer-features'];

async function drive(address) {
  const { browsers } = await import('../tests/web/browsers.mjs');
  const browser = await browsers.chromium({ webgpu: true, args: [...fine, ...options.args.split(' ').filter(Boolean)] });
  try {
    await browser.open(address);
    await browser.page.waitForFunction('globalThis.ready');
    const list = await results(browser);
    console.log(`\n${notes(list).join('\n')}\n`);
    for (const table of tables(list)) console.log(`${asText(table)}\n`);
    const file = join(options.build, 'bench-gpu.json');
    writeFileSync(file, JSON.stringify(list, null, 2) + '\n');
    console.log(`wrote ${file}`);
  } catch (error) {
    console.error(browser.errors.slice(0, 10).join('\n'));
    throw error;
  } finally {
    await browser.close();
  }
}

await bundle();
await new Promise((done) => server.listen(Number(options.serve), '127.0.0.1', done));
const address = `http://localhost:${server.address().port}/`;
if (options.serve) console.log(`Open ${address} in a browser with WebGPU; Ctrl-C ends.`);
else {
  await drive(address).finally(() => server.close());
  process.exit();
}
