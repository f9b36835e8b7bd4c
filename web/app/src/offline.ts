/**
 * The service worker keeps the page for use without a network. On hosts that
 * send no isolation headers it adds them; the page has them, and with them
 * threads, from its next load on.
 */
const reloaded = 'cutout-isolated';

/** Would the page be isolated if it were loaded again? */
async function wouldBeIsolated(): Promise<boolean> {
  if (crossOriginIsolated || !isSecureContext) return false;
  const { headers } = await fetch('./');
  return headers.get('cross-origin-opener-policy') === 'same-origin';
}

export function startServiceWorker(untouched: () => boolean): void {
  const container = navigator.serviceWorker;
  if (!container || !import.meta.env.PROD) return;
  const fresh = !container.controller;
  container.addEventListener('controllerchange', async () => {
    if (!fresh || sessionStorage.getItem(reloaded)) return;
    if (!(await wouldBeIsolated()) || !untouched()) return;
    sessionStorage.setItem(reloaded, 'tried'); // once: some hosts forbid it
    location.reload();
  });
  addEventListener('load', () => {
    container.register('./sw.js').catch(() => {
      // without it the page works, online
    });
  });
}
