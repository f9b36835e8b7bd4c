/** <cutout-page>: takes photos in, shows one of them, lists the others. */
import { css, html, LitElement, nothing } from 'lit';
import { cutout, defaultModel, isRoute } from '../../lib/index.js';
import './drawer.js';
import type { Drawer } from './drawer.js';
import './job.js';
import './models.js';
import type { ModelsView } from './models.js';
import { Queue, type Item } from './queue.js';
import './result.js';
import { describe } from './stages.js';
import { shared } from './styles.js';

/** A word for screen readers when a stage begins, not for every percent. */
function spoken(item: Item | undefined): string {
  if (!item) return '';
  const { state, progress, name, result, remark = '' } = item;
  if (state === 'running' && progress)
    return `${remark} ${describe({ ...progress, loaded: 0 }).replace(/:.*/, '')}`;
  if (state === 'done')
    return result?.receipt.outcome === 'no_subject'
      ? `No subject found in ${name}.`
      : `${name} is cut out.`;
  return '';
}

const states: Record<Item['state'], string> = {
  waiting: 'waiting',
  running: 'in work',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

export class Page extends LitElement {
  static override properties = {
    shown: { state: true },
    over: { state: true },
    model: { state: true },
    version: { state: true },
  };
  declare shown: Item | undefined;
  declare over: boolean;
  declare model: string;
  declare version: number;
  readonly queue = new Queue();

  static override styles = [
    shared,
    css`
      main,
      header,
      footer {
        max-width: 60rem;
        margin: 0 auto;
        padding: 1rem clamp(1rem, 4vw, 2rem);
      }
      h1 {
        font-size: clamp(1.6rem, 5vw, 2.4rem);
        line-height: 1.15;
        letter-spacing: -0.02em;
        margin: 1rem 0 0.5rem;
      }
      .drop {
        border: 2px dashed var(--line);
        border-radius: calc(var(--round) * 1.5);
        padding: clamp(2rem, 8vw, 5rem) 1rem;
        text-align: center;
        background: var(--surface);
      }
      .drop.small {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: center;
        gap: 0.5rem 1rem;
        padding: 0.6rem 1rem;
      }
      .drop.over {
        border-color: var(--accent);
        background: color-mix(in srgb, var(--accent) 12%, var(--surface));
      }
      .drop:not(.small) p {
        margin-top: 0.75rem;
      }
      section {
        margin: 1.5rem 0;
      }
      ul {
        list-style: none;
        padding: 0;
        margin: 1rem 0;
        display: flex;
        gap: 0.75rem;
        overflow-x: auto;
      }
      .thumb {
        border-radius: var(--round);
        padding: 0.4rem;
        width: 7rem;
        font-size: 0.8125rem;
      }
      .thumb[aria-pressed='true'] {
        border: 2px solid var(--accent);
      }
      .thumb img {
        display: block;
        width: 100%;
        height: 4.5rem;
        object-fit: contain;
      }
      .end {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1.5rem;
        align-items: center;
        border-top: 1px solid var(--line);
        padding: 0.75rem 0;
        font-size: 0.875rem;
      }
      .link {
        border: 0;
        padding: 0;
        background: none;
        color: var(--accent);
        font-weight: normal;
        text-decoration: underline;
      }
      .unseen {
        position: absolute;
        width: 1px;
        height: 1px;
        overflow: hidden;
        clip-path: inset(50%);
      }
    `,
  ];

  constructor() {
    super();
    this.over = false;
    this.version = 0;
    this.shown = undefined;
    const query = new URLSearchParams(location.search);
    this.model = query.get('model') ?? defaultModel;
    const route = query.get('route') ?? '';
    const size = Number(query.get('size') ?? 0);
    this.queue.options = {
      model: this.model,
      size,
      ...(isRoute(route) && { route }),
      ...(query.has('chaos') && { chaos: query.get('chaos')! }),
    };
    this.queue.addEventListener('change', () => this.changed());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('paste', this.paste);
    addEventListener('dragover', this.dragOver);
    addEventListener('dragleave', this.dragLeave);
    addEventListener('drop', this.drop);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('paste', this.paste);
    removeEventListener('dragover', this.dragOver);
    removeEventListener('dragleave', this.dragLeave);
    removeEventListener('drop', this.drop);
  }

  private changed(): void {
    if (this.shown && !this.queue.items.includes(this.shown))
      this.shown = this.queue.items.at(-1);
    const done = this.shown?.state === 'done' && !this.shown.progress;
    if (done && !this.queue.busy)
      void this.modelsView()?.refresh();
    this.version++;
  }

  private drawer(): Drawer | null {
    return this.renderRoot.querySelector('cutout-drawer');
  }

  private modelsView(): ModelsView | null {
    return this.renderRoot.querySelector('cutout-models');
  }

  private add(files: Iterable<File>): void {
    let first: Item | undefined;
    for (const file of files) {
      const item = this.queue.add(file, file.name || 'photo');
      first ??= item;
    }
    if (first && this.shown?.state !== 'running') this.shown = first;
  }

  private paste = (event: ClipboardEvent): void => {
    this.add(event.clipboardData?.files ?? []);
  };

  private dragOver = (event: DragEvent): void => {
    event.preventDefault(); // or the browser would open the file
    this.over = true;
  };

  private dragLeave = (event: DragEvent): void => {
    if (!event.relatedTarget) this.over = false;
  };

  private drop = (event: DragEvent): void => {
    event.preventDefault();
    this.over = false;
    this.add(event.dataTransfer?.files ?? []);
  };

  private pick(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.add(input.files ?? []);
    input.value = ''; // the same file may be chosen again
  }

  private openPicker(): void {
    const input = this.renderRoot.querySelector('input');
    input!.click();
  }

  private renderDrop() {
    const used = this.queue.items.length > 0;
    return html`<div
      class="drop ${used ? 'small' : ''} ${this.over ? 'over' : ''}"
    >
      <button class="main" @click=${this.openPicker}>
        ${used ? 'Choose more photos' : 'Choose photos'}
      </button>
      <input
        type="file"
        accept="image/*,.heic,.heif,.avif"
        multiple
        hidden
        aria-label="Photos"
        @change=${this.pick}
      />
      <p class="quiet">or drop them anywhere, or paste one</p>
    </div>`;
  }

  private renderThumbs() {
    const { items } = this.queue;
    if (items.length < 2) return nothing;
    return html`<ul aria-label="Photos">
      ${items.map(
        (item) =>
          html`<li>
            <button
              class="thumb"
              aria-pressed=${item === this.shown ? 'true' : 'false'}
              aria-label="${item.name}, ${states[item.state]}"
              @click=${() => (this.shown = item)}
            >
              <img src=${item.result?.url ?? item.photoUrl} alt="" />
              ${states[item.state]}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  private renderShown() {
    const item = this.shown;
    if (!item) return nothing;
    return html`<section aria-label=${item.name}>
      ${item.state === 'done'
        ? html`<cutout-result .item=${item}></cutout-result>`
        : html`<cutout-job
            .item=${item}
            .queue=${this.queue}
            .version=${this.version}
          ></cutout-job>`}
    </section>`;
  }

  private renderSettings() {
    return html`<footer>
      <details>
        <summary>Model and storage</summary>
        <cutout-models
          .chosen=${this.model}
          .busy=${this.queue.busy}
          @choose=${(event: CustomEvent<string>) => {
            this.model = event.detail;
            this.queue.options = { ...this.queue.options, model: this.model };
          }}
        ></cutout-models>
      </details>
      <p class="end">
        <button
          class="link"
          aria-haspopup="dialog"
          aria-keyshortcuts="Alt+I"
          title="Alt+I"
          @click=${() => this.drawer()?.open()}
        >
          Diagnostics
        </button>
        <a href="./chaos.html">Failures on purpose</a>
      </p>
      <cutout-drawer
        .history=${[...this.queue.history]}
        .asked=${this.queue.options.route ?? ''}
      ></cutout-drawer>
    </footer>`;
  }

  override render() {
    const runs = cutout.capabilities().routes.length > 0;
    return html`
      <header>
        <h1>Cut out your photo</h1>
        <p>
          The background is removed on your own device. Your photo is not sent
          anywhere.
        </p>
      </header>
      <main>
        ${runs
          ? this.renderDrop()
          : html`<p class="bad" role="alert">
              This browser is too old for this page: it lacks WebAssembly SIMD.
            </p>`}
        ${this.renderThumbs()} ${this.renderShown()}
        <p class="unseen" role="status" aria-live="polite">
          ${spoken(this.shown)}
        </p>
      </main>
      ${this.renderSettings()}
    `;
  }
}
customElements.define('cutout-page', Page);
