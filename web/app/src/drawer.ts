/** <cutout-drawer>: the diagnostics, at the side, once they are asked for. */
import { css, html, LitElement, nothing } from 'lit';
import './diagnostics.js';
import type { Past } from './queue.js';
import { shared } from './styles.js';

export class Drawer extends LitElement {
  static override properties = {
    history: { attribute: false },
    asked: {},
    shown: { state: true },
  };
  declare history: readonly Past[];
  declare asked: string;
  declare shown: boolean;

  static override styles = [
    shared,
    css`
      dialog {
        position: fixed;
        inset: 0 0 0 auto;
        width: min(40rem, 100vw);
        max-width: none;
        height: 100dvh;
        max-height: none;
        margin: 0;
        padding: 0 clamp(1rem, 4vw, 1.75rem) 2rem;
        border: 0;
        border-left: 1px solid var(--line);
        background: var(--page);
        color: var(--text);
        overflow-y: auto;
        overscroll-behavior: contain;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 0.35);
      }
      header {
        position: sticky;
        top: 0;
        z-index: 1;
        display: flex;
        justify-content: space-between;
        align-items: center;
        margin: 0 calc(-1 * clamp(1rem, 4vw, 1.75rem));
        padding: 0.6rem clamp(1rem, 4vw, 1.75rem);
        background: var(--page);
        border-bottom: 1px solid var(--line);
      }
      @media (prefers-reduced-motion: no-preference) {
        dialog[open] {
          animation: in 0.16s ease-out;
        }
        @keyframes in {
          from {
            transform: translateX(2rem);
            opacity: 0;
          }
        }
      }
    `,
  ];

  constructor() {
    super();
    this.history = [];
    this.asked = '';
    this.shown = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.key);
  }

  /** By place, not by letter: Option and a key writes something else. */
  private key = (event: KeyboardEvent): void => {
    const { altKey, ctrlKey, metaKey, shiftKey, code } = event;
    if (!altKey || ctrlKey || metaKey || shiftKey || code !== 'KeyI') return;
    event.preventDefault();
    if (this.shown) this.dialog.close();
    else void this.open();
  };

  private get dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector('dialog')!;
  }

  /** The browser keeps the focus inside, and gives it back at the end. */
  async open(): Promise<void> {
    this.shown = true;
    await this.updateComplete;
    if (!this.dialog.open) this.dialog.showModal();
  }

  private backdrop(event: MouseEvent): void {
    if (event.target === this.dialog) this.dialog.close(); // the backdrop
  }

  override render() {
    return html`<dialog
      aria-labelledby="title"
      @close=${() => (this.shown = false)}
      @click=${this.backdrop}
    >
      ${this.shown
        ? html`<header>
              <h2 id="title">Diagnostics</h2>
              <button @click=${() => this.dialog.close()}>Close</button>
            </header>
            <cutout-diagnostics
              .history=${this.history}
              .asked=${this.asked}
            ></cutout-diagnostics>`
        : nothing}
    </dialog>`;
  }
}
customElements.define('cutout-drawer', Drawer);
