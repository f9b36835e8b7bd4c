/** <cutout-chaos>: breaks a job on purpose and shows how it recovers. */
import { css, html, LitElement, nothing } from 'lit';
import {
  cutout,
  defaultModel,
  isRoute,
  type CutoutError,
  type Progress,
} from '../../lib/index.js';
import { attemptInWords, attemptList } from './attempts.js';
import { chartStyles, stageChart } from './chart.js';
import { seconds } from './format.js';
import type { AnyReceipt } from './queue.js';
import { describe } from './stages.js';
import { shared } from './styles.js';

globalThis.cutout = cutout;

const examples = [
  ['', 'Nothing breaks'],
  ['worker-crash@50%', 'The worker crashes halfway'],
  ['worker-vanish@infer', 'The worker disappears without a word'],
  ['hang@50%,patience:2000', 'The worker stops answering'],
  ['oom@upload', 'Memory runs out'],
  ['nan@output', 'The mask is not a number'],
  ['wrong-shape@output', 'The picture has the wrong size'],
  ['corrupt-chunk:3', 'A stored part of the model is damaged'],
  ['storage-failed@setup', 'The browser’s storage fails'],
  ['offline@chunk:2', 'The network drops during the download'],
  ['device-lost@50%', 'The graphics device is lost halfway'],
  ['shader-compilation@setup', 'A GPU program does not compile'],
  ['worker-crash@infer*3,nan@output', 'Everything at once'],
] as const;

/** A picture to break things on: a bright shape on a dark ground. */
async function samplePhoto(): Promise<Blob> {
  const canvas = new OffscreenCanvas(640, 480);
  const context = canvas.getContext('2d')!;
  const ground = context.createLinearGradient(0, 0, 640, 480);
  ground.addColorStop(0, '#20303c');
  ground.addColorStop(1, '#3c5a4a');
  context.fillStyle = ground;
  context.fillRect(0, 0, 640, 480);
  context.fillStyle = '#f0c8a0';
  context.beginPath();
  context.arc(320, 170, 80, 0, 7);
  context.fill();
  context.fillStyle = '#d84a3a';
  context.beginPath();
  context.roundRect(200, 250, 240, 230, 90);
  context.fill();
  return canvas.convertToBlob({ type: 'image/png' });
}

interface Said {
  ms: number;
  text: string;
  bad: boolean;
}

export class ChaosView extends LitElement {
  static override properties = {
    words: { state: true },
    progress: { state: true },
    events: { state: true },
    receipt: { state: true },
    picture: { state: true },
    running: { state: true },
  };
  declare words: string;
  declare progress: Progress | undefined;
  declare events: Said[];
  declare receipt: AnyReceipt | undefined;
  declare picture: string;
  declare running: boolean;
  private photo: Blob | undefined;

  static override styles = [
    shared,
    chartStyles,
    css`
      :host {
        max-width: 44rem;
        margin: 0 auto;
        padding: 1rem;
      }
      h1 {
        font-size: 1.75rem;
        margin: 1rem 0 0.5rem;
      }
      label {
        display: block;
        margin: 1rem 0 0.25rem;
      }
      select,
      input[type='text'] {
        font: inherit;
        width: 100%;
        min-height: 44px;
        padding: 0.25rem 0.5rem;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--surface);
        color: var(--text);
      }
      .row {
        margin: 1rem 0;
      }
      progress {
        width: 100%;
        accent-color: var(--accent);
      }
      img {
        max-width: 100%;
        max-height: 16rem;
      }
      ul {
        list-style: none;
        padding: 0;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  constructor() {
    super();
    const query = new URLSearchParams(location.search);
    this.words = query.get('chaos') ?? examples[1][0];
    this.progress = undefined;
    this.events = [];
    this.receipt = undefined;
    this.picture = '';
    this.running = false;
  }

  private async start(): Promise<void> {
    const begin = performance.now();
    const say = (text: string, bad = false) =>
      (this.events = [
        ...this.events,
        { ms: performance.now() - begin, text, bad },
      ]);
    this.running = true;
    this.events = [];
    this.receipt = undefined;
    URL.revokeObjectURL(this.picture);
    this.picture = '';
    const query = new URLSearchParams(location.search);
    const route = query.get('route') ?? '';
    let stage = '';
    try {
      const { blob, receipt } = await cutout.run(
        this.photo ?? (await samplePhoto()),
        {
          model: query.get('model') ?? defaultModel,
          size: Number(query.get('size') ?? 0),
          ...(isRoute(route) && { route }),
          ...(this.words && { chaos: this.words }),
          onProgress: (progress) => {
            this.progress = progress;
            if (progress.stage !== stage)
              say(describe({ ...progress, loaded: 0 }).replace(/:.*/, ''));
            stage = progress.stage;
          },
          onAttempt: (attempt) => {
            say(attemptInWords(attempt), attempt.outcome === 'failed');
            stage = '';
          },
        },
      );
      this.receipt = receipt;
      this.picture = URL.createObjectURL(blob);
      say('The cut-out is here, once.');
    } catch (error) {
      const { message, receipt } = error as CutoutError;
      this.receipt = receipt;
      say(message, true);
    }
    this.running = false;
    this.progress = undefined;
  }

  private pick(event: Event): void {
    this.photo = (event.target as HTMLInputElement).files?.[0];
  }

  private renderReceipt() {
    const { receipt } = this;
    if (!receipt) return nothing;
    return html`<h2>What the receipt says</h2>
      ${attemptList(receipt)} ${stageChart([{ receipt, label: 'This job' }])}
      <details>
        <summary>All of it</summary>
        <pre>${JSON.stringify(receipt, null, 1)}</pre>
      </details>`;
  }

  override render() {
    const share = this.progress
      ? this.progress.loaded / this.progress.total
      : 0;
    return html`
      <h1>Failures on purpose</h1>
      <p>
        Choose what shall break. Workers are really terminated, memory really
        runs out, stored bytes are really flipped; the cut-out comes all the
        same.
      </p>
      <label for="example">Examples</label>
      <select
        id="example"
        @change=${(e: Event) =>
          (this.words = (e.target as HTMLSelectElement).value)}
      >
        ${examples.map(
          ([words, text]) =>
            html`<option value=${words} ?selected=${words === this.words}>
              ${text}
            </option>`,
        )}
      </select>
      <label for="words">In the words of ?chaos=</label>
      <input
        id="words"
        type="text"
        .value=${this.words}
        @input=${(e: InputEvent) =>
          (this.words = (e.target as HTMLInputElement).value)}
      />
      <label for="photo">A photo of yours, if you like</label>
      <input id="photo" type="file" accept="image/*" @change=${this.pick} />
      <div class="row">
        <button class="main" ?disabled=${this.running} @click=${this.start}>
          Cut out, and break it
        </button>
      </div>
      ${this.running
        ? html`<progress aria-label="Progress" .value=${share}></progress>`
        : nothing}
      <ul role="log">
        ${this.events.map(
          ({ ms, text, bad }) =>
            html`<li class=${bad ? 'bad' : ''}>${seconds(ms)} ${text}</li>`,
        )}
      </ul>
      ${this.picture
        ? html`<img src=${this.picture} alt="The cut-out" />`
        : nothing}
      ${this.renderReceipt()}
    `;
  }
}
customElements.define('cutout-chaos', ChaosView);
