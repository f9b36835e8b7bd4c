/**
 * The GPU backend in Chromium.
 *
 *     node tests/gpu/chromium.mjs FOLDER [PART OF A CASE'S NAME]
 */
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { browsers } from '../web/browsers.mjs';
import { check, group, summary } from '../web/check.mjs';
import { tell } from './tell.mjs';

const [folder, filter] = process.argv.slice(2);
const types = { '.mjs': 'text/javascript', '.json': 'text/plain' };
const places = {
  case: folder,
  test: 'tests/gpu',
  shader: 'src/gpu/shaders',
};

function fileOf(address) {
  const [, place, name] =
    /^\/(case|test|shader)\/([\w.-]+)$/.exec(address) ?? [];
  return place && join(places[place], name);
}

const server = createServer(({ url }, response) => {
  const file = fileOf(url);
  if (url !== '/' && !(file && existsSync(file)))
    return response.writeHead(404).end();
  const type = file ? types[extname(file)] : 'text/html';
  response.writeHead(200, { 'content-type': type ?? 'application/octet-stream' });
  return file
    ? createReadStream(file).pipe(response)
    : response.end('<!doctype html><link rel="icon" href="data:,">');
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const { port } = server.address();

/** In the page: [what, fine, seen] of every check of failing.mjs. */
async function failingInPage() {
  const ours = await import('/case/gpu.mjs');
  const { failing } = await import('/test/failing.mjs');
  const fresh = () => ours.GpuDevice.request(undefined, { defaultLimits: true });
  const checks = [];
  await failing(ours, fresh, (what, fine, seen) =>
    checks.push([what, Boolean(fine), fine ? '' : String(seen)]));
  return checks;
}

async function casesInPage(filter) {
  const ours = await import('/case/gpu.mjs');
  const { replayAll } = await import('/test/replay.mjs');
  const get = async (path) => (await fetch(path)).arrayBuffer();
  const text = (bytes) => new TextDecoder().decode(bytes);
  const lines = text(await get('/case/cases.json')).split('\n');
  const blob = await get('/case/cases.bin');
  const shaders = new Map();
  for (const line of lines)
    for (const { shader } of (line && JSON.parse(line).list?.pipelines) || [])
      for (const name of shader.split('+'))
        if (!shaders.has(name))
          shaders.set(name, text(await get(`/shader/${name}.wgsl`)));
  const files = {
    lines,
    bytesOf: (at, n) => new Uint8Array(blob, at, n),
    shader: (name) => shaders.get(name),
  };
  const fresh = () => ours.GpuDevice.request(undefined, { defaultLimits: true });
  return replayAll(ours.GpuPlan, fresh, files, filter);
}

const browser = await browsers.chromium({ webgpu: true });
try {
  await browser.open(`http://127.0.0.1:${port}/`);
  if (!filter)
    await group('failing', async () => {
      for (const [what, fine, seen] of await browser.run(failingInPage))
        check(what, fine, seen);
    });
  await group('cases', async () =>
    tell('Chromium', await browser.run(casesInPage, filter)));
} finally {
  await browser.close();
  server.close();
}
summary('gpu-chromium');
