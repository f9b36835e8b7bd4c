/** A small chart of where jobs spent their time: a bar each, on one scale. */
import { css, html, nothing, svg } from 'lit';
import { seconds } from './format.js';
import type { AnyReceipt } from './queue.js';

/** [class, words, stages of a receipt]. */
const parts = [
  ['lost', 'attempts that failed', []],
  ['photo', 'reading the photo', ['decode']],
  ['net', 'downloading the model', ['download']],
  ['store', 'loading the model', ['store']],
  ['setup', 'setting up', ['setup']],
  ['canary', 'trying the GPU', ['canary']],
  ['move', 'to the GPU and back', ['upload', 'readback']],
  ['net-run', 'finding the subject', ['prepare', 'inference']],
  ['edges', 'refining the edges', ['refinement', 'compose']],
  ['write', 'writing the picture', ['encode']],
] as const;

/** The class of a stage as progress tells it. */
export function classOf(stage: string): string {
  const found = parts.find(([, , stages]) =>
    (stages as readonly string[]).includes(stage),
  );
  return found?.[0] ?? 'photo';
}

export const chartStyles = css`
  .lost {
    fill: light-dark(#c8372d, #ff7a6e);
  }
  .photo {
    fill: light-dark(#8b93a3, #8f97a8);
  }
  .net {
    fill: light-dark(#c96a1b, #f0954a);
  }
  .store {
    fill: light-dark(#d9a520, #e8c25a);
  }
  .setup {
    fill: light-dark(#8158b8, #b493e6);
  }
  .canary {
    fill: light-dark(#c2558f, #e88abb);
  }
  .move {
    fill: light-dark(#4f86d9, #7fb0ff);
  }
  .net-run {
    fill: light-dark(#23804c, #4fbf82);
  }
  .edges {
    fill: light-dark(#52aea6, #7ad6cc);
  }
  .write {
    fill: light-dark(#8a6a4a, #c4a17c);
  }
  figure {
    margin: 0.75rem 0;
  }
  .bars {
    display: grid;
    grid-template-columns: max-content 1fr max-content;
    gap: 0.35rem 0.6rem;
    align-items: center;
    font-size: 0.8125rem;
    font-variant-numeric: tabular-nums;
  }
  .bars svg {
    display: block;
    width: 100%;
    height: 16px;
    border-radius: 3px;
    background: color-mix(in srgb, var(--line) 35%, transparent);
  }
  figcaption {
    display: flex;
    flex-wrap: wrap;
    gap: 0.15rem 1rem;
    margin-top: 0.6rem;
    font-size: 0.8125rem;
    color: var(--quiet);
  }
  .key {
    width: 10px;
    height: 10px;
  }
`;

interface Bar {
  label: string;
  values: number[];
  total: number;
}

function barOf(receipt: AnyReceipt, label: string): Bar {
  const { ms, attempts } = receipt;
  const failed = attempts.filter(({ outcome }) => outcome === 'failed');
  const values = parts.map(([name, , stages]) =>
    name === 'lost'
      ? failed.reduce((sum, one) => sum + one.ms, 0)
      : stages.reduce((sum, stage) => sum + ms[stage], 0),
  );
  return { label, values, total: ms.total };
}

const wide = 1000;

function drawBar({ label, values, total }: Bar, scale: number) {
  let at = 0;
  const words: string[] = [];
  const rects = values.map((value, i) => {
    if (value < 0.5) return nothing;
    const [name, text] = parts[i]!;
    const x = at;
    at += value * scale;
    words.push(`${text} ${seconds(value)}`);
    return svg`<rect class=${name} x=${x} height="10"
      width=${Math.max(value * scale - 1, 1)}><title>${text}: ${seconds(value)}
      </title></rect>`;
  });
  return html`<span>${label}</span>
    <svg
      viewBox="0 0 ${wide} 10"
      preserveAspectRatio="none"
      role="img"
      aria-label="${label}: ${words.join(', ')}"
    >
      ${rects}
    </svg>
    <span>${seconds(total)}</span>`;
}

type Part = (typeof parts)[number];

function key(used: readonly Part[]) {
  return html`<figcaption>
    ${used.map(
      ([name, text]) =>
        html`<span>
          <svg viewBox="0 0 10 10" class="key" aria-hidden="true">
            <rect class=${name} width="10" height="10" rx="2"></rect>
          </svg>
          ${text}
        </span>`,
    )}
  </figcaption>`;
}

/** What the colours of these classes mean; see classOf. */
export function stageKey(classes: ReadonlySet<string>) {
  return key(parts.filter(([name]) => classes.has(name)));
}

/** Stages may overlap: a bar is as long as their sum. */
export function stageChart(jobs: { receipt: AnyReceipt; label: string }[]) {
  const bars = jobs.map(({ receipt, label }) => barOf(receipt, label));
  const sum = ({ values }: Bar) => values.reduce((a, b) => a + b, 0);
  const longest = Math.max(...bars.map(sum), 0);
  if (!longest) return nothing;
  const used = parts.filter((_, i) => bars.some((b) => b.values[i]! >= 0.5));
  return html`<figure>
    <div class="bars">${bars.map((bar) => drawBar(bar, wide / longest))}</div>
    ${key(used)}
  </figure>`;
}
