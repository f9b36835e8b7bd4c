import { cutout } from '../../lib/index.js';
import './page.js';
import type { Page } from './page.js';
import { startServiceWorker } from './offline.js';

declare global {
  var cutout: typeof import('../../lib/index.js').cutout;
}
globalThis.cutout = cutout;

const page = () => document.querySelector<Page>('cutout-page');
const idle = globalThis.requestIdleCallback ?? ((f) => setTimeout(f, 500));

const warmUp = () =>
  void cutout.warm(page()?.queue.options).catch(() => {
    // the first job will say what is wrong
  });

/* A later visit finds the model here: have it ready before the photo comes. A
 * first one compiles the engine, when there is nothing else to do. */
if (!new URLSearchParams(location.search).has('cold')) {
  if (navigator.serviceWorker?.controller) warmUp();
  else idle(warmUp);
}
startServiceWorker(() => !page()?.queue.items.length);
