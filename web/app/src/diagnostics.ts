/** <cutout-diagnostics>: this device, the routes and why, and what jobs did. */
import { css, html, LitElement, nothing } from 'lit';
import { cutout } from '../../lib/index.js';
import { attemptList, routeInWords } from './attempts.js';
import { chartStyles, stageChart } from './chart.js';
import { factsOf } from './device_facts.js';
import { megabytes, seconds } from './format.js';
import type { AnyReceipt, Past } from './queue.js';
import { forecast, makeReport, storageUse, type Device } from './report.js';
import './sharing.js';
import { shared } from './styles.js';

/** More bars than this say less. */
const mostBars = 12;

/** Days are those of UTC, since 1970. */
const dateOf = (day: number) =>
  new Date(day * 864e5).toLocaleDateString([], { timeZone: 'UTC' });

const clock = (at: number) =>
  new Date(at).toLocaleTimeString([], { timeStyle: 'short' });

function pictureSize({ input }: AnyReceipt): string {
  return 'width' in input ? `${input.width} × ${input.height}` : 'a photo';
}

const outcomes: Record<AnyReceipt['outcome'], string> = {
  cut: 'cut out',
  no_subject: 'no subject found',
  ambiguous: 'cut out, but undecided',
  failed: 'failed',
  cancelled: 'cancelled',
};

