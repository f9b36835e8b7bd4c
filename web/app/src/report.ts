/** What is known of this device and of the jobs of this visit, as the person
 * may copy it: no picture, no name of a file. */
import { cutout, type PlannedRoute } from '../../lib/index.js';
import type { Past } from './queue.js';

export type Device = Awaited<ReturnType<typeof cutout.device>>;
export type Planned = Pick<PlannedRoute, 'route' | 'chosen' | 'text' | 'reason'>;

/** The routes for the next photo, as far as the policy can tell now. */
export function forecast(device: Device, asked?: string): Planned[] {
  if (!device) return [];
  const { policy, facts } = device;
  const wish = { ...facts, asked_route: asked || 'none' } as typeof facts;
  const { choices } = policy.choose(wish);
  return choices.filter(({ divisor }) => divisor === 1) as Planned[];
}

export async function storageUse() {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {};
  return { usage: usage ?? 0, quota: quota ?? 0 };
}

export async function makeReport(
  device: Device,
  routes: Planned[],
  history: readonly Past[],
): Promise<string> {
  const report = {
    report: 1,
    browser: navigator.userAgent,
    capabilities: cutout.capabilities(),
    facts: device?.facts,
    adapter: device?.adapter,
    storage: await storageUse().catch(() => null),
    routes,
    jobs: history.map(({ at, receipt }) => ({
      at: new Date(at).toISOString(),
      receipt,
    })),
  };
  return JSON.stringify(report, null, 1);
}
