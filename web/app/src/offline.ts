/**
 * The service worker keeps the page for use without a network. On hosts that
 * send no isolation headers it adds them; the page has them, and with them
 * threads, from its next load on.
 */
const reloaded = 'cutout-isolated';

export function startServiceWorker(untouched: () => boolean): void {
  const container = navigator.serviceWorker;
  if (!container || !import.meta.env.PROD) return;
  const fresh = !container.controller;
  container.addEventListener('controllerchange', () => {
    const gains = fresh && !crossOriginIsolated && window.isSecureContext;
    if (!gains || !untouched() || sessionStorage.getItem(reloaded)) return;
    sessionStorage.setItem(reloaded, 'tried'); // once: some hosts forbid it
    location.reload();
  });
  addEventListener('load', () => {
    container.register('./sw.js').catch(() => {
      // without it the page works, online
    });
  });
}
