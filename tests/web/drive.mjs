/** What the tests do inside the page: functions that browsers are given. */
import { readFileSync } from 'node:fs';

export const base64 = (path) => readFileSync(path).toString('base64');

/** Runs a job; the picture comes back as base64. Functions sent to a browser
 * see nothing of this file. */
export const job = async (photo, options) => {
  const bytes = Uint8Array.from(atob(photo), (c) => c.charCodeAt(0));
  const stages = [];
  const { blob, receipt } = await globalThis.cutout.run(new Blob([bytes]), {
    ...options,
    onProgress: ({ stage }) => stages.includes(stage) || stages.push(stage),
  });
  const result = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let i = 0; i < result.length; i += 8192)
    text += String.fromCharCode(...result.subarray(i, i + 8192));
  return { png: btoa(text), type: blob.type, receipt, stages };
};

export const capabilities = () => globalThis.cutout.capabilities();
