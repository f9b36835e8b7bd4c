/**
 * The GPU backend in Chromium.
 *
 *     node tests/gpu/chromium.mjs FOLDER [PART OF A CASE'S NAME]
 */
import { browsers } from '../web/browsers.mjs';
import { check, group, summary } from '../web/check.mjs';
import { serveFiles } from './serve.mjs';
import { tell } from './tell.mjs';

const [folder, filter] = process.argv.slice(2);
const server = await serveFiles({
  case: folder,
  test: 'tests/gpu',
  shader: 'src/gpu/shaders',
});

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
  await browser.open(server.url);
  if (!filter)
    await group('failing', async () => {
      for (const [what, fine, seen] of await browser.run(failingInPage))
        check(what, fine, seen);
    });
  await group('cases', async () =>
    tell('Chromium', await browser.run(casesInPage, filter)));
} finally {
  await browser.close();
  server.stop();
}
summary('gpu-chromium');
