/** <cutout-chaos>: breaks jobs on purpose and shows how they recover. */
import { html, LitElement, nothing } from 'lit';
import {
  cutout,
  CutoutError,
  defaultModel,
  isRoute,
  parseChaos,
  type Route,
} from '../../lib/index.js';
import { routeInWords } from './attempts.js';
import { classOf, chartStyles, stageKey } from './chart.js';
import { chaosStyles } from './chaos_styles.js';
import './drawer.js';
import type { Drawer } from './drawer.js';
import { seconds } from './format.js';
import { Lab, type Trial, type Wish } from './lab.js';
import { axis, laneStyles, scaleOf, spokenOf, trialView } from './lanes.js';
import { matrixStyles, matrixView } from './matrix.js';
import { samplePhoto } from './sample.js';
import { shared } from './styles.js';
import * as trials from './trials.js';
import type { Trouble, When } from './trials.js';

globalThis.cutout = cutout;

const counts = [1, 5, 20] as const;
/** Where jobs run: as the policy says, or on this first. */
type Place = '' | 'cpu' | 'gpu';

const query = new URLSearchParams(location.search);
const started = Number(query.get('size') ?? 256);

export class ChaosView extends LitElement {
  static override properties = {
    trouble: { state: true },
    when: { state: true },
    words: { state: true },
    count: { state: true },
    place: { state: true },
    size: { state: true },
    remember: { state: true },
    gpu: { state: true },
    over: { state: true },
    photoUrl: { state: true },
    ownPhoto: { state: true },
    error: { state: true },
  };
  declare trouble: Trouble;
  declare when: When;
  /** Words of one's own, instead of the choosers. */
  declare words: string;
  declare count: number;
  declare place: Place;
  declare size: number;
  declare remember: boolean;
  /** The route of the GPU that is there. */
  declare gpu: Route | undefined;
  declare over: boolean;
  declare photoUrl: string;
  declare ownPhoto: boolean;
  declare error: string;
  readonly lab = new Lab();
  private model = query.get('model') ?? defaultModel;
  private urls = new Map<Blob, string>();
  private ticking: ReturnType<typeof setInterval> | undefined;

  static override styles = [
    ...[shared, chartStyles, laneStyles, matrixStyles, chaosStyles],
  ];

  constructor() {
    super();
    this.trouble = trials.troubles[0]!;
    this.when = '50%';
    this.words = '';
    this.count = 1;
    this.place = query.get('route')?.startsWith('webgpu') ? 'gpu' : '';
    if (query.get('route')?.startsWith('wasm')) this.place = 'cpu';
    this.size = started;
    this.remember = false;
    this.gpu = undefined;
    this.over = false;
    this.photoUrl = '';
    this.ownPhoto = false;
    this.error = '';
    this.readAddress(query.get('chaos') ?? '');
    this.lab.addEventListener('change', () => this.changed());
  }

  private readAddress(chaos: string): void {
    const pair = trials.pairOf(chaos);
    if (pair) [this.trouble, this.when] = pair;
    else this.words = chaos;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('dragover', this.dragOver);
    addEventListener('dragleave', this.dragLeave);
    addEventListener('drop', this.drop);
    addEventListener('paste', this.paste);
    void this.prepare();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('dragover', this.dragOver);
    removeEventListener('dragleave', this.dragLeave);
    removeEventListener('drop', this.drop);
    removeEventListener('paste', this.paste);
    clearInterval(this.ticking);
  }

  private async prepare(): Promise<void> {
    this.use(await samplePhoto(), false);
    if (!query.has('model')) {
      // what is here already need not be downloaded
      const models = await cutout.models.list().catch(() => []);
      const stored = models.filter((one) => one.stored);
      const named = stored.find(({ name }) => name === defaultModel);
      this.model = (named ?? stored[0])?.name ?? 'isnet-q8';
    }
    const found = await cutout.findAdapter();
    const asked = query.get('route') ?? '';
    if (found) this.gpu = found.facts.f16 ? 'webgpu-f16' : 'webgpu-f32';
    if (found && asked.startsWith('webgpu') && isRoute(asked)) this.gpu = asked;
    if (!found && this.place === 'gpu') this.place = '';
  }

