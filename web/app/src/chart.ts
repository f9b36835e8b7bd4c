/** A small chart of a job's time by stage: one bar, cut into its stages. */
import { html, nothing, svg } from 'lit';
import type { AnyReceipt } from './queue.js';

const shown = [
  ['decode', 'reading the photo', '#7a8ca5'],
  ['download', 'downloading the model', '#c2703d'],
  ['store', 'loading the model', '#d9a441'],
  ['setup', 'setting up', '#8a6fb0'],
  ['canary', 'trying the graphics device', '#b05f8a'],
  ['prepare', 'preparing', '#5aa0a0'],
  ['upload', 'sending to the GPU', '#5a7fb8'],
  ['inference', 'finding the subject', '#3f8f5b'],
  ['readback', 'reading from the GPU', '#5a9ab8'],
  ['refinement', 'refining the edges', '#9ab03f'],
  ['encode', 'writing the picture', '#a0785a'],
] as const;

const width = 600;
const height = 18;

const time = (ms: number) =>
  ms < 995 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

/** Stages may overlap: the bar is as long as their sum. */
export function stageChart({ ms }: AnyReceipt) {
  const parts = shown.filter(([stage]) => ms[stage] >= 0.5);
  const sum = parts.reduce((n, [stage]) => n + ms[stage], 0);
  if (!sum) return nothing;
  const words = parts.map(([stage, name]) => `${name} ${time(ms[stage])}`);
  let at = 0;
  const bars = parts.map(([stage, name, colour]) => {
    const x = at;
    const w = (ms[stage] / sum) * width;
    at += w;
    return svg`<rect x=${x} width=${Math.max(w - 0.5, 0.5)} height=${height}
      fill=${colour}><title>${name}: ${time(ms[stage])}</title></rect>`;
  });
  return html`<figure>
    <svg
      viewBox="0 0 ${width} ${height}"
      preserveAspectRatio="none"
      role="img"
      aria-label="Time by stage: ${words.join(', ')}"
    >
      ${bars}
    </svg>
    <figcaption>
      ${parts.map(
        ([stage, name, colour]) =>
          html`<span>
            <svg viewBox="0 0 10 10" class="key" aria-hidden="true">
              <rect width="10" height="10" rx="2" fill=${colour}></rect>
            </svg>
            ${name} ${time(ms[stage])}
          </span>`,
      )}
    </figcaption>
  </figure>`;
}
