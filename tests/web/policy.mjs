/**
 * The policy's module and its wrapper, web/lib/policy.ts, against the native
 * answers for random facts: tests/tool_policy.c says what to expect.
 *
 *     node tests/web/policy.mjs build/tests/tool_policy
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { check, summary } from './check.mjs';

const n = 3000;
const root = new URL('../../', import.meta.url);
const vite = new URL('web/node_modules/vite/dist/node/index.js', root);
const { transformWithOxc } = await import(vite.href);
const source = await readFile(new URL('web/lib/policy.ts', root), 'utf8');
const tour = await readFile(new URL('docs/ARCHITECTURE.md', root), 'utf8');
const bytes = await readFile(new URL('build/wasm/cutout-policy.wasm', root));

/** Modules of web/lib, without their types. */
async function library(...names) {
  const folder = await mkdtemp(join(tmpdir(), 'cutout-policy-'));
  try {
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const name of names) {
      const text = await readFile(new URL(`web/lib/${name}.ts`, root), 'utf8');
      const { code } = await transformWithOxc(text, `${name}.ts`);
      await writeFile(join(folder, `${name}.js`), code);
    }
    const modules = names.map(
      (name) => import(pathToFileURL(join(folder, `${name}.js`)).href),
    );
    return Object.assign({}, ...(await Promise.all(modules)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The numbers of a line back to facts as the page gives them. */
function toFacts(about, values) {
  const facts = { past: [] };
  let at = 0;
  for (const { name, kind, rows, columns } of about.facts) {
    if (rows) {
      facts[name] = Array.from({ length: rows }, (_, row) =>
        values.slice(at + row * columns, at + (row + 1) * columns),
      );
      at += rows * columns;
      continue;
    }
    const value = values[at++];
    const names =
      kind === 'ROUTE' ? ['none', ...about.routes] : about.kinds[kind];
    if (kind === 'FLAG') facts[name] = value === 1;
    else facts[name] = names ? (names[value] ?? names[0]) : value;
  }
  const failures = Object.keys(about.failures);
  for (; at < values.length; at += 6) {
    const [route, divisor, failure, count, day, environment] = //
      values.slice(at, at + 6);
    const mark = { divisor, count, day, environment };
    mark.route = about.routes[route];
    mark.failure = failures[failure];
    facts.past.push(mark); // empty ones too: places count
  }
  return facts;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function checkDescription(about, policy, failures) {
  check('failures are those of the wrapper', //
    same(Object.keys(about.failures), [...failures]), about.failures);
  const declared = /export interface PolicyFacts \{([^]*?)\n\}/.exec(source)[1];
  const keys = [...declared.matchAll(/^  (\w+):/gm)].map((m) => m[1]);
  const described = [...about.facts.map((f) => f.name), 'past'];
  check('facts are those of the wrapper', same(keys, described), described);
  for (const [kind, names] of Object.entries(about.kinds))
    for (const name of names)
      check(`${kind} ${name} is declared`, source.includes(`'${name}'`));
  for (const name of Object.keys({ ...about.reasons, ...about.failures }))
    check(`${name} is documented`, tour.includes(`\`${name}\``));
  const routes = policy.routes.filter((r) => r.startsWith('webgpu'));
  check('two routes are of the GPU', routes.length === 2, routes);
}

const lib = await library('policy', 'facts', 'past', 'kept_canaries',
  'policy_router', 'plans');
const { loadPolicy, failures } = lib;
const policy = await loadPolicy(bytes);
const tool = process.argv[2] ?? 'build/tests/tool_policy';
const lines = execFileSync(tool, [String(n)], { maxBuffer: 1 << 28 })
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const about = lines.shift();
checkDescription(about, policy, failures);

let plans = 0;
let states = 0;
let pasts = 0;
for (const line of lines) {
  const facts = toFacts(about, line.values);
  let state = policy.start(facts);
  const plain = state.plan.choices.map(({ text, ...rest }) => rest);
  const none = state.plan.none?.reason ?? null;
  const { canary } = state.plan;
  if (same({ choices: plain, none, canary }, line.plan)) plans++;
  else check('the plan is the native one', false, { facts, none, plain });
  for (const failure of line.failures)
    state = policy.next(state, failures[failure]);
  const index = state.choice ? state.plan.choices.indexOf(state.choice) : -1;
  if (state.action === line.state.action && index === line.state.choice)
    states++;
  const [route, divisor, failure] = line.event;
  const choice = { route: about.routes[route], divisor };
  const past = policy.remember(facts, choice, failures[failure]);
  if (same(past, line.past)) pasts++;
}
check('plans are the native ones', plans === n, plans);
check('states are the native ones', states === n, states);
check('marks are the native ones', pasts === n, pasts);

const swiftShader = { vendor: 'google', architecture: 'swiftshader' };
check('adapter', policy.adapter(swiftShader) === 'software');
check('environment', policy.environment('foobar') === 0xbf9cf968);
check('a text of any length', policy.environment('ü'.repeat(9e4)) > 0);
check('no facts', policy.choose({}).none?.reason === 'no-simd');
const mark = { route: 'gone', divisor: 1, failure: 'hang', count: 9, day: 1 };
check('a mark of another version', policy.choose({ past: [mark] }).none);
let refused = false;
try {
  policy.choose({ simd: 'mmx' });
} catch {
  refused = true;
}
check('a value that does not exist is refused', refused);

// ---- What browsers say of themselves ----
const can = {
  ...{ simd: true, relaxedSimd: true, atomics: true, sharedMemory: true },
  ...{ crossOriginIsolated: true, cores: 8, deviceMemory: 8 },
};
const limits = {
  ...{ maxBufferBytes: 2 ** 31, maxBindingBytes: 2 ** 31 },
  ...{ maxStorageBindings: 10, maxWorkgroupBytes: 32768, maxInvocations: 1024 },
};
const gpu = (vendor, architecture, more = {}) => ({
  ...{ vendor, architecture, description: '', fallback: false, f16: true },
  ...{ subgroups: 32, timestamps: false, ...more },
});
const passed = {
  ...{ canary_f16: 'passed', canary_f16_gflops: 2000 },
  ...{ canary_f32: 'passed', canary_f32_gflops: 1000 },
};
const browsers = [
  ['Chrome, GeForce', 'Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0', 0,
    {}, gpu('nvidia', 'ada-lovelace'), 'webgpu-f16', 'fastest'],
  ['Chrome, SwiftShader', 'Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0', 0,
    {}, gpu('google', 'swiftshader', { fallback: true }),
    'wasm-relaxed-threads', 'fastest'],
  ['Firefox, no adapter', 'Mozilla/5.0 (X11; rv:145.0) Firefox/145.0', 0,
    { deviceMemory: null }, null, 'wasm-relaxed-threads', 'fastest'],
  ['iPhone', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) Mobile Safari/604.1', 5,
    { relaxedSimd: false, deviceMemory: null }, null, 'wasm-simd', 'fastest'],
  ['iPad as a Mac', 'Mozilla/5.0 (Macintosh; Intel Mac OS X) Safari/605', 5,
    { relaxedSimd: false, deviceMemory: null }, null, 'wasm-simd', 'fastest'],
  ['Mac', 'Mozilla/5.0 (Macintosh; Intel Mac OS X) Safari/605', 0,
    { relaxedSimd: false }, null, 'wasm-simd-threads', 'fastest'],
  ['no SIMD', 'Mozilla/5.0 (Windows NT 6.1) Chrome/80', 0,
    { simd: false, relaxedSimd: false }, null, undefined, 'no-simd'],
];
for (const [what, userAgent, touches, less, adapter, route, why] of browsers) {
  const browser = { userAgent, maxTouchPoints: touches };
  const plan = policy.choose({
    ...lib.browserFacts({ ...can, ...less }, browser),
    ...(adapter ? lib.adapterFacts(policy, adapter, limits) : {}),
    ...passed,
  });
  const [first] = plan.chosen;
  check(what, first?.route === route, plan);
  check(`${what}: ${why}`, (first ?? plan.none).reason === why, plan);
}
const platforms = [
  ['Mozilla/5.0 (Linux; Android 16; K) Chrome/142 Mobile', 'android'],
  ['Mozilla/5.0 (Mobile; rv:48.0) KAIOS/3.1', 'mobile'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64) Edg/142.0', 'desktop'],
];
for (const [userAgent, platform] of platforms)
  check(platform, //
    lib.platformOf({ userAgent, maxTouchPoints: 0 }) === platform);

// ---- The routes of a job ----
const router = lib.policyRouter(
  policy,
  lib.browserFacts({ ...can, crossOriginIsolated: false }, //
    { userAgent: '', maxTouchPoints: 0 }),
  1024,
);
const tried = [router.first()];
for (const kind of ['hang', 'corrupt-model', 'worker-crash', 'worker-crash'])
  tried.push([router.next(tried.at(-1), kind), router.action]);
check('the router follows the policy', same(tried, [
  { route: 'wasm-relaxed', size: 1024 },
  [{ route: 'wasm-simd', size: 1024 }, 'run'],
  [{ route: 'wasm-simd', size: 1024 }, 'refetch'],
  [{ route: 'wasm-simd', size: 1024 }, 'again'],
  [{ route: 'wasm-simd', size: 512 }, 'run'],
]), tried);
check('all is planned', router.planned.length === 18);
check('sides are multiples of 32', //
  same([320, 1024, 64, 32].map((n) => lib.sideOf(n, 4)), [96, 256, 32, 32]));

// ---- What a plan needs against what the device has ----
const isnet = JSON.parse(
  await readFile(new URL('models/models.json', root)),
).models.find(({ name }) => name === 'isnet');
const { sides, wasm } = isnet.plans;
const held = (side) => lib.between(sides, wasm.bytes, side);
check('known sizes are exact', same(sides.map(held), wasm.bytes));
check('between them by the area', //
  Math.abs(held(768) - (wasm.bytes[0] - 95_424_512)) < 1e6, held(768));
check('beyond them too', //
  Math.abs(held(2048) - 960_825_060) < 1e7, held(2048));
check('never less than the least', held(64) === wasm.bytes[2]);
check('nothing of unknown models', //
  same(lib.planFacts(undefined, policy.routes, 1024), {}));

const phone = 'Mozilla/5.0 (Linux; Android 16; K) Chrome/142 Mobile';
const laptop = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0';
const mali = gpu('arm', 'valhall');
const leastLimits = { maxBufferBytes: 2 ** 28, maxBindingBytes: 2 ** 27 };
const defaults = { ...limits, ...leastLimits };
/** [device, size]: the first choice, and why others are not chosen. */
const small = [
  [phone, 4, mali, limits, 1024, 'webgpu-f16 1024', {}],
  [phone, 1, mali, limits, 1024, 'webgpu-f16 1024',
    { 'webgpu-f32 1024': 'too-large-for-memory' }],
  [phone, 2, mali, limits, 2048, 'webgpu-f16 2048',
    { 'webgpu-f32 2048': 'too-large-for-memory',
      'wasm-relaxed-threads 2048': 'too-large-for-memory' }],
  [phone, 0.5, mali, limits, 1024, 'wasm-relaxed-threads 512',
    { 'webgpu-f16 512': 'too-large-for-memory',
      'wasm-simd 1024': 'too-large-for-memory' }],
  [phone, 0.25, mali, limits, 1024, 'wasm-simd 256',
    { 'wasm-simd 512': 'too-large-for-memory' }],
  [laptop, 0.25, null, limits, 1024, 'wasm-relaxed-threads 512',
    { 'wasm-relaxed-threads 1024': 'too-large-for-memory' }],
  [laptop, 8, gpu('intel', 'gen-12'), defaults, 2048,
    'wasm-relaxed-threads 2048', { 'webgpu-f16 2048': 'limits-too-small' }],
  [laptop, 8, gpu('intel', 'gen-12'), defaults, 1024, 'webgpu-f16 1024', {}],
  [laptop, 8, null, limits, 4096, 'wasm-relaxed 4096',
    { 'wasm-relaxed-threads 4096': 'limits-too-small' }],
];
for (const [userAgent, deviceMemory, adapter, most, ...rest] of small) {
  const [size, first, why] = rest;
  const browser = { userAgent, maxTouchPoints: 0 };
  const { planned } = lib.policyRouter(policy, {
    ...lib.browserFacts({ ...can, deviceMemory }, browser),
    ...(adapter ? lib.adapterFacts(policy, adapter, most) : {}),
    ...passed,
    ...lib.planFacts(isnet.plans, policy.routes, size),
  }, size);
  const what = `${deviceMemory} GiB, ${size}`;
  const named = (one) => `${one.route} ${one.size}`;
  check(`${what}: ${first}`, //
    planned[0].chosen && named(planned[0]) === first, planned[0]);
  for (const [name, reason] of Object.entries(why)) {
    const one = planned.find((p) => named(p) === name);
    check(`${what}: not ${name}`, !one.chosen && one.reason === reason, one);
  }
}

// ---- Between visits ----
const kept = new Map();
globalThis.localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
};
const at = { route: 'webgpu-f16', divisor: 1 };
const here = lib.environmentOf(policy, '0.1.0', undefined, { userAgent: 'a' });
const then = lib.environmentOf(policy, '0.1.0', undefined, { userAgent: 'b' });
const firstRoute = (environment) =>
  policy.choose({
    ...lib.browserFacts(can, { userAgent: '', maxTouchPoints: 0 }),
    ...lib.adapterFacts(policy, gpu('nvidia', 'ampere'), limits),
    ...passed,
    ...{ past: lib.readPast(), today: lib.today(), environment },
  }).chosen[0].route;
lib.rememberFailure(policy, here, at, 'device-lost');
check('one loss is forgiven', firstRoute(here) === 'webgpu-f16');
lib.rememberFailure(policy, here, at, 'device-lost');
check('two are not', firstRoute(here) === 'wasm-relaxed-threads');
check('another browser is healed', firstRoute(then) === 'webgpu-f16');
lib.rememberSuccess(policy, here, at);
check('a success counts', firstRoute(here) === 'webgpu-f16');
const keptMark = { route: 'webgpu-f16', failure: 'hang', divisor: 1, count: 9,
  day: lib.today(), environment: here };
const keptCanary = { route: 'webgpu-f32', verdict: 'wrong', gflops: 9,
  day: lib.today(), environment: here };
kept.set('cutout.past', JSON.stringify([keptMark]));
check('a kept mark counts', firstRoute(here) === 'wasm-relaxed-threads');
kept.set('cutout.canaries', JSON.stringify([keptCanary]));
check('a kept canary counts', lib.canaryFacts(here).canary_f32 === 'wrong');
lib.keepCanary({ ...keptCanary, route: 'webgpu-f16', verdict: 'crashed' });
lib.dropCanary({ ...keptCanary, route: 'webgpu-f16' });
check('one that was dropped does not', !lib.canaryFacts(here).canary_f16);
check('others do', lib.canaryFacts(here).canary_f32 === 'wrong');
/** What another version, or somebody else, may have kept. */
const nonsense = (good) => [
  ...['{', 'null', '7', '[null,{"route":1},[],"a"]', '{"a":[]}'],
  ...Object.keys(good).flatMap((name) =>
    [null, 'x', {}, -1, 1e300].map((value) =>
      JSON.stringify([{ ...good, [name]: value }]),
    ),
  ),
];
const runs = (what, text) => {
  let first;
  try {
    first = policy.choose({
      ...lib.browserFacts(can, { userAgent: '', maxTouchPoints: 0 }),
      ...lib.adapterFacts(policy, gpu('nvidia', 'ampere'), limits),
      ...lib.canaryFacts(here),
      ...{ past: lib.readPast(), today: lib.today(), environment: here },
    }).chosen[0];
  } catch (error) {
    check(`${what}: ${text}`, false, String(error));
    return;
  }
  check(`${what}: ${text}`, first !== undefined);
};
for (const text of nonsense(keptMark)) {
  kept.set('cutout.past', text);
  runs('kept marks', text);
}
kept.delete('cutout.past');
for (const text of nonsense(keptCanary)) {
  kept.set('cutout.canaries', text);
  runs('kept canaries', text);
}
kept.delete('cutout.canaries');
globalThis.localStorage.setItem = globalThis.localStorage.getItem = () => {
  throw new Error('not here');
};
lib.rememberFailure(policy, here, at, 'wrong-result');
check('without storage', firstRoute(here) === 'webgpu-f32');
lib.forgetPast();
check('forgotten', firstRoute(here) === 'webgpu-f16');

check('at most 32 KB', bytes.length <= 32768, bytes.length);
summary('policy-wasm');
