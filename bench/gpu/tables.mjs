/** What was measured as tables: for the page, a terminal and docs/SPEED.md. */

export const median = (list) =>
  [...list].sort((a, b) => a - b)[list.length >> 1];

const ms = (list) => (list.length ? median(list).toFixed(0) : '');
const mb = (bytes) => (bytes ? (bytes / 1e6).toFixed(0) : '');
const times = (ratio) =>
  ratio ? `${ratio.toFixed(ratio < 0.1 ? 3 : 2)}x` : '';
const percent = (share) => (share ? `${(100 * share).toFixed(0)} %` : '');

const system = (r) => `${r.system} ${r.route}`;

function speeds(results) {
  return {
    title: 'The network, milliseconds',
    head: ['system', 'set-up', 'first run', 'warm', 'least to most',
      'beside ours', 'GPU MB', 'from ours at most'],
    rows: results.map((r) =>
      r.error
        ? [system(r), `failed: ${r.error}`]
        : [
            system(r),
            ms(r.setup_all_ms),
            ms(r.first_run_ms),
            ms(r.run_ms),
            `${Math.min(...r.run_ms).toFixed(0)}-` +
              Math.max(...r.run_ms).toFixed(0),
            times(r.ratio),
            mb(r.gpu_bytes),
            r.difference?.toExponential(1) ?? '',
          ]),
  };
}

function setups(results) {
  const list = results.filter((r) => r.setup_ms);
  return list.length && {
    title: 'Our set-up, milliseconds (pipelines and uploads overlap)',
    head: ['system', 'device', 'plan', 'pipelines and uploads', 'uploads',
      'pipelines', 'dispatches'],
    rows: list.map((r) => {
      const { device, plan, create, upload } = r.setup_ms;
      const parts = [device, plan, create, upload].map((t) => t.toFixed(0));
      return [system(r), ...parts, r.pipelines, r.dispatches];
    }),
  };
}

const gflops = ({ macs, ms: t }) => (t > 0 ? (2 * macs) / t / 1e6 : 0);

const rate = (n) => n.toFixed(n < 10 ? 1 : 0);

/** Multiply-adds count as those of the direct convolution: Winograd may go
 * above what it multiplies, and above the peak. */
function layers(r) {
  const sorted = r.layers.toSorted((a, b) => b.ms - a.ms);
  const sum = r.layers.reduce((n, layer) => n + layer.ms, 0);
  const { gflops: peak } = r.peak;
  return {
    title: `${system(r)}: the 20 slowest of ${r.layers.length} layers, ` +
      `${sum.toFixed(1)} ms in all; peak ${peak.toFixed(0)} GFLOP/s ` +
      `(${r.peak.way}); 3x3 layers at ${percent(r.share_3x3)} of it`,
    head: ['layer', 'method', 'kernel', 'output, channels', 'ms', 'of run',
      'GFLOP/s', 'of peak'],
    rows: sorted.slice(0, 20).map((layer) => [
      layer.node,
      `${layer.op} ${layer.method}`,
      layer.kernel,
      layer.shape,
      layer.ms.toFixed(2),
      percent(layer.ms / sum),
      layer.macs ? rate(gflops(layer)) : '',
      layer.macs ? percent(gflops(layer) / peak) : '',
    ]),
  };
}

/** Over the time that all 3x3 layers take together. */
export function shareOf3x3(list, peak) {
  const chosen = list.filter(({ kernel }) => kernel === '3x3');
  const total = { macs: 0, ms: 0 };
  for (const layer of chosen) {
    total.macs += layer.macs;
    total.ms += layer.ms;
  }
  return gflops(total) / peak;
}

export function tables(results) {
  const profiles = results.filter((r) => r.layers).map(layers);
  return [speeds(results), setups(results), ...profiles].filter(Boolean);
}

/** What must be said with the tables. */
export function notes(results) {
  const [first] = results;
  const converted = new Set(results.map((r) => r.converted).filter(Boolean));
  return [
    `${first.adapter}${first.fallback
      ? ' - a CPU that plays a GPU: the times say little, the ratios some'
      : ''}`,
    `IS-Net, input ${first.size}x${first.size}; ${first.agent}`,
    ...[...converted].map((text) => `onnxruntime-web's copy: ${text}`),
    'Set-up: from the model\'s bytes in memory until it can run, the engine\'s ' +
      'own start included.',
  ];
}

export function asText({ title, head, rows }) {
  const all = [head, ...rows].map((row) => row.map(String));
  const width = head.map((_, i) =>
    Math.max(...all.filter((r) => r.length > 2).map((r) => r[i].length)));
  const line = (row) =>
    row.map((cell, i) =>
      row.length > 2 && i ? cell.padStart(width[i]) : cell.padEnd(width[i]));
  return [title, ...all.map((row) => line(row).join('  ').trimEnd())].join('\n');
}
