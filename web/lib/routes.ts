/** In which order routes are tried, and which one comes after a failure. */
import type { Capabilities, Route } from './capabilities.js';
import { isGpuRoute, routes } from './capabilities.js';
import type { FailureKind } from './failures.js';
import type { PlannedRoute } from './types.js';

export interface Choice {
  route: Route;
  /** Side of the network's input in pixels. */
  size: number;
}

/** The plan of one job. */
export interface Router {
  readonly planned: PlannedRoute[];
  first(): Choice | undefined;
  /** After `choice` failed; undefined when nothing is left. */
  next(choice: Choice, kind: FailureKind): Choice | undefined;
}

/** Half the size, a quarter of the activations: better than nothing. */
function smaller(size: number): number {
  return Math.max(32, (size >> 6) << 5);
}

function skipped(route: Route, size: number, facts: Capabilities) {
  const why = (reason: string, text: string) => ({
    route,
    size,
    chosen: false,
    reason,
    text,
  });
  if (!facts.simd)
    return why('no-simd', 'This browser has no WebAssembly SIMD.');
  if (route.includes('relaxed') && !facts.relaxedSimd)
    return why('no-relaxed-simd', 'This browser has no relaxed SIMD.');
  if (!facts.sharedMemory)
    return why(
      facts.crossOriginIsolated ? 'no-shared-memory' : 'not-isolated',
      'There are no threads, as memory cannot be shared.',
    );
  return why('one-thread', 'There is one thread to use.');
}

export function planRoutes(
  facts: Capabilities,
  asked: Route | undefined,
  size: number,
): Router {
  const runs: Route[] =
    asked && isGpuRoute(asked)
      ? [asked]
      : facts.routes.filter((route) => !asked || route === asked);
  const planned: PlannedRoute[] = runs.map((route, i) => ({
    route,
    size,
    chosen: true,
    reason: asked ? 'asked' : i ? 'fallback' : 'fastest',
    text: asked
      ? 'It was asked for.'
      : i
        ? 'Comes next if the ones before fail.'
        : 'The fastest that works here.',
  }));
  for (const route of routes) {
    if (runs.includes(route)) continue;
    if (facts.routes.includes(route))
      planned.push({
        ...{ route, size, chosen: false },
        reason: 'other-route',
        text: 'Another route was asked for.',
      });
    else planned.push(skipped(route, size, facts));
  }
  const list: Choice[] = runs.map((route) => ({ route, size }));
  const last = list.at(-1);
  return {
    planned,
    first: () => list[0],
    next(choice, kind) {
      const at = list.findIndex(
        (c) => c.route === choice.route && c.size === choice.size,
      );
      const next = list[at + 1];
      if (next || kind !== 'out-of-memory-wasm' || !last) return next;
      const size = smaller(last.size);
      return size < choice.size ? { route: last.route, size } : undefined;
    },
  };
}
