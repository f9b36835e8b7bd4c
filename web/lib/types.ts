/** What callers of the library see. */
import type { MaskFacts, PlanFacts } from './engine.js';
import type { Route } from './capabilities.js';
import type { ErrorCode } from './errors.js';

export type Stage =
  | 'decode'
  | 'download'
  | 'store'
  | 'setup'
  | 'prepare'
  | 'inference'
  | 'refinement'
  | 'encode';

/** `download` and `store` count bytes; the others go from 0 to 1. */
export interface Progress {
  stage: Stage;
  loaded: number;
  total: number;
}

export type Format = 'png' | 'webp' | 'jpeg';
export type ColourSpace = 'srgb' | 'display-p3';
/** Who read the photo: `cutout` is the library's own reader, for PNG with
 * alpha. */
export type Decoder = 'browser' | 'cutout' | 'libheif';
export type Source =
  Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | URL | string;

export interface EncodeOptions {
  format?: Format;
  /** `#rrggbb`: the cut-out is laid on this colour. JPEG needs one and takes
   * white when there is none. */
  background?: string;
  /** Of WebP and JPEG, 0 to 1. */
  quality?: number;
}

export interface RunOptions extends EncodeOptions {
  model?: string;
  /** Side of the network's input in pixels; default: as trained. */
  size?: number;
  /** Only this route, instead of the best that works. */
  route?: Route;
  threads?: number;
  /** Follow the photo's edges at full size; default true. */
  refine?: boolean;
  /** Take the old background's colour out of hair; default true. */
  foreground?: boolean;
  /** Keep the background instead of the subject. */
  invert?: boolean;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface Attempt {
  route: Route;
  outcome: 'done' | 'failed';
  cause?: { code: ErrorCode; message: string };
  ms: number;
}

/** What really happened; see docs/RECEIPT.md. */
export interface Receipt {
  cutout: string;
  outcome: 'cut' | 'no_subject' | 'ambiguous';
  input: {
    format: string;
    bytes: number;
    width: number;
    height: number;
    colour: ColourSpace;
    decoder: Decoder;
  };
  output: { format: Format; bytes: number; width: number; height: number };
  model: { name: string; sha256: string; size: number };
  /** The route that gave the result. */
  route: Route;
  threads: number;
  routes: Route[];
  attempts: Attempt[];
  /** True when model and plan were there already. */
  warm: boolean;
  ms: Record<Stage | 'total', number>;
  load: { downloaded: number; stored: boolean; repaired: number };
  peak_bytes: { planned: number; wasm: number };
  plan: PlanFacts;
  mask: MaskFacts;
}

export interface Result {
  blob: Blob;
  receipt: Receipt;
}