export class Diagnostics extends LitElement {
  static override properties = {
    history: { attribute: false },
    asked: {},
    device: { state: true },
    storage: { state: true },
    offline: { state: true },
    said: { state: true },
    report: { state: true },
  };
  declare history: readonly Past[];
  declare asked: string;
  declare device: Device;
  declare storage: { usage: number; quota: number; models: string[] };
  /** Whether page and model are here for a visit without a network. */
  declare offline: boolean;
  declare said: string;
  /** Shown where the browser does not let it be copied. */
  declare report: string;
  private silence: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    shared,
    chartStyles,
    css`
      h3 {
        margin: 1.75rem 0 0.5rem;
      }
      table {
        width: 100%;
      }
      th {
        width: 1%;
      }
      .routes {
        list-style: none;
        padding: 0;
        margin: 0;
      }
      .routes li {
        display: grid;
        grid-template-columns: 1.6rem 1fr;
        padding: 0.5rem 0;
        border-bottom: 1px solid var(--line);
      }
      .routes li > span:first-child {
        font-variant-numeric: tabular-nums;
        color: var(--quiet);
      }
      .routes p,
      article p {
        color: var(--quiet);
        font-size: 0.875rem;
      }
      code {
        font-size: 0.8125rem;
        color: var(--quiet);
        white-space: nowrap;
      }
      .row {
        margin-top: 0.75rem;
      }
      .used {
        font-size: 0.75rem;
        padding: 0.1rem 0.5rem;
        border-radius: 999px;
        background: var(--accent);
        color: var(--on-accent);
        white-space: nowrap;
      }
      details {
        border: 0;
        padding: 0.25rem 0;
      }
      summary {
        font-size: 0.875rem;
      }
      article {
        padding: 0.6rem 0;
        border-bottom: 1px solid var(--line);
      }
      article ol {
        margin: 0.25rem 0 0;
        padding-left: 1.25rem;
        font-size: 0.875rem;
      }
      .said {
        position: sticky;
        bottom: -1rem;
        width: fit-content;
        margin: 1rem auto 0;
        border-radius: 10px;
        background: var(--text);
        color: var(--page);
        font-size: 0.875rem;
      }
      .said:not(:empty) {
        padding: 0.5rem 1rem;
      }
      textarea {
        width: 100%;
        height: 12rem;
        margin-top: 0.75rem;
        font: 0.75rem/1.4 ui-monospace, monospace;
        background: var(--surface);
        color: var(--text);
        border: 1px solid var(--line);
        border-radius: 8px;
      }
    `,
  ];

  constructor() {
    super();
    this.history = [];
    this.asked = '';
    this.device = undefined;
    this.storage = { usage: 0, quota: 0, models: [] };
    this.offline = false;
    this.said = '';
    this.report = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.refresh();
  }

  /** What was said covers what is below: not for long. */
  override updated(changed: Map<string, unknown>): void {
    if (!changed.has('said')) return;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => (this.said = ''), 15_000);
  }

  override willUpdate(changed: Map<string, unknown>): void {
    const old = changed.get('history') as readonly Past[] | undefined;
    if (old && old.length !== this.history.length) void this.refresh();
  }

  private async refresh(): Promise<void> {
    await cutout.findAdapter();
    this.device = await cutout.device();
    const stored = (await cutout.models.list().catch(() => [])).filter(
      ({ storedBytes }) => storedBytes > 0,
    );
    const worker = await navigator.serviceWorker?.getRegistration();
    this.offline = Boolean(worker?.active && stored.length);
    const use = await storageUse().catch(() => ({ usage: 0, quota: 0 }));
    this.storage = { ...use, models: stored.map(({ name }) => name) };
  }

  // ---- This device ----------------------------------------------------------

  private renderDevice() {
    return html`<h3>This device</h3>
      <table>
        ${factsOf(this.device, this.offline).map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </table>
      ${cutout.capabilities().webgpu
        ? html`<div class="row">
            <button @click=${this.tryGpu}>Try the GPU now</button>
          </div>`
        : nothing}`;
  }

  private async tryGpu(): Promise<void> {
    const f16 = this.device?.adapter?.facts.f16;
    this.said = 'Trying the GPU …';
    const route = f16 ? 'webgpu-f16' : 'webgpu-f32';
    const found = await cutout.tryGpu(route).catch(() => null);
    this.said = !found
      ? 'The browser offers no GPU.'
      : `${routeInWords(route)}: ${found.verdict}. ${found.message}`;
    await this.refresh();
  }

  // ---- Routes ---------------------------------------------------------------

  private renderRoutes() {
    const routes = forecast(this.device, this.asked);
    const bound = this.history.at(-1)?.receipt.route;
    const chosen = routes.filter((one) => one.chosen);
    const skipped = routes.filter((one) => !one.chosen);
    const item = (one: (typeof routes)[number], number: string) =>
      html`<li>
        <span>${number}</span>
        <div>
          ${routeInWords(one.route)} <code>${one.route}</code>
          ${one.route === bound
            ? html`<span class="used">made the last picture</span>`
            : nothing}
          <p>${one.text}</p>
        </div>
      </li>`;
    return html`<h3>Routes, in the order they are tried</h3>
      <ol class="routes">
        ${chosen.map((one, i) => item(one, `${i + 1}.`))}
      </ol>
      ${skipped.length
        ? html`<details>
            <summary>${skipped.length} skipped, and why</summary>
            <ul class="routes">
              ${skipped.map((one) => item(one, '–'))}
            </ul>
          </details>`
        : nothing}
      ${this.renderPast()}`;
  }

  private renderPast() {
    const marks = cutout.past.list();
    if (!marks.length) return nothing;
    const texts = this.device?.policy.failureTexts;
    return html`<p class="quiet">Remembered from earlier:</p>
      <ul class="routes">
        ${marks.map(
          ({ route, failure, day }) =>
            html`<li>
              <span>!</span>
              <div>
                ${routeInWords(route)}
                <p>
                  ${texts?.[failure] ?? failure}
                  (${dateOf(day)})
                </p>
              </div>
            </li>`,
        )}
      </ul>
      <div class="row">
        <button @click=${this.forget}>Forget remembered failures</button>
      </div>`;
  }

  private forget(): void {
    cutout.past.forget();
    this.said = 'Forgotten: every route gets a new chance.';
    void this.refresh();
  }

  // ---- Jobs -----------------------------------------------------------------

  private renderJob({ at, receipt }: Past, number: number) {
    const { route, ms, attempts, outcome } = receipt;
    const warm = 'warm' in receipt && receipt.warm ? 'warm' : 'cold';
    return html`<article>
      <b>${number}.</b> ${clock(at)}, ${pictureSize(receipt)}:
      ${outcomes[outcome]}, ${seconds(ms.total)}, ${warm}
      <p>
        ${route ? html`By ${routeInWords(route)} <code>${route}</code>` : nothing}
        ${'error' in receipt ? receipt.error : nothing}
      </p>
      ${attempts.length > 1 || !route ? attemptList(receipt) : nothing}
    </article>`;
  }

  private renderJobs() {
    const all = this.history.map((past, i) => ({ past, number: i + 1 }));
    const bars = all.slice(-mostBars).map(({ past, number }) => ({
      receipt: past.receipt,
      label: `${number}.`,
    }));
    return html`<h3>Jobs of this visit</h3>
      ${all.length
        ? stageChart(bars)
        : html`<p class="quiet">None yet: choose a photo.</p>`}
      ${all.reverse().map(({ past, number }) => this.renderJob(past, number))}`;
  }

  // ---- Storage, report ------------------------------------------------------

  private async delete(name: string): Promise<void> {
    await cutout.models.delete(name);
    this.said = `${name} was deleted from this device.`;
    await this.refresh();
  }

  private renderStorage() {
    const { usage, quota, models } = this.storage;
    const most = quota ? ` of ${megabytes(quota)} that may be used` : '';
    return html`<h3>Storage</h3>
      <p class="quiet">${megabytes(usage)} used${most}.</p>
      <div class="row">
        ${models.map(
          (name) =>
            html`<button @click=${() => this.delete(name)}>
              Delete model ${name}
            </button>`,
        )}
      </div>`;
  }

  private async copy(): Promise<void> {
    const routes = forecast(this.device, this.asked);
    const report = await makeReport(this.device, routes, this.history);
    try {
      await navigator.clipboard.writeText(report);
      this.said = 'Copied.';
      this.report = '';
    } catch {
      this.said = 'The browser does not let it be copied; it is here:';
      this.report = report;
    }
  }

  private renderReport() {
    return html`<h3>Report</h3>
      <p class="quiet">
        All of the above, to be sent to whoever helps you: no picture, no name
        of a file.
      </p>
      <div class="row">
        <button class="main" @click=${this.copy}>Copy report</button>
      </div>
      ${this.report
        ? html`<textarea
            readonly
            aria-label="Report"
            .value=${this.report}
          ></textarea>`
        : nothing}`;
  }

  override render() {
    return html`${this.renderJobs()} ${this.renderRoutes()}
      ${this.renderDevice()} ${this.renderStorage()}
      <cutout-sharing .receipt=${this.history.at(-1)?.receipt}></cutout-sharing>
      ${this.renderReport()}
      <p class="said" role="status">${this.said}</p>`;
  }
}
customElements.define('cutout-diagnostics', Diagnostics);
