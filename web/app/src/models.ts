/** <cutout-models>: which model, its licence, and what it takes up here. */
import { css, html, LitElement, nothing } from 'lit';
import { cutout, type StoredModel } from '../../lib/index.js';
import { megabytes } from './format.js';
import { shared } from './styles.js';

export class ModelsView extends LitElement {
  static override properties = {
    chosen: {},
    busy: { type: Boolean },
    models: { state: true },
    message: { state: true },
  };
  declare chosen: string;
  declare busy: boolean;
  declare models: StoredModel[];
  declare message: string;

  static override styles = [
    shared,
    css`
      fieldset {
        border: 0;
        margin: 0;
        padding: 0;
      }
      .model {
        padding: 0.75rem 0;
        border-bottom: 1px solid var(--line);
      }
      .model:last-child {
        border: 0;
      }
      .row {
        justify-content: space-between;
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
        accent-color: var(--accent);
      }
    `,
  ];

  constructor() {
    super();
    this.models = [];
    this.message = '';
    this.busy = false;
    this.chosen = '';
    void this.refresh();
  }

  async refresh(): Promise<void> {
    try {
      this.models = await cutout.models.list();
    } catch (error) {
      this.message = (error as Error).message;
    }
  }

  private choose(name: string): void {
    this.dispatchEvent(new CustomEvent('choose', { detail: name }));
  }

  private async delete(name: string): Promise<void> {
    await cutout.models.delete(name);
    this.message = `${name} was deleted from this device.`;
    await this.refresh();
  }

  private async verify(name: string): Promise<void> {
    this.message = `Checking ${name}`;
    const { good, bad } = await cutout.models.verify(name);
    this.message = bad
      ? `${bad} of ${good + bad} parts of ${name} were damaged or missing; ` +
        'the next job downloads them again.'
      : `All ${good} parts of ${name} are intact.`;
    await this.refresh();
  }

  private renderModel(model: StoredModel) {
    const { name, bytes, storedBytes, licence, description } = model;
    const size = storedBytes
      ? `${megabytes(storedBytes)} on this device`
      : `${megabytes(bytes)} to download, once`;
    return html`<div class="model">
      <div class="row">
        <label>
          <input
            type="radio"
            name="model"
            .checked=${name === this.chosen}
            @change=${() => this.choose(name)}
          />
          <span><b>${name}</b>: ${size}</span>
        </label>
        <div class="row" ?hidden=${!storedBytes}>
          <button @click=${() => this.verify(name)}>Check</button>
          <button ?disabled=${this.busy} @click=${() => this.delete(name)}>
            Delete
          </button>
        </div>
      </div>
      <p class="quiet">
        ${description}. Licence:
        <a href=${licence.url} rel="noreferrer">${licence.name}</a>.
        ${licence.note}
      </p>
    </div>`;
  }

  override render() {
    return html`
      <fieldset>
        <legend class="quiet">
          The network that finds the subject. It is kept on this device.
        </legend>
        ${this.models.map((model) => this.renderModel(model))}
      </fieldset>
      <p role="status" class="quiet">${this.message || nothing}</p>
    `;
  }
}
customElements.define('cutout-models', ModelsView);
