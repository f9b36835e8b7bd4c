/** <cutout-result>: a finished cut-out, its downloads and its receipt. */
import { css, html, LitElement, nothing } from 'lit';
import { cutout, type Format, type Receipt } from '../../lib/index.js';
import { attemptList } from './attempts.js';
import './compare.js';
import { megabytes, savedName, seconds } from './format.js';
import type { Item } from './queue.js';
import { stageNames } from './stages.js';
import { shared } from './styles.js';

const remarks: Record<Receipt['outcome'], string> = {
  cut: '',
  no_subject:
    'No subject was found in this photo, so the result is empty. Photos with ' +
    'one clear subject work best.',
  ambiguous:
    'The model is undecided about much of this photo: look at the result ' +
    'closely before using it.',
};

/** That something failed on the way; which, is told where it was made. */
function againInWords({ attempts }: Receipt): string {
  const failed = attempts.filter(({ outcome }) => outcome === 'failed').length;
  if (!failed) return '';
  return failed === 1 ? ', at the second attempt' : `, ${failed} attempts failed`;
}

export class ResultView extends LitElement {
  static override properties = {
    item: { attribute: false },
    background: { state: true },
    failure: { state: true },
  };
  declare item: Item;
  declare background: string;
  declare failure: string;

  static override styles = [
    shared,
    css`
      .row {
        margin-top: 1rem;
      }
      .bad,
      .remark {
        margin: 0.75rem 0;
      }
      .remark {
        border-left: 4px solid var(--accent);
        padding: 0.25rem 0.75rem;
      }
      label {
        display: flex;
        gap: 0.5rem;
        align-items: center;
      }
      input[type='color'] {
        width: 44px;
        height: 44px;
        padding: 2px;
        border: 1px solid var(--line);
        border-radius: 8px;
        background: none;
      }
      input[type='checkbox'] {
        width: 20px;
        height: 20px;
        accent-color: var(--accent);
      }
      details {
        margin-top: 1rem;
      }
      ol {
        margin: 0;
        padding-left: 1.25rem;
      }
    `,
  ];

  constructor() {
    super();
    this.background = '';
    this.failure = '';
  }

  private async save(format: Format): Promise<void> {
    const { blob } = this.item.result!;
    const background = this.background || undefined;
    this.failure = '';
    try {
      const plain = format === 'png' && !background;
      const file = plain
        ? blob
        : await cutout.convert(blob, { format, background, quality: 0.92 });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file);
      link.download = savedName(this.item.name, format);
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      this.failure = (error as Error).message;
    }
  }

  private renderReceipt({ ms, ...receipt }: Receipt) {
    const stages = Object.entries(ms).filter(([, value]) => value > 0);
    const names: Record<string, string> = { ...stageNames, total: 'In all' };
    return html`
      <details>
        <summary>How it was made</summary>
        <table>
          ${stages.map(
            ([stage, value]) =>
              html`<tr>
                <th scope="row">
                  ${stage === 'prepare' ? 'Scaling the photo' : names[stage]}
                </th>
                <td>${seconds(value)}</td>
              </tr>`,
          )}
          <tr>
            <th scope="row">Model</th>
            <td>${receipt.model.name}, ${receipt.model.size} pixels</td>
          </tr>
          <tr>
            <th scope="row">Route</th>
            <td>${receipt.route}, ${receipt.threads} threads</td>
          </tr>
          ${receipt.attempts.length > 1
            ? html`<tr>
                <th scope="row">Tried</th>
                <td>${attemptList(receipt)}</td>
              </tr>`
            : nothing}
          <tr>
            <th scope="row">Memory</th>
            <td>${megabytes(receipt.peak_bytes.wasm ?? 0)}</td>
          </tr>
        </table>
      </details>
    `;
  }

  override render() {
    const { result, name, photoUrl } = this.item;
    if (!result) return nothing;
    const { receipt, url } = result;
    const remark = remarks[receipt.outcome];
    return html`
      ${remark ? html`<p class="remark">${remark}</p>` : nothing}
      <cutout-compare
        .photo=${photoUrl}
        .cutout=${url}
        .name=${name}
        .background=${this.background}
      ></cutout-compare>
      <div class="row">
        <label>
          <input
            type="checkbox"
            .checked=${this.background !== ''}
            @change=${(e: Event) => {
              const { checked } = e.target as HTMLInputElement;
              this.background = checked ? '#ffffff' : '';
            }}
          />
          On a colour
        </label>
        <input
          type="color"
          aria-label="Background colour"
          ?hidden=${this.background === ''}
          .value=${this.background || '#ffffff'}
          @input=${(e: Event) =>
            (this.background = (e.target as HTMLInputElement).value)}
        />
      </div>
      <div class="row">
        <button class="main" @click=${() => this.save('png')}>
          Download PNG
        </button>
        <button @click=${() => this.save('webp')}>WebP</button>
        <button
          @click=${() => this.save('jpeg')}
          title="JPEG has no transparency: the colour above, or white"
        >
          JPEG
        </button>
        <span class="quiet">
          ${receipt.output.width} × ${receipt.output.height}, PNG
          ${megabytes(result.blob.size)}, in
          ${seconds(receipt.ms.total)}${againInWords(receipt)}
        </span>
      </div>
      ${this.failure
        ? html`<p class="bad" role="alert">${this.failure}</p>`
        : nothing}
      ${this.renderReceipt(receipt)}
    `;
  }
}
customElements.define('cutout-result', ResultView);
