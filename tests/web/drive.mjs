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

/** Another format of a picture, without cutting it out: base64, or the code
 * and message of the error. */
export const convert = async (picture, options) => {
  const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
  try {
    const blob = await globalThis.cutout.convert(new Blob([bytes]), options);
    const result = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (let i = 0; i < result.length; i += 8192)
      text += String.fromCharCode(...result.subarray(i, i + 8192));
    return { png: btoa(text) };
  } catch ({ code, message }) {
    return { code, message };
  }
};

/** What the page says of a job that should fail: {code, message}. */
export const failure = async (text, options) => {
  try {
    await globalThis.cutout.run(new Blob([text]), options);
    return null;
  } catch ({ code, message }) {
    return { code, message };
  }
};

/** Cancels when a stage has begun; gives the error's code and how long the
 * page took to say so. */
export const cancelAt = async (photo, stage, options) => {
  const bytes = Uint8Array.from(atob(photo), (c) => c.charCodeAt(0));
  const controller = new AbortController();
  let asked = 0;
  try {
    await globalThis.cutout.run(new Blob([bytes]), {
      ...options,
      signal: controller.signal,
      onProgress: (progress) => {
        if (progress.stage !== stage || asked) return;
        asked = performance.now();
        controller.abort();
      },
    });
    return { code: 'finished', stage };
  } catch ({ code }) {
    return { code, ms: performance.now() - asked };
  }
};

/** Cancels the second of two jobs while the first one runs: its error, and
 * whether the first was still at work. */
export const cancelQueued = async (photo, options) => {
  const bytes = Uint8Array.from(atob(photo), (c) => c.charCodeAt(0));
  const controller = new AbortController();
  let over = false;
  const first = globalThis.cutout.run(new Blob([bytes]), options);
  const end = first.then(() => (over = true));
  const { signal } = controller;
  const second = globalThis.cutout.run(new Blob([bytes]), { ...options, signal });
  setTimeout(() => controller.abort(), 100);
  const code = await second.then(() => 'finished', (error) => error.code);
  const early = !over;
  await end;
  return { code, early };
};

/** The longest task of the page's own thread during a job, in ms. */
export const longestTask = async (photo, options) => {
  const bytes = Uint8Array.from(atob(photo), (c) => c.charCodeAt(0));
  const tasks = [];
  await new Promise((done) => setTimeout(done, 500));
  const observer = new PerformanceObserver((list) =>
    tasks.push(...list.getEntries().map((entry) => entry.duration)),
  );
  observer.observe({ type: 'longtask', buffered: false });
  await globalThis.cutout.run(new Blob([bytes]), options);
  await new Promise((done) => setTimeout(done, 300));
  observer.disconnect();
  return Math.max(0, ...tasks);
};

/** WebAssembly memory after each of n jobs. */
export const memoryOfJobs = async (photo, n, options) => {
  const bytes = Uint8Array.from(atob(photo), (c) => c.charCodeAt(0));
  const sizes = [];
  for (let i = 0; i < n; i++) {
    const { receipt } = await globalThis.cutout.run(new Blob([bytes]), options);
    sizes.push(receipt.peak_bytes.wasm);
  }
  return sizes;
};

/** Overwrites stored chunks with bytes of the same and of another length. */
export const damageStore = async () => {
  const cache = await caches.open('cutout-models');
  const names = (await cache.keys())
    .map(({ url }) => url)
    .filter((url) => !url.endsWith('.json'))
    .sort();
  const write = async (name, change) => {
    const old = new Uint8Array(await (await cache.match(name)).arrayBuffer());
    const bytes = change(old);
    const headers = { 'content-length': String(bytes.length) };
    await cache.put(name, new Response(bytes, { headers }));
  };
  await write(names[0], (old) => ((old[100] ^= 1), old));
  await write(names[1], (old) => old.slice(0, 1000));
  await cache.delete(names[2]);
  return names.length;
};
