/**
 * <cutout-compare>: photo and cut-out under one slider, on a checkerboard,
 * with zoom. The slider is an <input>, so that keys and screen readers have
 * it; dragging anywhere on the picture moves it too.
 */
import { css, html, LitElement, type PropertyValues } from 'lit';
import { shared } from './styles.js';

export class Compare extends LitElement {
  static override properties = {
    photo: {},
    cutout: {},
    name: {},
    background: {},
    at: { state: true },
    zoom: { state: true },
  };
  declare photo: string;
  declare cutout: string;
  declare name: string;
  declare background: string;
  declare at: number;
  declare zoom: number;

  static override styles = [
    shared,
    css`
      .window {
        overflow: auto;
        border-radius: var(--round);
        border: 1px solid var(--line);
        max-height: min(58vh, 44rem);
        text-align: center;
        background: var(--surface);
      }
      .picture {
        position: relative;
        display: inline-block;
        vertical-align: top;
        width: var(--width, 100%);
        --at: 50%;
        touch-action: pan-y;
        cursor: ew-resize;
        background:
          linear-gradient(var(--background), var(--background)),
          repeating-conic-gradient(var(--check-a) 0 25%, var(--check-b) 0 50%)
            0 0 / 24px 24px;
      }
      img {
        display: block;
        width: 100%;
        user-select: none;
        -webkit-user-drag: none;
      }
      .before {
        position: absolute;
        inset: 0;
        height: 100%;
        clip-path: inset(0 calc(100% - var(--at)) 0 0);
      }
      .handle {
        position: absolute;
        inset: 0 auto 0 var(--at);
        width: 2px;
        margin-left: -1px;
        background: #fff;
        box-shadow: 0 0 0 1px rgb(0 0 0 / 0.45);
        pointer-events: none;
      }
      .handle::after {
        content: '\\2194';
        color: #222;
        font: 20px/34px system-ui, sans-serif;
        text-align: center;
        position: absolute;
        top: 50%;
        left: -16px;
        width: 34px;
        height: 34px;
        margin-top: -17px;
        border-radius: 50%;
        background: #fff;
        box-shadow: 0 0 0 1px rgb(0 0 0 / 0.45);
      }
      .controls {
        margin-top: 0.75rem;
      }
      label {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        flex: 1 1 12rem;
        font-size: 0.875rem;
        color: var(--quiet);
      }
      input {
        flex: 1;
        min-width: 6rem;
        accent-color: var(--accent);
        height: 32px;
      }
    `,
  ];

  private observer = new ResizeObserver(() => this.fit());

  constructor() {
    super();
    this.photo = this.cutout = this.name = '';
    this.background = '';
    this.at = 35;
    this.zoom = 1;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  /** Sizes are set through the style object: the page's policy forbids style
   * attributes. */
  private fit(): void {
    const picture = this.renderRoot.querySelector<HTMLElement>('.picture');
    const image = this.renderRoot.querySelector('img');
    if (!picture || !image?.naturalWidth) return;
    const most = Math.min(window.innerHeight * 0.58, 704) - 2;
    const ratio = image.naturalWidth / image.naturalHeight;
    const width = Math.min(this.clientWidth - 2, most * ratio);
    picture.style.setProperty('--width', `${Math.floor(width * this.zoom)}px`);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const picture = this.renderRoot.querySelector<HTMLElement>('.picture')!;
    picture.style.setProperty('--at', `${this.at}%`);
    const colour = this.background || 'transparent';
    picture.style.setProperty('--background', colour);
    if (changed.has('zoom')) this.fit();
  }

  private drag(event: PointerEvent): void {
    const picture = event.currentTarget as HTMLElement;
    if (event.type === 'pointerdown') {
      event.preventDefault();
      picture.setPointerCapture(event.pointerId);
    } else if (!picture.hasPointerCapture(event.pointerId)) {
      return;
    }
    const { left, width } = picture.getBoundingClientRect();
    const at = (100 * (event.clientX - left)) / width;
    this.at = Math.max(0, Math.min(100, at));
  }

  private read(event: Event): number {
    return (event.target as HTMLInputElement).valueAsNumber;
  }

  override render() {
    return html`
      <div class="window" tabindex="-1">
        <div
          class="picture"
          @pointerdown=${this.drag}
          @pointermove=${this.drag}
        >
          <img
            src=${this.cutout}
            alt="${this.name} without its background"
            @load=${this.fit}
          />
          <img class="before" src=${this.photo} alt="" />
          <div class="handle"></div>
        </div>
      </div>
      <div class="row controls">
        <label>
          Before / after
          <input
            type="range"
            min="0"
            max="100"
            step="1"
            .valueAsNumber=${this.at}
            aria-valuetext="${Math.round(this.at)} % of the photo shown"
            @input=${(e: Event) => (this.at = this.read(e))}
          />
        </label>
        <label>
          Zoom
          <input
            type="range"
            min="1"
            max="6"
            step="0.25"
            .valueAsNumber=${this.zoom}
            aria-valuetext="${this.zoom} times"
            @input=${(e: Event) => (this.zoom = this.read(e))}
          />
        </label>
      </div>
    `;
  }
}
customElements.define('cutout-compare', Compare);
