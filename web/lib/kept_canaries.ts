/**
 * What canaries said, between visits: for this browser, driver and engine.
 * Where the browser keeps nothing, they last as long as the page.
 */
import type { CanaryResult } from './canary.js';
import type { GpuRoute } from './capabilities.js';
import { today } from './facts.js';
import { canaryVerdicts, type PolicyFacts } from './policy.js';

export interface KeptCanary extends CanaryResult {
  route: GpuRoute;
  environment: number;
  /** Since 1970. */
  day: number;
}

const key = 'cutout.canaries';
let here: KeptCanary[] = [];

/** Another version may have kept something else. */
function isKept(value: unknown): value is KeptCanary {
  const kept = value as KeptCanary | null;
  return (
    canaryVerdicts.includes(kept?.verdict as never) &&
    [kept?.gflops, kept?.environment, kept?.day].every(Number.isFinite)
  );
}

export function readCanaries(): KeptCanary[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return Array.isArray(kept) ? kept.filter(isKept) : here;
  } catch {
    return here;
  }
}

type Of = Pick<KeptCanary, 'route' | 'environment'>;

/** Those of other routes; what is of another environment has had its day. */
const others = ({ route, environment }: Of) =>
  readCanaries().filter(
    (c) => c.environment === environment && c.route !== route,
  );

function write(all: KeptCanary[]): void {
  here = all;
  try {
    localStorage.setItem(key, JSON.stringify(here));
  } catch {
    // it runs again on the next visit
  }
}

export function keepCanary(one: KeptCanary): void {
  write([...others(one), one]);
}

/** As if it had never been sent. */
export function dropCanary(of: Of): void {
  write(others(of));
}

export function canaryFacts(environment: number): Partial<PolicyFacts> {
  const facts: Partial<PolicyFacts> = {};
  for (const one of readCanaries()) {
    if (one.environment !== environment) continue;
    const f16 = one.route === 'webgpu-f16';
    facts[f16 ? 'canary_f16' : 'canary_f32'] = one.verdict;
    facts[f16 ? 'canary_f16_gflops' : 'canary_f32_gflops'] = one.gflops;
    facts.canary_age = Math.max(facts.canary_age ?? 0, today() - one.day);
  }
  return facts;
}
