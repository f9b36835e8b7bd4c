/** <cutout-diagnostics>: what this browser offers and what is used of it. */
import { html, LitElement } from 'lit';
import { cutout, type Receipt } from '../../lib/index.js';
import { shared } from './styles.js';

export class Diagnostics extends LitElement {
  static override properties = { receipts: { attribute: false } };
  declare receipts: Receipt[];

  static override styles = shared;

  constructor() {
    super();
    this.receipts = [];
  }

  private facts(): [string, string][] {
    const c = cutout.capabilities();
    const yes = (value: boolean) => (value ? 'yes' : 'no');
    const isolated = c.crossOriginIsolated
      ? 'yes'
      : 'no: one thread only, because the server does not isolate the page';
    return [
      ['Routes, best first', c.routes.join(', ') || 'none'],
      ['Cores, threads used', `${c.cores}, ${c.threads}`],
      ['Isolated', isolated],
      ['Shared memory', yes(c.sharedMemory)],
      ['SIMD, relaxed SIMD', `${yes(c.simd)}, ${yes(c.relaxedSimd)}`],
      ['Private file storage', yes(c.privateFiles)],
      ['Service worker', yes(Boolean(navigator.serviceWorker?.controller))],
      ['Browser', navigator.userAgent],
    ];
  }

  private async copy(): Promise<void> {
    const report = {
      capabilities: cutout.capabilities(),
      browser: navigator.userAgent,
      receipts: this.receipts,
    };
    await navigator.clipboard.writeText(JSON.stringify(report, null, 1));
  }

  override render() {
    return html`
      <table>
        ${this.facts().map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </table>
      <p></p>
      <button @click=${this.copy}>Copy report</button>
    `;
  }
}
customElements.define('cutout-diagnostics', Diagnostics);