  private changed(): void {
    const { running } = this.lab;
    if (running && this.ticking === undefined)
      this.ticking = setInterval(() => this.requestUpdate(), 100);
    if (!running) {
      clearInterval(this.ticking);
      this.ticking = undefined;
    }
    this.requestUpdate();
  }

  // ---- The photo ------------------------------------------------------------

  private use(photo: Blob, own: boolean): void {
    if (this.lab.running) return;
    URL.revokeObjectURL(this.photoUrl);
    this.photoUrl = URL.createObjectURL(photo);
    this.ownPhoto = own;
    this.lab.photo = photo;
    this.lab.reset();
  }

  private useFirst(files: FileList | null | undefined): void {
    const [file] = files ?? [];
    if (file) this.use(file, true);
  }

  private dragOver = (event: DragEvent): void => {
    event.preventDefault(); // or the browser would open it
    this.over = true;
  };

  private dragLeave = (event: DragEvent): void => {
    if (!event.relatedTarget) this.over = false;
  };

  private drop = (event: DragEvent): void => {
    event.preventDefault();
    this.over = false;
    this.useFirst(event.dataTransfer?.files);
  };

  private paste = (event: ClipboardEvent): void => {
    this.useFirst(event.clipboardData?.files);
  };

  private urlOf(blob: Blob | undefined): string {
    if (!blob) return '';
    const url = this.urls.get(blob) ?? URL.createObjectURL(blob);
    this.urls.set(blob, url);
    return url;
  }

  /** Pictures that are shown no more. */
  private dropUrls(): void {
    const shown = [this.lab.calm?.blob, this.last?.blob];
    for (const [blob, url] of this.urls) {
      if (shown.includes(blob)) continue;
      URL.revokeObjectURL(url);
      this.urls.delete(blob);
    }
  }

  override updated(): void {
    this.dropUrls();
  }

  // ---- What is asked for ----------------------------------------------------

  private routeFor = (trouble: Trouble | undefined): Route | undefined => {
    if (trouble?.gpu || this.place === 'gpu') return this.gpu;
    const [best] = cutout.capabilities().routes;
    return this.place === 'cpu' ? best : undefined;
  };

  private get wish(): Wish {
    const own = this.words.trim();
    const route = this.routeFor(own ? undefined : this.trouble);
    const onGpu = Boolean(route?.startsWith('webgpu'));
    const { trouble, when } = this;
    const words = own || trials.chaosOf(trouble, when, onGpu);
    return {
      title: own || trials.inWords(trouble, when),
      chaos: words + (this.remember ? ',remember' : ''),
      route,
      fetches: own ? /quota|offline/.test(own) : Boolean(trouble.fetches),
      mended: own ? '' : trials.mendedBy(trouble, when),
    };
  }

  private get possible(): Trouble[] {
    return trials.troubles.filter(({ gpu }) => !gpu || this.gpu);
  }

  private get last(): Trial | undefined {
    return this.lab.trials.findLast(({ blob }) => blob);
  }

  private prepareLab(): void {
    const { model, size } = this;
    const old = this.lab.options;
    if (old.model !== model || old.size !== size) this.lab.reset();
    this.lab.options = { model, size };
    this.error = '';
    void this.updateComplete.then(() => this.showResults());
  }

  /** On a phone they are below the choosers. */
  private showResults(): void {
    const section = this.renderRoot.querySelector('section')!;
    const { top } = section.getBoundingClientRect();
    if (top > innerHeight / 2) section.scrollIntoView();
  }

