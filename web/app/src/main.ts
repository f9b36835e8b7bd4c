import { cutout, defaultModel } from '../../lib/index.js';
import './page.js';
import type { Page } from './page.js';
import { startServiceWorker } from './offline.js';

declare global {
  var cutout: typeof import('../../lib/index.js').cutout;
}
globalThis.cutout = cutout;

const page = () => document.querySelector<Page>('cutout-page');
const idle = globalThis.requestIdleCallback ?? ((f) => setTimeout(f, 500));

/** A second visit finds the model here: have it ready before the photo. */
async function warmUp(): Promise<void> {
  const models = await cutout.models.list();
  const stored = models.find(({ name }) => name === defaultModel)?.stored;
  const chosen = page()?.queue.options.model ?? defaultModel;
  if (stored && chosen === defaultModel && !page()?.queue.items.length)
    await cutout.warm(page()?.queue.options);
}

if (!new URLSearchParams(location.search).has('cold'))
  idle(() => void warmUp().catch(() => {}));
startServiceWorker(() => !page()?.queue.items.length);
