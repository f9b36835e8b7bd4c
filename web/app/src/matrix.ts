/** Kinds of trouble by moments, as a table. */
import { css, html, nothing } from 'lit';
import { seconds } from './format.js';
import type { Cell, Lab } from './lab.js';
import { allWhens, inWords, whens, type Trouble, type When } from './trials.js';

export const matrixStyles = css`
  .scroll {
    position: relative;
    overflow-x: auto;
    margin: 0.75rem 0;
  }
  .matrix {
    width: 100%;
    min-width: 38rem;
    border-collapse: separate;
    border-spacing: 3px;
    font-size: 0.8125rem;
  }
  .matrix th,
  .matrix td {
    padding: 0.3rem 0.35rem;
    vertical-align: middle;
  }
  .matrix thead th {
    text-align: center;
    white-space: nowrap;
  }
  .matrix tbody th {
    position: sticky;
    left: 0;
    min-width: 8.5rem;
    max-width: 12rem;
    background: var(--page);
    color: var(--text);
    white-space: normal;
    line-height: 1.25;
  }
  .matrix td {
    width: 8%;
    height: 2.1rem;
    text-align: center;
    border-radius: 6px;
    white-space: nowrap;
    font-variant-numeric: tabular-nums;
    background: color-mix(in srgb, var(--line) 30%, transparent);
  }
  .matrix td.never {
    background: none;
    color: var(--line);
  }
  .matrix td.survived {
    background: color-mix(in srgb, var(--good) 24%, var(--page));
    font-weight: 600;
  }
  .matrix td.lost {
    background: color-mix(in srgb, var(--bad) 30%, var(--page));
    font-weight: 700;
  }
  .matrix td.now {
    outline: 2px solid var(--accent);
    outline-offset: -2px;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
`;

function cellWords({ done, lost, exact, ms }: Cell): string {
  if (!done) return 'running';
  const same = exact === done ? 'the same picture' : 'as close as rounding';
  return (
    `${done - lost} survived, ${lost} lost, ` +
    `${lost ? `${exact} the same picture` : same}, ${seconds(ms / done)} each`
  );
}

function cellView(trouble: Trouble, when: When, cell: Cell | undefined) {
  if (!trouble.whens.includes(when))
    return html`<td class="never"><span aria-hidden="true">–</span></td>`;
  if (!cell) return html`<td></td>`;
  const { done, lost, exact, running } = cell;
  const state = lost ? 'lost' : done ? 'survived' : '';
  const mark = lost ? '✕' : exact === done ? '✓' : '≈';
  const count = done > 1 ? `${done - lost}/${done} ` : '';
  const words = cellWords(cell);
  return html`<td
    class="${state} ${running ? 'now' : ''}"
    title="${inWords(trouble, when)}: ${words}"
  >
    <span aria-hidden="true">${done ? `${count}${mark}` : '…'}</span>
    <span class="unseen">${words}</span>
  </td>`;
}

export function matrixView(lab: Lab, list: readonly Trouble[]) {
  if (!lab.cells.size) return nothing;
  const used = allWhens.filter((w) => list.some((t) => t.whens.includes(w)));
  return html`<div
      class="scroll"
      tabindex="0"
      role="region"
      aria-label="Kinds by moments"
    >
      <table class="matrix">
        <thead>
          <tr>
            <td class="never"></td>
            ${used.map(
              (when) =>
                html`<th scope="col" title=${whens[when][0]}>
                  ${whens[when][1]}
                </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${list.map(
            (trouble) =>
              html`<tr>
                <th scope="row">${trouble.words}</th>
                ${used.map((when) =>
                  cellView(
                    trouble,
                    when,
                    lab.cells.get(`${trouble.deed}@${when}`),
                  ),
                )}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="quiet">
      ✓ the very pixels of the undisturbed job, ≈ within 1 of 255, as another
      route rounds, ✕ lost.
    </p>`;
}