  private start(event: Event): void {
    event.preventDefault();
    if (this.lab.running) return this.lab.stop();
    this.prepareLab();
    this.lab.cells.clear();
    try {
      parseChaos(this.wish.chaos); // says what is wrong with one's own words
      void this.lab.run(this.count, this.wish);
    } catch (error) {
      this.error = (error as CutoutError).message;
    }
  }

  private startAll(): void {
    this.prepareLab();
    void this.lab.runAll(this.possible, this.count, this.routeFor);
  }

  private chooseTrouble(event: Event): void {
    const { value } = event.target as HTMLSelectElement;
    this.trouble = trials.troubles.find(({ deed }) => deed === value)!;
    const { whens } = this.trouble;
    if (!whens.includes(this.when))
      this.when = whens.includes('50%') ? '50%' : whens[0]!;
    this.words = '';
  }

  // ---- Choosers -------------------------------------------------------------

  private renderTroubles() {
    const option = ({ deed, words, gpu }: Trouble) =>
      html`<option
        value=${deed}
        ?selected=${deed === this.trouble.deed}
        ?disabled=${Boolean(gpu && !this.gpu)}
      >
        ${words}
      </option>`;
    return html`<label for="trouble">What breaks</label>
      <select id="trouble" @change=${this.chooseTrouble}>
        ${trials.groups.map(
          (group) =>
            html`<optgroup
              label=${group === 'Graphics' && !this.gpu
                ? `${group} (this browser offers no GPU)`
                : group}
            >
              ${trials.troubles.filter((t) => t.group === group).map(option)}
            </optgroup>`,
        )}
      </select>`;
  }

  private renderWhens() {
    const { whens } = this.trouble;
    const choose = (event: Event) => {
      this.when = (event.target as HTMLSelectElement).value as When;
      this.words = '';
    };
    return html`<label for="when">When</label>
      <select id="when" @change=${choose}>
        ${whens.map(
          (when) =>
            html`<option value=${when} ?selected=${when === this.when}>
              ${trials.whens[when][0]}
            </option>`,
        )}
      </select>`;
  }

  private renderCounts() {
    return html`<fieldset class="segments">
      <legend>Jobs in a row</legend>
      ${counts.map(
        (n) =>
          html`<label>
            <input
              type="radio"
              name="count"
              .checked=${n === this.count}
              @change=${() => (this.count = n)}
            /><span>${n}</span></label
          >`,
      )}
    </fieldset>`;
  }

  private renderPlace() {
    const places: [Place, string][] = [
      ['', 'the best route that works'],
      ['cpu', 'the processor'],
      ...(this.gpu ? ([['gpu', 'the GPU']] as [Place, string][]) : []),
    ];
    const choose = (event: Event) =>
      (this.place = (event.target as HTMLSelectElement).value as Place);
    return html`<label for="place">Begin on</label>
      <select
        id="place"
        ?disabled=${Boolean(this.trouble.gpu && !this.words)}
        @change=${choose}
      >
        ${places.map(
          ([place, words]) =>
            html`<option value=${place} ?selected=${place === this.place}>
              ${words}
            </option>`,
        )}
      </select>`;
  }

  private renderMore() {
    const sizes = [...new Set([256, 512, 1024, started])];
    return html`<details>
      <summary>More</summary>
      ${this.renderPlace()}
      <label for="size">Side of the network, in pixels</label>
      <select
        id="size"
        @change=${(e: Event) =>
          (this.size = Number((e.target as HTMLSelectElement).value))}
      >
        ${sizes.map(
          (size) =>
            html`<option value=${size} ?selected=${size === this.size}>
              ${size}${size === 256 ? ', quick' : ''}${size === 1024
                ? ', as on the main page'
                : ''}
            </option>`,
        )}
      </select>
      <label for="words">In words of your own, as in ?chaos=</label>
      <input
        id="words"
        type="text"
        autocapitalize="none"
        spellcheck="false"
        placeholder="worker-crash@40%*2,nan"
        .value=${this.words}
        @input=${(e: InputEvent) =>
          (this.words = (e.target as HTMLInputElement).value)}
      />
      <label class="check">
        <input
          type="checkbox"
          .checked=${this.remember}
          @change=${(e: Event) =>
            (this.remember = (e.target as HTMLInputElement).checked)}
        />
        Let the policy remember these failures, as it does real ones
      </label>
    </details>`;
  }

