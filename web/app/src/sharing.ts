/** <cutout-sharing>: the switch of telemetry, and exactly what it would send.
 * It is off until the person turns it on. */
import { css, html, LitElement, nothing } from 'lit';
import { cutout } from '../../lib/index.js';
import type { AnyReceipt } from './queue.js';
import { shared } from './styles.js';

export class Sharing extends LitElement {
  static override properties = { receipt: { attribute: false } };
  declare receipt: AnyReceipt | undefined;

  static override styles = [
    shared,
    css`
      h3 {
        margin: 1.75rem 0 0.5rem;
      }
      label {
        display: flex;
        gap: 0.6rem;
        align-items: center;
        min-height: 44px;
      }
      input {
        width: 20px;
        height: 20px;
        flex: none;
        accent-color: var(--accent);
      }
      details {
        border: 0;
        padding: 0.25rem 0;
      }
      summary {
        font-size: 0.875rem;
      }
      pre {
        max-height: 16rem;
        overflow: auto;
        padding: 0.75rem;
        font-size: 0.75rem;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: var(--surface);
      }
    `,
  ];

  private change(event: Event): void {
    if ((event.target as HTMLInputElement).checked) cutout.telemetry.enable();
    else cutout.telemetry.disable();
    this.requestUpdate();
  }

  private renderExample() {
    const told = this.receipt && cutout.told(this.receipt);
    if (!told)
      return html`<p class="quiet">
        ${this.receipt
          ? 'Nothing of the last job, because it was broken on purpose.'
          : 'After a job, what would be sent of it is shown here.'}
      </p>`;
    return html`<pre tabindex="0" aria-label="What would be sent">
${JSON.stringify(told, null, 1)}</pre
    >`;
  }

  override render() {
    const { enabled, pending } = cutout.telemetry;
    return html`<h3>Help to find defects</h3>
      <label>
        <input type="checkbox" .checked=${enabled} @change=${this.change} />
        Tell this page’s server how jobs went
      </label>
      <p class="quiet">
        Off unless you turn it on. Sent are the route, times, failures, the
        browser’s name and version, the GPU’s maker, and a class of the
        picture’s size: no picture, no file name, nothing that names you. It
        goes to the server that this page came from, which keeps it only if it
        was set up to.
        ${enabled ? `${pending} jobs wait to be sent.` : nothing}
      </p>
      <details>
        <summary>Exactly what is sent of the last job</summary>
        ${this.renderExample()}
      </details>`;
  }
}
customElements.define('cutout-sharing', Sharing);
