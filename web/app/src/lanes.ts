/** What happened in trials, as bars on one scale of time, and in words. */
import { css, html, nothing, svg } from 'lit';
import type { Attempt } from '../../lib/index.js';
import { causeInWords, routeInWords } from './attempts.js';
import { classOf } from './chart.js';
import { seconds } from './format.js';
import type { Lane, Trial } from './lab.js';
import { samenessInWords } from './sameness.js';
import { stageNames } from './stages.js';

export const laneStyles = css`
  .trials,
  .trials ol {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .trial {
    padding: 0.9rem 0;
    border-top: 1px solid var(--line);
  }
  .trial header {
    margin-bottom: 0.4rem;
  }
  .trial h3 {
    font-size: 1rem;
    font-weight: 600;
  }
  .verdict {
    font-size: 0.875rem;
    font-variant-numeric: tabular-nums;
  }
  .verdict b {
    font-weight: 600;
  }
  .survived b {
    color: var(--good);
  }
  .lost b {
    color: var(--bad);
  }
  .lane,
  .axis {
    display: grid;
    grid-template-columns: 13rem 1fr;
    gap: 0 0.75rem;
    font-size: 0.8125rem;
    line-height: 1.35;
  }
  .lane {
    padding: 0.2rem 0;
  }
  .lane > :first-child {
    grid-row: 1 / span 3;
  }
  .lane .what {
    grid-column: 2;
    margin: 0.15rem 0 0.1rem;
  }
  .lane .remark {
    grid-column: 2;
    color: var(--quiet);
  }
  .what.failed {
    color: var(--bad);
  }
  .lane svg {
    display: block;
    width: 100%;
    height: 18px;
    border-radius: 4px;
    background: color-mix(in srgb, var(--line) 35%, transparent);
  }
  .lane .tick {
    fill: var(--page);
  }
  .lane .dim {
    opacity: 0.55;
  }
  .lane .end {
    fill: var(--bad);
  }
  .axis {
    color: var(--quiet);
    font-variant-numeric: tabular-nums;
    margin-bottom: 0.35rem;
  }
  .axis svg {
    grid-column: 2;
    width: 100%;
    height: 1.1rem;
    overflow: visible;
    fill: currentColor;
    font-size: 0.75rem;
  }
  @container (max-width: 34rem) {
    .lane,
    .axis {
      grid-template-columns: 1fr;
    }
    .lane .what,
    .lane .remark,
    .axis svg {
      grid-column: 1;
    }
    .lane > :first-child {
      grid-row: auto;
    }
    .lane svg {
      margin-top: 0.15rem;
    }
  }
`;

/** Of a scale that reaches `longest`: at most eight ticks. */
function ticksOf(longest: number): { step: number; most: number } {
  let step = 50;
  for (let i = 0; longest / step > 8; i++) step *= i % 3 === 2 ? 2.5 : 2;
  return { step, most: Math.ceil(longest / step) * step };
}

export interface Scale {
  step: number;
  most: number;
  now: number;
}

export function scaleOf(trials: Trial[]): Scale {
  const now = performance.now();
  const lengths = trials.map((t) => t.end ?? now - t.start);
  return { ...ticksOf(Math.max(100, ...lengths)), now };
}

const percent = (ms: number, { most }: Scale) => `${(100 * ms) / most}%`;

function positions({ step, most }: Scale): number[] {
  return Array.from({ length: Math.round(most / step) }, (_, i) => i * step);
}

export function axis(scale: Scale) {
  return html`<div class="axis" aria-hidden="true">
    <svg>
      ${positions(scale).map(
        (at) =>
          svg`<text x=${percent(at, scale)} y="12">
            ${at ? seconds(at) : 0}
          </text>`,
      )}
    </svg>
  </div>`;
}

