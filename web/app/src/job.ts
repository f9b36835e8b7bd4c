/** <cutout-job>: a photo while it waits, runs, or has failed. */
import { css, html, LitElement, nothing } from 'lit';
import type { Item, Queue } from './queue.js';
import { describe, shownStages, stageNames } from './stages.js';
import { shared } from './styles.js';

const advice: Partial<Record<string, string>> = {
  network: 'Check the connection; what has arrived is kept.',
  'no-memory': 'Close other tabs, or try a smaller photo.',
};

export class JobView extends LitElement {
  static override properties = {
    item: { attribute: false },
    queue: { attribute: false },
    /** Changes whenever the item does. */
    version: { type: Number },
  };
  declare item: Item;
  declare queue: Queue;
  declare version: number;

  static override styles = [
    shared,
    css`
      .layout {
        display: grid;
        grid-template-columns: minmax(6rem, 16rem) 1fr;
        gap: 1.5rem;
        align-items: start;
      }
      img {
        width: 100%;
        max-height: 16rem;
        object-fit: contain;
        border-radius: var(--round);
      }
      progress {
        width: 100%;
        height: 10px;
        accent-color: var(--accent);
        margin: 0.5rem 0;
      }
      ol {
        list-style: none;
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1rem;
        margin: 0.5rem 0 1rem;
        padding: 0;
        font-size: 0.875rem;
        color: var(--quiet);
      }
      li[aria-current] {
        color: var(--text);
        font-weight: 600;
      }
      p {
        margin-bottom: 0.75rem;
      }
      .remark {
        border-left: 4px solid var(--accent);
        padding: 0.25rem 0.75rem;
      }
      @media (max-width: 34rem) {
        .layout {
          grid-template-columns: 1fr;
        }
        img {
          max-height: 10rem;
        }
      }
    `,
  ];

  private renderStages(current: string | undefined) {
    const stages = shownStages.filter(
      (stage) => this.item.cold || (stage !== 'download' && stage !== 'setup'),
    );
    return html`<ol aria-hidden="true">
      ${stages.map(
        (stage) =>
          html`<li aria-current=${stage === current ? 'step' : nothing}>
            ${stageNames[stage]}
          </li>`,
      )}
    </ol>`;
  }

  private renderRunning() {
    const { progress, cold, remark } = this.item;
    const text = progress ? describe(progress) : 'Starting';
    const share = progress ? progress.loaded / progress.total : undefined;
    return html`
      <h2>${text}</h2>
      <progress
        aria-label=${progress ? stageNames[progress.stage] : 'Starting'}
        .value=${share ?? 0}
      ></progress>
      ${this.renderStages(progress?.stage)}
      ${remark ? html`<p class="remark">${remark}</p>` : nothing}
      ${cold
        ? html`<p class="quiet">The first run includes set-up.</p>`
        : nothing}
      <button @click=${() => this.queue.cancel(this.item)}>Cancel</button>
    `;
  }

  private renderFailed() {
    const { error } = this.item;
    const tip = error && advice[error.code];
    return html`
      <h2 class="bad">That did not work</h2>
      <p role="alert">${error?.message} ${tip}</p>
      ${this.renderAgain()}
    `;
  }

  private renderAgain() {
    return html`<div class="row">
      <button @click=${() => this.queue.retry(this.item)}>Try again</button>
      <button @click=${() => this.queue.remove(this.item)}>Remove</button>
    </div>`;
  }

  private renderState() {
    switch (this.item.state) {
      case 'running':
        return this.renderRunning();
      case 'failed':
        return this.renderFailed();
      case 'cancelled':
        return html`<h2>Cancelled</h2>
          <p></p>
          ${this.renderAgain()}`;
      default:
        return html`<h2>Waiting for its turn</h2>
          <p></p>
          <button @click=${() => this.queue.cancel(this.item)}>Cancel</button>`;
    }
  }

  override render() {
    return html`<div class="layout">
      <img src=${this.item.photoUrl} alt="The photo ${this.item.name}" />
      <div>${this.renderState()}</div>
    </div>`;
  }
}
customElements.define('cutout-job', JobView);