  private renderPhoto() {
    const pick = (event: Event) =>
      this.useFirst((event.target as HTMLInputElement).files);
    return html`<div class="photo ${this.over ? 'over' : ''}">
      ${this.photoUrl
        ? html`<img
            src=${this.photoUrl}
            alt=${this.ownPhoto ? 'Your photo' : 'A rubber duck on water'}
          />`
        : nothing}
      <p class="quiet">
        ${this.ownPhoto ? 'Your photo; it stays here.' : 'A drawn sample.'}
        <label class="file">
          <input type="file" accept="image/*" @change=${pick} />
          <span>Take one of yours</span>
        </label>
        or drop it.
      </p>
    </div>`;
  }

  private renderButtons() {
    const { running } = this.lab;
    const jobs = this.count > 1 ? `${this.count} jobs` : 'a job';
    return html`<div class="row buttons">
      <button class=${running ? '' : 'main'} ?disabled=${!this.photoUrl}>
        ${running ? 'Stop' : `Break ${jobs}`}
      </button>
      <button
        type="button"
        ?disabled=${!this.photoUrl || running}
        @click=${this.startAll}
      >
        Run all
      </button>
    </div>`;
  }

  private renderForm() {
    const { chaos } = this.wish;
    const link = new URLSearchParams({ chaos });
    return html`<form aria-label="What shall break" @submit=${this.start}>
      ${this.renderPhoto()} ${this.renderTroubles()} ${this.renderWhens()}
      ${this.renderCounts()} ${this.renderMore()} ${this.renderButtons()}
      <p class="bad" role="alert">${this.error}</p>
      <p class="quiet words">
        The same on the main page:
        <a href="./?${link}"><code>?chaos=${chaos}</code></a>
      </p>
    </form>`;
  }

  // ---- What happens ---------------------------------------------------------

  /** On a phone the other one is far away. */
  private renderStop() {
    if (!this.lab.running) return nothing;
    return html`<div class="row narrow">
      <button type="button" @click=${() => this.lab.stop()}>Stop</button>
    </div>`;
  }

  private renderCounters() {
    const { done, survived, lost, same, exact, bytes } = this.lab.counts();
    if (!done) return nothing;
    const { calm, totalMs, running, trials: list } = this.lab;
    const how =
      bytes === same
        ? 'byte for byte'
        : exact === same
          ? 'pixel for pixel'
          : `${same - exact} but for rounding`;
    const over = list.filter(({ end }) => end);
    const sum = over.reduce((all, { end }) => all + end!, 0);
    return html`<dl class="counters">
      <div class="good">
        <dt>survived</dt>
        <dd>${survived}</dd>
      </div>
      <div class=${lost ? 'wrong' : ''}>
        <dt>lost</dt>
        <dd>${lost}</dd>
      </div>
      <div>
        <dt>the same picture, ${how}</dt>
        <dd>${same} <small>of ${done}</small></dd>
      </div>
      <div>
        <dt>a job; undisturbed ${seconds(calm?.end ?? 0)}</dt>
        <dd>${seconds(sum / over.length)}</dd>
      </div>
      ${running
        ? nothing
        : html`<div>
            <dt>in all</dt>
            <dd>${seconds(totalMs)}</dd>
          </div>`}
    </dl>`;
  }