function drawLane(lane: Lane, trial: Trial, scale: Scale) {
  const failed = lane.attempt?.outcome === 'failed';
  const now = trial.end ?? scale.now - trial.start;
  const until = lane.end ?? now;
  const rect = (name: string, from: number, to: number) => svg`<rect
    class=${name} x=${percent(from, scale)} height="18"
    width=${percent(Math.max(to - from, scale.most / 400), scale)}></rect>`;
  return svg`<svg aria-hidden="true">
    ${lane.segments.map(({ stage, start }, i) => {
      const end = lane.segments[i + 1]?.start ?? until;
      return rect(`${classOf(stage)} ${failed ? 'dim' : ''}`, start, end);
    })}
    ${failed ? rect('end', until, until + scale.most / 150) : nothing}
    ${positions(scale).slice(1).map((at) => svg`<rect class="tick" width="1"
      x=${percent(at, scale)} height="18"></rect>`)}
  </svg>`;
}

function failureInWords({ cause, stage, ms }: Attempt): string {
  const why = cause ? causeInWords(cause) : 'it failed';
  const where = stage ? `, ${stageNames[stage].toLowerCase()}` : '';
  return `✕ After ${seconds(ms)}${where}: ${why}.`;
}

function laneWords(lane: Lane) {
  const { attempt, segments } = lane;
  if (attempt?.outcome === 'failed')
    return html`
      <p class="what failed">${failureInWords(attempt)}</p>
      <p class="remark">“${lane.remark}”</p>
    `;
  if (attempt?.outcome === 'done')
    return html`<p class="what">✓ It worked, ${seconds(attempt.ms)}.</p>`;
  if (attempt) return html`<p class="what">Stopped.</p>`;
  const stage = segments.at(-1)?.stage;
  const now = stage ? stageNames[stage] : 'Starting';
  return html`<p class="what">${now} …</p>`;
}

function laneView(lane: Lane, trial: Trial, scale: Scale) {
  const { route, size } = lane;
  const smaller = size < trial.size ? `, only ${size} pixels` : '';
  return html`<li class="lane">
    <span title="${route}, ${size}">${routeInWords(route)}${smaller}</span>
    ${drawLane(lane, trial, scale)} ${laneWords(lane)}
  </li>`;
}

function verdict(trial: Trial) {
  const { state, same, end, lanes, error, coarser, receipt, mended } = trial;
  const failed = lanes.filter((l) => l.attempt?.outcome === 'failed').length;
  const time = seconds(end ?? 0);
  switch (state) {
    case 'running':
      return 'Running …';
    case 'calm':
      return (
        `Undisturbed, ${time}` +
        (receipt?.load.downloaded ? ' with the download' : '') +
        ': every other job must give its picture'
      );
    case 'stopped':
      return 'Stopped';
    case 'lost':
      return html`<b>Lost</b>: ${same ? samenessInWords(same) : error}`;
    default: {
      const times = failed === 1 ? 'failure' : 'failures';
      const after = failed ? ` ${failed} ${times}` : '';
      const how = failed ? '' : ` (${mended || 'nothing broke on this route'})`;
      return html`<b>Survived${after}</b>${how}, ${time}:
      ${coarser ? 'coarser edges, to save memory' : samenessInWords(same!)}`;
    }
  }
}

/** `titled`: the trials beside it are about something else. */
export function trialView(trial: Trial, scale: Scale, titled: boolean) {
  const { number, title, lanes, state } = trial;
  const name = number && !titled ? `Job ${number}` : `${number}. ${title}`;
  return html`<li class="trial ${state}">
    <header>
      <h3>${number ? name : title}</h3>
      <span class="verdict">${verdict(trial)}</span>
    </header>
    <ol aria-label="Attempts">
      ${lanes.map((lane) => laneView(lane, trial, scale))}
    </ol>
  </li>`;
}

/** What was said last, for screen readers: failures and ends, no percents. */
export function spokenOf({ number, lanes, state, title }: Trial): string {
  const name = number ? `Job ${number}` : title;
  if (state === 'lost') return `${name} is lost.`;
  if (state === 'survived') return `${name} survived.`;
  if (state === 'calm') return 'The undisturbed job is done.';
  const failed = lanes.findLast((l) => l.attempt?.outcome === 'failed');
  return failed ? `${name}: ${failed.remark}` : '';
}
