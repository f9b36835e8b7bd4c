/** The routes of one job as the policy orders them. */
import type { Route } from './capabilities.js';
import type { Action, Policy, PolicyFacts, PolicyState } from './policy.js';
import type { Choice, Router } from './routes.js';
import type { PlannedRoute } from './types.js';

export interface PolicyRouter extends Router {
  /** How to try what `first` or `next` gave. */
  readonly action: Action;
  /** Divisor, expected speed and time of the choice, why there is none,
   * canaries that should run: all that the policy said. */
  readonly state: PolicyState;
}

/** Side of the network's input for a part of the size that was asked for. */
export function sideOf(size: number, divisor: number): number {
  if (divisor === 1) return size;
  return Math.max(32, Math.ceil(size / divisor / 32) * 32);
}

/** `size` is the side that the plan bytes in `facts` are for. */
export function policyRouter(
  policy: Policy,
  facts: Partial<PolicyFacts>,
  size: number,
): PolicyRouter {
  let state = policy.start(facts);
  const planned: PlannedRoute[] = state.plan.choices.map((one) => ({
    route: one.route as Route,
    size: sideOf(size, one.divisor),
    chosen: one.chosen,
    reason: one.reason,
    text: one.text,
  }));
  const current = (): Choice | undefined => {
    const { choice } = state;
    return (
      choice && {
        route: choice.route as Route,
        size: sideOf(size, choice.divisor),
      }
    );
  };
  return {
    planned,
    first: current,
    next(_, kind) {
      state = policy.next(state, kind);
      return current();
    },
    get action() {
      return state.action;
    },
    get state() {
      return state;
    },
  };
}