  private renderPictures() {
    const { calm } = this.lab;
    if (!calm?.blob) return nothing;
    const shown = (blob: Blob | undefined, alt: string, caption: string) =>
      html`<figure>
        <div class="checks">
          ${blob ? html`<img src=${this.urlOf(blob)} alt=${alt} />` : nothing}
        </div>
        <figcaption>${caption}</figcaption>
      </figure>`;
    const { last } = this;
    return html`<div class="pictures">
      ${shown(calm.blob, 'The undisturbed cut-out', 'Undisturbed')}
      ${shown(
        last?.blob,
        'The last cut-out',
        last ? `Job ${last.number}, disturbed` : 'Disturbed: not here yet',
      )}
    </div>`;
  }

  private renderRemembered() {
    const marks = cutout.past.list();
    if (!marks.length) return nothing;
    const names = [...new Set(marks.map(({ route }) => routeInWords(route)))];
    const forget = () => {
      cutout.past.forget();
      this.requestUpdate();
    };
    return html`<p class="past">
      The policy remembers failures of: ${names.join('; ')}.
      <button type="button" class="link" @click=${forget}>Forget them</button>
    </p>`;
  }

  private renderEmpty() {
    return html`<ol class="empty">
      <li>
        <b>One job runs undisturbed,</b> on the processor. Its cut-out is the
        measure.
      </li>
      <li>
        <b>The next ones are broken.</b> Workers are really terminated, memory
        really runs out, stored bytes are really flipped.
      </li>
      <li>
        <b>Each must end well:</b> with one picture, that of the first job, and
        with a receipt that tells what happened.
      </li>
    </ol>`;
  }

  private renderTrials() {
    const { calm, trials: list } = this.lab;
    const titled = this.lab.cells.size > 0;
    const shown = [...list].reverse().slice(0, titled ? 8 : 20);
    if (calm) shown.push(calm);
    if (!shown.length) return this.renderEmpty();
    const scale = scaleOf(shown);
    const classes = new Set(
      shown.flatMap(({ lanes }) =>
        lanes.flatMap(({ segments }) =>
          segments.map(({ stage }) => classOf(stage)),
        ),
      ),
    );
    return html`<h2>${titled ? 'The latest jobs' : this.lab.title}</h2>
      <figure class="key-row">${stageKey(classes)}</figure>
      ${axis(scale)}
      <ol class="trials">
        ${shown.map((trial) => trialView(trial, scale, titled))}
      </ol>`;
  }

  private renderSpoken() {
    const { trials: list, calm, running } = this.lab;
    const { survived, lost } = this.lab.counts();
    const latest = list.at(-1) ?? calm;
    const text =
      running || !list.length
        ? latest && spokenOf(latest)
        : `${survived} survived, ${lost} lost.`;
    return html`<p class="unseen" role="status">${text}</p>`;
  }

  private renderFooter() {
    const open = () =>
      void this.renderRoot.querySelector<Drawer>('cutout-drawer')?.open();
    return html`<footer>
      <a href="./">Cut out a photo</a>
      <button
        class="link"
        aria-haspopup="dialog"
        aria-keyshortcuts="Alt+I"
        title="Alt+I"
        @click=${open}
      >
        Diagnostics
      </button>
      <cutout-drawer .history=${[...this.lab.history]}></cutout-drawer>
    </footer>`;
  }

  override render() {
    return html`
      <header class="head">
        <h1>Failures on purpose</h1>
        <p>
          Choose what shall break, and when. The cut-out comes all the same, and
          it is the same picture.
        </p>
      </header>
      <main>
        ${this.renderForm()}
        <section
          aria-label="What happens"
          class=${this.lab.running ? 'running' : ''}
        >
          ${this.renderStop()} ${this.renderCounters()}
          ${this.renderRemembered()}
          ${matrixView(this.lab, this.possible)} ${this.renderPictures()}
          ${this.renderTrials()}
        </section>
        ${this.renderSpoken()}
      </main>
      ${this.renderFooter()}
    `;
  }
}
customElements.define('cutout-chaos', ChaosView);
