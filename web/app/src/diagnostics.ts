/** <cutout-diagnostics>: this device, the routes and why, and what jobs did. */
import { css, html, LitElement, nothing } from 'lit';
import { cutout, type PlannedRoute } from '../../lib/index.js';
import { attemptList } from './attempts.js';
import { stageChart } from './chart.js';
import { seconds } from './format.js';
import type { AnyReceipt } from './queue.js';
import { shared } from './styles.js';

type Device = Awaited<ReturnType<typeof cutout.device>>;
type Planned = Pick<PlannedRoute, 'route' | 'chosen' | 'text'>;

const yes = (value: boolean) => (value ? 'yes' : 'no');

function routesOf(device: Device): Planned[] {
  if (!device) return [];
  const { choices } = device.policy.choose(device.facts);
  return choices.filter(({ divisor }) => divisor === 1) as Planned[];
}

export class Diagnostics extends LitElement {
  static override properties = {
    receipts: { attribute: false },
    device: { state: true },
    trial: { state: true },
    copied: { state: true },
  };
  declare receipts: AnyReceipt[];
  declare device: Device;
  declare trial: string;
  declare copied: string;

  static override styles = [
    shared,
    css`
      h3 {
        margin: 1.5rem 0 0.5rem;
      }
      figure {
        margin: 0.5rem 0;
      }
      figure > svg {
        width: 100%;
        height: 18px;
        border-radius: 4px;
      }
      figcaption {
        display: flex;
        flex-wrap: wrap;
        gap: 0.1rem 1rem;
        font-size: 0.8125rem;
        color: var(--quiet);
      }
      .key {
        width: 10px;
        height: 10px;
      }
      .skipped {
        color: var(--quiet);
      }
      ol {
        margin: 0.5rem 0;
        padding-left: 1.5rem;
      }
      article {
        margin: 1rem 0;
      }
      label {
        display: flex;
        gap: 0.5rem;
        align-items: center;
        margin: 1rem 0;
      }
    `,
  ];

  constructor() {
    super();
    this.receipts = [];
    this.device = undefined;
    this.trial = '';
    this.copied = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.refresh();
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('receipts')) void this.refresh();
  }

  private async refresh(): Promise<void> {
    await cutout.adapter().catch(() => null);
    this.device = await cutout.device();
  }

  private gpu(): string {
    const found = this.device?.adapter?.facts;
    if (!cutout.capabilities().webgpu) return 'this browser has no WebGPU';
    if (!found) return 'none is offered';
    const { vendor, architecture, description, fallback, f16 } = found;
    const name = [vendor, architecture, description].filter(Boolean).join(' ');
    const kind = fallback ? ', a program on the processor' : '';
    return `${name}${kind}${f16 ? ', half precision' : ''}`;
  }

  private facts(): [string, string][] {
    const c = cutout.capabilities();
    const isolated = c.crossOriginIsolated
      ? 'yes'
      : 'no: one thread only, because the server does not isolate the page';
    return [
      ['Graphics device', this.gpu()],
      ['Cores, threads used', `${c.cores}, ${c.threads}`],
      ['Memory', c.deviceMemory ? `${c.deviceMemory} GB or more` : 'not told'],
      ['Isolated', isolated],
      ['Shared memory', yes(c.sharedMemory)],
      ['SIMD, relaxed SIMD', `${yes(c.simd)}, ${yes(c.relaxedSimd)}`],
      ['Private file storage', yes(c.privateFiles)],
      ['Service worker', yes(Boolean(navigator.serviceWorker?.controller))],
      ['Browser', navigator.userAgent],
    ];
  }

  private renderTable(rows: [unknown, unknown][]) {
    return html`<table>
      ${rows.map(
        ([name, value]) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>${value}</td>
          </tr>`,
      )}
    </table>`;
  }

  private renderRoutes() {
    const routes = routesOf(this.device);
    if (!routes.length) return nothing;
    let place = 0;
    return html`<h3>Routes</h3>
      ${this.renderTable(
        routes.map(({ route, chosen, text }) => [
          chosen ? `${++place}. ${route}` : html`<s>${route}</s>`,
          chosen ? text : html`<span class="skipped">${text}</span>`,
        ]),
      )}`;
  }

  private renderJob(receipt: AnyReceipt, number: number) {
    const { outcome, route, ms } = receipt;
    const state = route ? `${outcome} by ${route}` : outcome;
    return html`<article>
      <strong>Job ${number}</strong>: ${state}, ${seconds(ms.total)}
      ${'warm' in receipt && receipt.warm ? '(ready before)' : ''}
      ${'error' in receipt ? html`<p class="bad">${receipt.error}</p>` : ''}
      ${attemptList(receipt)} ${stageChart(receipt)}
    </article>`;
  }

  private renderHistory() {
    if (!this.receipts.length) return nothing;
    const jobs = this.receipts.map((r, i) => this.renderJob(r, i + 1));
    return html`<h3>Jobs of this visit</h3>
      ${jobs.reverse()}`;
  }

  private async tryGpu(): Promise<void> {
    const f16 = this.device?.adapter?.facts.f16;
    this.trial = 'Trying …';
    const route = f16 ? 'webgpu-f16' : 'webgpu-f32';
    const found = await cutout.tryGpu(route).catch(() => null);
    this.trial = !found
      ? 'There is no graphics device.'
      : `${route}: ${found.verdict}, ${found.gflops.toFixed(0)} GFLOP/s, ` +
        `${found.ms.toFixed(0)} ms. ${found.message}`;
    await this.refresh();
  }

  private async copy(): Promise<void> {
    const report = {
      capabilities: cutout.capabilities(),
      facts: this.device?.facts,
      routes: routesOf(this.device),
      browser: navigator.userAgent,
      receipts: this.receipts,
    };
    try {
      await navigator.clipboard.writeText(JSON.stringify(report, null, 1));
      this.copied = 'Copied.';
    } catch {
      this.copied = 'The browser does not allow it.';
    }
  }

  private telemetry(event: Event): void {
    if ((event.target as HTMLInputElement).checked) cutout.telemetry.enable();
    else cutout.telemetry.disable();
    this.requestUpdate();
  }

  override render() {
    return html`
      ${this.renderTable(this.facts())} ${this.renderRoutes()}
      ${this.renderHistory()}
      <label>
        <input
          type="checkbox"
          .checked=${cutout.telemetry.enabled}
          @change=${this.telemetry}
        />
        Tell this server how jobs went: routes, times and failures; no pictures,
        no names
      </label>
      <div class="row">
        <button @click=${this.copy}>Copy report</button>
        ${cutout.capabilities().webgpu
          ? html`<button @click=${this.tryGpu}>Try the graphics device</button>`
          : nothing}
        <span role="status">${this.trial} ${this.copied}</span>
      </div>
    `;
  }
}
customElements.define('cutout-diagnostics', Diagnostics);
