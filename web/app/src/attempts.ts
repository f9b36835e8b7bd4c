/** Routes, and what was tried in a job, in plain words. */
import { html, nothing } from 'lit';
import type { Attempt, Cause, Route } from '../../lib/index.js';
import { seconds } from './format.js';
import type { AnyReceipt } from './queue.js';

const kinds: Record<string, string> = {
  'device-lost': 'the graphics device was lost',
  'no-device': 'there was no graphics device',
  'validation-error': 'the graphics device refused a command',
  'shader-compilation': 'the graphics driver did not compile a program',
  'out-of-memory-gpu': 'the graphics device had no memory left',
  'out-of-memory-wasm': 'the browser gave no more memory',
  hang: 'it did not answer any more',
  'worker-crash': 'it crashed',
  'wrong-result': 'its result could not be right',
  'engine-error': 'the engine refused',
  'corrupt-model': 'the model was damaged; it was fetched again',
  'storage-failed': 'the browser’s storage failed',
  network: 'the model did not come',
};

const routeNames: Record<Route, string> = {
  'webgpu-f16': 'GPU, half precision',
  'webgpu-f32': 'GPU, full precision',
  'wasm-relaxed-threads': 'processor, several threads',
  'wasm-simd-threads': 'processor, several threads, plain SIMD',
  'wasm-relaxed': 'processor, one thread',
  'wasm-simd': 'processor, one thread, plain SIMD',
};

export function routeInWords(route: string): string {
  return routeNames[route as Route] ?? route;
}

export const onGpu = (route: string) => route.startsWith('webgpu');

export function causeInWords({ kind, message }: Cause): string {
  return (kind && kinds[kind]) || message;
}

export function attemptInWords(attempt: Attempt): string {
  const { route, size, outcome, cause, ms } = attempt;
  const where = `${routeInWords(route)}, ${size} pixels`;
  if (outcome === 'done') return `${where}: worked, ${seconds(ms)}`;
  if (outcome === 'cancelled') return `${where}: cancelled`;
  const why = cause ? causeInWords(cause) : 'it failed';
  return `${where}: after ${seconds(ms)}, ${why}`;
}

export function attemptList({ attempts }: Pick<AnyReceipt, 'attempts'>) {
  if (!attempts.length) return nothing;
  return html`<ol>
    ${attempts.map((one) => html`<li>${attemptInWords(one)}</li>`)}
  </ol>`;
}

// ---- While it happens -------------------------------------------------------

const whatHappened: Record<string, string> = {
  'device-lost': 'Your GPU stopped',
  'no-device': 'Your GPU was not available',
  'validation-error': 'Your GPU could not do this',
  'shader-compilation': 'Your GPU could not do this',
  'out-of-memory-gpu': 'Your GPU ran out of memory',
  'out-of-memory-wasm': 'Memory ran short',
  hang: 'There was no answer for a while',
  'worker-crash': 'The browser stopped a part of the work',
  'wrong-result': 'The result did not look right',
  'corrupt-model': 'The stored model was damaged',
  'storage-failed': 'The browser’s storage did not work',
};

type Next = { route: string; size: number };

function whatNext(failed: Attempt, next: Next | undefined): string {
  const kind = failed.cause?.kind;
  if (kind === 'corrupt-model') return 'fetching the damaged part again';
  if (kind === 'storage-failed') return 'going on without it';
  if (!next) return 'going on another way';
  if (next.size < failed.size) return 'finishing with coarser edges';
  if (onGpu(failed.route) && !onGpu(next.route))
    return 'finishing on the processor';
  return next.route === failed.route ? 'trying again' : 'going on another way';
}

/** What the person reads when the progress begins again. */
export function recovery(failed: Attempt, next?: Next): string {
  const kind = failed.cause?.kind ?? '';
  const what = whatHappened[kind] ?? 'That way did not work';
  return `${what}; ${whatNext(failed, next)}.`;
}
