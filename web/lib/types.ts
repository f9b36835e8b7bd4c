/** What callers of the library see. */
import type { MaskFacts, PlanFacts } from './engine.js';
import type { Route } from './capabilities.js';
import type { ErrorCode } from './errors.js';
import type { FailureKind } from './failures.js';

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
  /** Trouble to be made, for tests and demonstrations; see chaos.ts. */
  chaos?: string;
  onProgress?: (progress: Progress) => void;
  /** Told of every attempt when it begins, and when it has ended. */
  onRoute?: (choice: { route: Route; size: number }) => void;
  onAttempt?: (attempt: Attempt) => void;
  signal?: AbortSignal;
}

/** A route that was weighed up: chosen, in this order, or skipped. */
export interface PlannedRoute {
  route: Route;
  /** Side of the network's input in pixels. */
  size: number;
  chosen: boolean;
  /** For programs, and for people. */
  reason: string;
  text: string;
}

/** Of a graphics device, as far as the browser tells. */
export interface Adapter {
  vendor: string;
  architecture: string;
  description: string;
  fallback: boolean;
}

export interface Cause {
  /** Null when nothing broke: the photo or a wish is at fault. */
  kind: FailureKind | null;
  code: ErrorCode;
  message: string;
  /** Which memory or which worker; which reason the browser gave. */
  where: string | null;
  reason: string | null;
}

export interface Attempt {
  route: Route;
  size: number;
  adapter: Adapter | null;
  outcome: 'done' | 'failed' | 'cancelled';
  cause: Cause | null;
  /** The stage that it reached. */
  stage: Stage | null;
  ms: number;
}

export type StageTimes = Record<
  | 'decode'
  | 'download'
  | 'store'
  | 'load'
  | 'setup'
  | 'canary'
  | 'prepare'
  | 'upload'
  | 'inference'
  | 'readback'
  | 'refinement'
  | 'compose'
  | 'encode'
  | 'total',
  number
>;

/** What really happened; see docs/RECEIPT.md and docs/receipt.schema.json,
 * which the command line's receipts follow too. */
export interface Receipt {
  receipt: 2;
  program: 'page';
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
  engine: { version: string; sha256: string };
  /** The route that gave the result. */
  route: Route;
  adapter: Adapter | null;
  threads: number;
  routes: PlannedRoute[];
  attempts: Attempt[];
  /** True when model and plan were there already. */
  warm: boolean;
  ms: StageTimes;
  /** Of `ms.total`: loading and set-up of attempts after the first. */
  reinit_ms: number;
  load: { downloaded: number; stored: boolean; repaired: number };
  peak_bytes: {
    planned: number;
    resident: number | null;
    wasm: number | null;
    gpu: number | null;
  };
  plan: PlanFacts;
  mask: MaskFacts;
  /** Where the photo was made ready and the mask refined; on a route of the
   * GPU, `reason` tells why the processor did it. */
  refined: { on: 'gpu' | 'cpu'; reason: string | null };
  /** What was made to break on request; absent from ordinary jobs. */
  chaos?: string;
}

/** Of a job without a result. */
export interface FailedReceipt
  extends Pick<
    Receipt,
    'receipt' | 'program' | 'cutout' | 'routes' | 'attempts' | 'ms' | 'chaos'
  > {
  outcome: 'failed' | 'cancelled';
  error: string;
  cause: Cause;
  input: Receipt['input'] | { bytes: number };
  output: null;
  model: { name: string; sha256: string; size: number };
  route: null;
}

export interface Result {
  blob: Blob;
  receipt: Receipt;
}
