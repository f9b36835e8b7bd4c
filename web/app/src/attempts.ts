/** What was tried in a job, in plain words. */
import { html, nothing } from 'lit';
import type { Attempt, Cause } from '../../lib/index.js';
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

export function causeInWords({ kind, message }: Cause): string {
  return (kind && kinds[kind]) || message;
}

export function attemptInWords(attempt: Attempt): string {
  const { route, size, outcome, cause, ms } = attempt;
  const where = `${route} at ${size} pixels`;
  if (outcome === 'done') return `${where}: worked, ${seconds(ms)}`;
  if (outcome === 'cancelled') return `${where}: cancelled`;
  const why = cause ? causeInWords(cause) : 'it failed';
  return `${where}: after ${seconds(ms)}, ${why}`;
}

export function attemptList({ attempts }: AnyReceipt) {
  if (!attempts.length) return nothing;
  return html`<ol>
    ${attempts.map((one) => html`<li>${attemptInWords(one)}</li>`)}
  </ol>`;
}
