/**
 * What is known of this device: the browser's facts at once, those of a
 * graphics device and its canary when they are there. No job waits for the
 * latter, unless it asked for such a route. Canaries are kept between visits,
 * for this browser, driver and engine.
 */
import { adapter, capabilities, type Adapter } from './capabilities.js';
import type { GpuRoute } from './capabilities.js';
import type { CanaryResult } from './canary.js';
import { CutoutError } from './errors.js';
import { adapterFacts, browserFacts, environmentOf, today } from './facts.js';
import { canaryFacts, dropCanary, keepCanary } from './kept_canaries.js';
import { readPast } from './past.js';
import { loadPolicy, type Policy, type PolicyFacts } from './policy.js';
import { version } from './version.js';
import { canaryWorker, moduleUrl } from './workers.js';

export interface Device {
  policy: Policy;
  facts: Partial<PolicyFacts>;
  environment: number;
  adapter: Adapter | undefined;
}

// ---- Facts ------------------------------------------------------------------

let asked: Promise<Adapter | null> | undefined;
let found: Adapter | null | undefined;

/** Null: there is none. Asked once. */
export function findAdapter(): Promise<Adapter | null> {
  asked ??= adapter().then(
    (one) => (found = one),
    () => (found = null),
  );
  return asked;
}

/** Undefined when the policy's module cannot be had. */
export async function device(): Promise<Device | undefined> {
  const policy = await loadPolicy().catch(() => undefined);
  if (!policy) return undefined;
  const can = capabilities();
  const environment = environmentOf(policy, version, found?.facts);
  const facts: Partial<PolicyFacts> = {
    ...browserFacts(can),
    ...canaryFacts(environment),
    today: today(),
    environment,
    past: readPast(),
  };
  if (found)
    Object.assign(facts, adapterFacts(policy, found.facts, found.limits));
  else if (found === undefined && can.webgpu) facts.webgpu = 'present';
  return { policy, facts, environment, adapter: found ?? undefined };
}

// ---- Running canaries -------------------------------------------------------

let underWay = 0;
let ranMs = 0;
let since = 0;

/** Milliseconds in which canaries were under way, from the start of their
 * worker to its end: two readings tell what ran between them. */
export function canaryClock(): number {
  return ranMs + (underWay ? performance.now() - since : 0);
}

async function clocked<T>(work: Promise<T>): Promise<T> {
  if (!underWay++) since = performance.now();
  try {
    return await work;
  } finally {
    if (!--underWay) ranMs += performance.now() - since;
  }
}

/** A canary that has not come back by then is taken for one that hangs. */
const patienceMs = 60_000;

async function askWorker(route: GpuRoute): Promise<CanaryResult> {
  const worker = canaryWorker();
  const late = new CutoutError('hang', 'The canary did not come back.');
  const timer = setTimeout(() => worker.close(late), patienceMs);
  try {
    const url = moduleUrl('wasm-simd');
    return await worker.call<CanaryResult>('canary', [url, route]);
  } finally {
    clearTimeout(timer);
    worker.close(new CutoutError('crash', 'closed'));
  }
}

const none: Omit<CanaryResult, 'verdict' | 'message'> = {
  gflops: 0,
  ms: 0,
  totalMs: 0,
  error: 0,
};

/** A verdict stands before the canary runs: it remains if all of it dies, but
 * not when the page is merely left. */
export async function runCanary(
  route: GpuRoute,
  environment: number,
): Promise<CanaryResult> {
  const kept = { ...none, route, environment, day: today() };
  const message = 'It took the page along.';
  keepCanary({ ...kept, verdict: 'crashed', message });
  const left = () => dropCanary(kept);
  addEventListener('pagehide', left);
  let result: CanaryResult;
  try {
    result = await clocked(askWorker(route));
  } catch (error) {
    const { message } = error as Error;
    result = { ...none, verdict: 'failed', message };
  } finally {
    removeEventListener('pagehide', left);
  }
  keepCanary({ ...kept, ...result });
  return result;
}

let learning: Promise<void> | undefined;

async function learn(): Promise<void> {
  if (!(await findAdapter())) return;
  const known = await device();
  if (!known) return;
  for (const route of known.policy.choose(known.facts).canary)
    if (route === 'webgpu-f16' || route === 'webgpu-f32')
      await runCanary(route, known.environment);
}

/** Asks for the graphics device and sends the canaries that are due; once. */
export function learnDevice(): Promise<void> {
  return (learning ??= learn().catch(() => {}));
}

/** Sends a canary now, whatever the policy thinks; null without a device. */
export async function tryGpu(route: GpuRoute): Promise<CanaryResult | null> {
  if (!(await findAdapter())) return null;
  const known = await device();
  return runCanary(route, known?.environment ?? 0);
}
