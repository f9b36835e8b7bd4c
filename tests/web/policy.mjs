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

async function wrapper() {
  const folder = await mkdtemp(join(tmpdir(), 'cutout-policy-'));
  try {
    const file = join(folder, 'policy.mjs');
    await writeFile(file, (await transformWithOxc(source, 'policy.ts')).code);
    return await import(pathToFileURL(file).href);
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

const { loadPolicy, failures } = await wrapper();
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
check('at most 32 KB', bytes.length <= 32768, bytes.length);
summary('policy-wasm');
