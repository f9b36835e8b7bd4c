/**
 * The service worker keeps the page for use without a network. On hosts that
 * send no isolation headers it adds them; the page has them, and with them
 * threads, from its next load on.
 */
import { decidesIsolation } from './isolation.js';

const reloaded = 'cutout-isolated';

/** Would the page be isolated if it were loaded again? */
async function wouldBeIsolated(): Promise<boolean> {
  if (crossOriginIsolated || !isSecureContext) return false;
  const { headers } = await fetch('./');
  return !decidesIsolation(headers);
}

async function reloadOnce(untouched: () => boolean): Promise<void> {
  if (sessionStorage.getItem(reloaded)) return;
  if (!(await wouldBeIsolated()) || !untouched()) return;
  sessionStorage.setItem(reloaded, 'tried'); // once: some hosts forbid it
  location.reload();
}

export function startServiceWorker(untouched: () => boolean): void {
  const container = navigator.serviceWorker;
  if (!container || !import.meta.env.PROD) return;
  addEventListener('load', () => {
    container.register('./sw.js').catch(() => {
      // without it the page works, online
    });
  });
  if (container.controller) return;
  void container.ready.then(async ({ active }) => {
    addEventListener('offline', () => active?.postMessage('claim'));
    await reloadOnce(untouched);
  });
}
