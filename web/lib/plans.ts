/**
 * What runs of a registered model hold, before there is an engine that could
 * tell: models/models.json has the planner's numbers for some sizes
 * (tools/model_plans.mjs). Between them memory grows with the area.
 */
import { sideOf } from './policy_router.js';
import type { BySize, PolicyFacts, PolicyRoute } from './policy.js';

interface GpuPlans {
  bytes: number[];
  buffer: number[];
  binding: number[];
}

/** Lists go with `sides`, the largest first. */
export interface ModelPlans {
  sides: number[];
  /** All that a run holds, the model included. */
  wasm: { bytes: number[] };
  'webgpu-f16': GpuPlans;
  'webgpu-f32': GpuPlans;
}

/** The number for `side`: on the lines through the known ones, and beyond the
 * largest; not less than the smallest. */
export function between(
  sides: number[],
  values: number[],
  side: number,
): number {
  const last = sides.length - 1;
  if (side <= sides[last]!) return values[last]!;
  let i = 0;
  while (i < last - 1 && side < sides[i + 1]!) i++;
  const [upper, lower] = [sides[i]! ** 2, sides[i + 1]! ** 2];
  const share = (side ** 2 - lower) / (upper - lower);
  return values[i + 1]! + share * (values[i]! - values[i + 1]!);
}

type Planned = 'plan_bytes' | 'plan_buffer_bytes' | 'plan_binding_bytes';

/** `side` is that of full size; `routes` are in the policy's order. Nothing is
 * known of models that are not registered. */
export function planFacts(
  plans: ModelPlans | undefined,
  routes: readonly PolicyRoute[],
  side: number,
): Partial<Pick<PolicyFacts, Planned>> {
  if (!plans) return {};
  const bySize = (values: number[]) =>
    [1, 2, 4].map((divisor) =>
      between(plans.sides, values, sideOf(side, divisor)),
    ) as BySize;
  const gpus = [plans['webgpu-f16'], plans['webgpu-f32']];
  const of = (route: PolicyRoute) =>
    route.startsWith('wasm') ? plans.wasm : plans[route as 'webgpu-f16'];
  return {
    plan_bytes: routes.map((route) => bySize(of(route).bytes)),
    plan_buffer_bytes: gpus.map(({ buffer }) => bySize(buffer)),
    plan_binding_bytes: gpus.map(({ binding }) => bySize(binding)),
  };
}
