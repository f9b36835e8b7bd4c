/**
 * The page: every system in a worker of its own, one after the other, so that
 * none waits for another's memory; `rounds` times over.
 */
import { adapter } from '../../web/lib/capabilities.ts';
import { peaks } from './peak.mjs';
import { median, notes, shareOf3x3, tables } from './tables.mjs';

const at = (id) => document.getElementById(id);
const status = (text) => (at('status').textContent = text);
const { baseURI: base } = document;

const workers = {
  ours: () =>
    new Worker(new URL('./ours_worker.mjs', import.meta.url), {
      type: 'module',
    }),
  peer: () =>
    new Worker(new URL('./peer_worker.mjs', import.meta.url), {
      type: 'module',
    }),
};

function call(worker, message, transfer = []) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: { value, error } }) =>
      error === undefined ? resolve(value) : reject(new Error(error));
    worker.onerror = ({ message }) => reject(new Error(message ?? 'crashed'));
    worker.postMessage(message, transfer);
  });
}

async function bytesOf(name) {
  const response = await fetch(new URL(name, base));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response;
}

/** The network's input: planes of (v - 128) / 256. */
async function photoTensor(size) {
  const blob = await (await bytesOf('photo.png')).blob();
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, size, size);
  const { data } = context.getImageData(0, 0, size, size);
  const n = size * size;
  return Float32Array.from(
    { length: 3 * n },
    (_, i) => (data[4 * (i % n) + Math.floor(i / n)] - 128) / 256,
  );
}

function systemsOf({ f16 }) {
  const ours = (precision) => ({
    worker: 'ours', system: 'cutout', route: `webgpu-${precision}`, precision,
  });
  const peer = (build, half) => ({
    worker: 'peer', system: 'onnxruntime-web', build, half,
    route: `webgpu ${build} ${half ? 'f16' : 'f32'}`,
  });
  const half = f16
    ? [ours('f16'), peer('native', true), peer('jsep', true)]
    : [];
  return [
    ours('f32'), peer('native', false), peer('jsep', false), ...half,
    { worker: 'ours', system: 'cutout', route: 'wasm' },
  ];
}

/** One set-up, one first run, some warm ones; added to `result`. */
async function measure(system, result, job) {
  const { model, x, size, runs, base } = job;
  const worker = workers[system.worker]();
  const text = `${system.system} ${system.route}:`;
  const open = { do: 'open', ...system, base, size, model: model.slice(0) };
  try {
    const { load_ms, ...facts } = await call(worker, open, [open.model]);
    Object.assign(result, facts, { load_ms });
    if (system.worker === 'peer')
      result.system = `${system.system} ${facts.version}`;
    result.setup_all_ms.push(load_ms);
    status(`${text} first run ...`);
    const first = await call(worker, { do: 'run', x });
    result.first_run_ms.push(first.ms);
    for (let i = 0; i < runs; i++) {
      status(`${text} warm run ${i + 1} of ${runs} ...`);
      const { ms, gpu_bytes, wasm_bytes } = await call(worker, { do: 'run', x });
      result.run_ms.push(ms);
      result.gpu_bytes = gpu_bytes;
      result.peak_bytes = wasm_bytes ?? null;
    }
    result.mask = first.mask;
    if (system.precision && !result.layers) {
      status(`${text} times of every layer ...`);
      const ask = { do: 'profile', x, n: 3, model: model.slice(0), size };
      result.layers = await call(worker, ask, [ask.model]);
    }
  } catch ({ message }) {
    result.error = message;
  } finally {
    worker.terminate();
  }
}

function blank(system, facts, job) {
  const { precision, half } = system;
  const name = ['vendor', 'architecture', 'device', 'description'];
  return {
    system: system.system,
    route: system.route,
    threads: 1,
    model: 'isnet',
    size: job.size,
    precision: precision ?? (half === undefined ? 'f32' : half ? 'f16' : 'f32'),
    adapter: name.map((key) => facts[key]).filter(Boolean).join(', '),
    fallback: facts.fallback,
    agent: navigator.userAgent,
    date: new Date().toISOString().slice(0, 10),
    load_ms: 0,
    setup_all_ms: [],
    first_run_ms: [],
    first_result_ms: [],
    run_ms: [],
  };
}

/** Ratios and differences beside our own result of the same precision. */
function compare(results, peak) {
  const best = (precision) =>
    results.find((r) => r.route === `webgpu-${precision}` && !r.error);
  for (const r of results) {
    const ours = best(r.precision) ?? best('f32');
    r.first_result_ms = r.setup_all_ms.map((ms, i) => ms + r.first_run_ms[i]);
    if (r.layers) {
      r.peak = peak[r.precision] ?? peak.f32;
      r.share_3x3 = shareOf3x3(r.layers, r.peak.gflops);
    }
    if (!ours?.mask || !r.mask || r.error) continue;
    if (r !== ours) r.ratio = median(r.run_ms) / median(ours.run_ms);
    r.difference = r.mask.reduce(
      (most, v, i) => Math.max(most, Math.abs(v - ours.mask[i])), 0);
  }
  for (const r of results) delete r.mask;
}

function show(results) {
  const sections = tables(results).map(({ title, head, rows }) => {
    const table = document.createElement('table');
    table.createCaption().textContent = title;
    const top = table.createTHead().insertRow();
    for (const text of head)
      top.append(Object.assign(document.createElement('th'), {
        textContent: text, scope: 'col',
      }));
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const text of row) line.insertCell().textContent = text;
    }
    return table;
  });
  const lines = notes(results).map((text) =>
    Object.assign(document.createElement('p'), { textContent: text }));
  at('tables').replaceChildren(...lines, ...sections);
}

async function bench({ size, rounds, runs, only }) {
  const found = await adapter();
  if (!found) throw new Error('The browser gives no GPU.');
  const { facts } = found;
  size ||= facts.fallback ? 256 : 1024;
  rounds ||= facts.fallback ? 1 : 2;
  runs ||= facts.fallback ? 2 : 5;
  status('Reading the model ...');
  const model = await (await bytesOf('model.onnx')).arrayBuffer();
  const job = { size, runs, model, x: await photoTensor(size), base };
  status('Measuring the peak ...');
  const peak = await peaks();
  const systems = systemsOf(facts).filter(({ route }) =>
    !only || route.includes(only));
  const results = systems.map((system) => blank(system, facts, job));
  for (let round = 0; round < rounds; round++)
    for (const [i, system] of systems.entries()) {
      if (results[i].error) continue;
      status(`Round ${round + 1} of ${rounds}: ${system.system} ` +
        `${system.route}: set-up ...`);
      await measure(system, results[i], job);
    }
  compare(results, peak);
  return results;
}

/** For bench/gpu.mjs: {results} or {error} when done. */
globalThis.start = async (options) => {
  globalThis.state = { text: () => at('status').textContent };
  at('copy').disabled = true;
  try {
    const results = await bench(options);
    globalThis.state.results = results;
    status('Done.');
    show(results);
    at('copy').disabled = false;
  } catch (error) {
    globalThis.state.error = String(error?.message ?? error);
    status(`Failed: ${globalThis.state.error}`);
  }
};

at('form').onsubmit = (event) => {
  event.preventDefault();
  const form = new FormData(at('form'));
  const number = (name) => Number(form.get(name));
  void globalThis.start({
    size: number('size'),
    rounds: number('rounds'),
    runs: number('runs'),
  });
};

at('copy').onclick = async () => {
  const text = JSON.stringify(globalThis.state.results, null, 1);
  await navigator.clipboard.writeText(text);
  status('Copied.');
};
globalThis.ready = true;
