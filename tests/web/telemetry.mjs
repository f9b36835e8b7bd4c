/**
 * The library's telemetry: what a receipt is trimmed to, and what browsers send
 * when a page is hidden.
 *
 *     node tests/web/telemetry.mjs URL MODULE
 *
 * MODULE is web/lib/telemetry.ts, compiled; the server at URL gives it as
 * /telemetry.js.
 */
import { browsers } from './browsers.mjs';
import { check, group, summary } from './check.mjs';

const [url, module] = process.argv.slice(2);

const failed = {
  kind: 'device-lost',
  code: 'gpu-lost',
  message: 'C:\\Users\\me\\secret.jpg',
};
const adapter = { vendor: 'NVIDIA', architecture: '', description: 'secret' };
const receipt = {
  receipt: 2,
  program: 'page',
  cutout: '0.1.0',
  outcome: 'cut',
  input: { format: 'jpeg', bytes: 1234567, width: 2001, height: 1501 },
  output: { format: 'png', bytes: 7654321, width: 2001, height: 1501 },
  model: { name: 'secret', sha256: 'abc', size: 1024 },
  route: 'wasm-simd',
  adapter: null,
  routes: [
    { route: 'webgpu-f16', size: 1024, chosen: true, reason: 'Fast Enough!' },
    { route: 'wasm-relaxed', size: 1024, chosen: false, reason: 'no-simd' },
    { reason: 'nameless' },
    'wasm-simd',
  ],
  attempts: [
    { route: 'webgpu-f16', adapter, outcome: 'failed', cause: failed, ms: 9 },
    { route: 'wasm-simd', adapter: null, outcome: 'done', cause: null },
    { route: 'wasm-simd', outcome: 'exploded' },
    { route: 'wasm-simd', outcome: 'failed', cause: { kind: null } },
  ],
  warm: false,
  ms: { decode: 20.123, upload: 0, load: 5, total: 1200.46, made_up: 3, setup: NaN },
  reinit_ms: 33,
  peak_bytes: { planned: 2.5 * 2 ** 20, wasm: 5 },
  mask: { box: [1, 2, 3, 4] },
};

const wanted = {
  cutout: '0.1.0',
  outcome: 'cut',
  route: 'wasm-simd',
  planned: [
    {
      route: 'webgpu-f16',
      size: 1024,
      skipped: false,
      reason: 'fast-enough',
    },
    { route: 'wasm-relaxed', size: 1024, skipped: true, reason: 'no-simd' },
    { route: 'wasm-simd', skipped: false },
  ],
  attempts: [
    { route: 'webgpu-f16', outcome: 'failed', cause: 'device-lost' },
    { route: 'wasm-simd', outcome: 'done' },
  ],
  input: '4mp',
  output: '4mp',
  warm: false,
  peak_bytes: 3 * 2 ** 20,
  ms: { decode: 20.1, total: 1200.5, reinit: 33 },
  adapter: { vendor: 'nvidia' },
};

const agents = {
  chrome: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like ' +
    'Gecko) Chrome/131.0.0.0 Safari/537.36',
  edge: 'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) ' +
    'Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51',
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 ' +
    'Firefox/131.0',
  safari: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) ' +
    'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/131.1 Mobile/15E148 ' +
    'Safari/604.1',
};

async function trimming() {
  const { telemetryOf, browserOf, Telemetry } = await import(module);
  const got = JSON.parse(JSON.stringify(telemetryOf(receipt)));
  check('trimmed', JSON.stringify(got) === JSON.stringify(wanted), got);
  check('no secret', !/secret|sha|message|box|1501/.test(JSON.stringify(got)));
  const lost = telemetryOf({ ...receipt, outcome: 'failed', route: null });
  check('a failed job has no route', lost && !lost.route, lost);
  const nothing = [undefined, null, 7, [], {}, 'x', { cutout: '1' },
    { ...receipt, route: undefined }, { ...receipt, outcome: 'won' },
    { ...receipt, chaos: 'oom@upload' }];
  for (const odd of nothing)
    check('nothing of what is none', telemetryOf(odd) === undefined, odd);
  for (const key of Object.keys(receipt))
    for (const odd of [undefined, null, 7, [], [null], {}, 'x', NaN, true])
      telemetryOf({ ...receipt, [key]: odd }); // none may throw
  for (const [family, agent] of Object.entries(agents)) {
    const name = browserOf(agent);
    check(family, name.family === family && name.major === 131, name);
  }
  check('another', browserOf('curl/8').family === 'other');
  const telemetry = new Telemetry();
  telemetry.add(receipt);
  check('off by default', !telemetry.enabled && telemetry.pending === 0);
}

/** In the page: 25 jobs, of which 20 go at once and 5 when it is hidden. */
async function send(receipt) {
  const { telemetry } = await import('/telemetry.js');
  telemetry.add(receipt);
  const seen = [telemetry.pending];
  telemetry.enable();
  for (let i = 0; i < 19; i++) telemetry.add(receipt);
  seen.push(telemetry.pending);
  for (let i = 0; i < 6; i++) telemetry.add(receipt);
  seen.push(telemetry.pending);
  return seen;
}

async function forget(receipt) {
  const { telemetry } = await import('/telemetry.js');
  const remembered = telemetry.enabled;
  telemetry.add(receipt);
  telemetry.disable();
  return [remembered, telemetry.pending, localStorage.length];
}

async function inBrowser(name) {
  const browser = await browsers[name]();
  try {
    await browser.open(url);
    const seen = await browser.run(send, receipt);
    check(`${name}: none, 19, 5 wait`, seen.join() === '0,19,5', seen);
    await browser.open(url); // the page before is hidden
    const after = await browser.run(forget, receipt);
    check(`${name}: remembered, then not`, after.join() === 'true,0,0', after);
    await browser.open(url);
    check(`${name}: no error in the console`, !browser.errors.length,
      browser.errors);
  } finally {
    await browser.close();
  }
}

await group('trimming', trimming);
for (const name of Object.keys(browsers))
  await group(name, () => inBrowser(name));
summary('telemetry-client');
