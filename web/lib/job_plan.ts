/**
 * What is decided before a job begins: which model at which size, and the
 * routes in their order. Wishes that cannot be met are refused here.
 */
import {
  capabilities,
  isGpuRoute,
  moduleRoute,
  type Route,
} from './capabilities.js';
import { device, findAdapter, type Device } from './device.js';
import { CutoutError } from './errors.js';
import { planFacts } from './plans.js';
import { policyRouter, type PolicyRouter } from './policy_router.js';
import type { Wish } from './pool.js';
import { defaultModel, entries, type ModelEntry } from './registry.js';
import { planRoutes, type Choice, type Router } from './routes.js';
import type { RunOptions } from './types.js';

function modelEntry(name: string): ModelEntry {
  const entry = entries.find((e) => e.name === name);
  if (entry) return entry;
  const names = entries.map((e) => e.name).join(', ');
  throw new CutoutError(
    'no-model',
    `Expected one of ${names} for model but received '${name}'.`,
  );
}

export interface JobPlan {
  entry: ModelEntry;
  router: Router | PolicyRouter;
  /** Undefined when the policy's module did not come. */
  device: Device | undefined;
  /** Of routes with threads. */
  threads: number;
}

/** Multiply-adds of models by name, 1e9, at the size they are trained for. */
const costs = new Map<string, number>();

/** What a run of the whole network at `side` takes. */
export function learnCost(
  { name, spec }: ModelEntry,
  side: number,
  gmac: number,
): void {
  if (gmac > 0) costs.set(name, gmac / (side / spec.width) ** 2);
}

/** What a job's options come to on this device. */
export async function planJob(options: RunOptions): Promise<JobPlan> {
  const facts = capabilities();
  const { route, size = 0 } = options;
  const runs = (r: Route) =>
    isGpuRoute(r) ? facts.webgpu : facts.routes.includes(r);
  if (route && !runs(route))
    throw new CutoutError(
      'bad-option',
      `The route ${route} does not run here; ${facts.routes.join(', ')} do.`,
    );
  if (!facts.routes.length)
    throw new CutoutError(
      'engine',
      'This browser is too old: it has no WebAssembly SIMD.',
    );
  if (size % 32 || size < 0 || size > 4096)
    throw new CutoutError(
      'bad-option',
      `Expected a multiple of 32 up to 4096 for size but received ${size}.`,
    );
  const entry = modelEntry(options.model ?? defaultModel);
  const threads = Math.max(1, Math.min(options.threads ?? facts.threads, 64));
  const side = size || entry.spec.width;
  if (route && isGpuRoute(route)) await findAdapter();
  const known = await device();
  const router =
    known &&
    policyRouter(
      known.policy,
      {
        ...known.facts,
        ...planFacts(entry.plans, known.policy.routes, side),
        asked_route: route ?? 'none',
        // one thread asked for: a module with threads runs it as well
        most_threads: options.threads === 1 ? 0 : threads,
        gmac: (costs.get(entry.name) ?? 0) * (side / entry.spec.width) ** 2,
      },
      side,
    );
  if (!router?.first())
    return {
      ...{ entry, threads, device: undefined },
      router: planRoutes(facts, route, side),
    };
  return { entry, threads, device: known, router };
}

export function wishFor(
  { entry, threads }: JobPlan,
  { route, size }: Choice,
): Wish {
  return {
    route,
    entry,
    size: size === entry.spec.width ? 0 : size,
    threads: moduleRoute(route).endsWith('threads') ? threads : 1,
  };
}
