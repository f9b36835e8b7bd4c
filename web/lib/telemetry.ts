/**
 * Receipts that a person allows the page to send to its own server: trimmed to
 * what ran, how fast, and what failed (docs/RECEIPT.md). Nothing is gathered
 * before `enable`, nothing is kept on the device but the answer to that
 * question.
 */
import type { FailedReceipt, Receipt } from './types.js';

export interface BrowserName {
  family: string;
  major?: number;
}

/** The fields of docs/RECEIPT.md, "Telemetry". */
export interface TrimmedReceipt {
  cutout: string;
  outcome: string;
  route?: string;
  browser?: BrowserName;
  planned: {
    route: string;
    size?: number;
    skipped: boolean;
    reason?: string;
  }[];
  attempts: { route: string; outcome: string; cause?: string }[];
  input?: string;
  output?: string;
  warm?: boolean;
  peak_bytes?: number;
  ms: Record<string, number>;
  adapter?: { vendor?: string; architecture?: string };
}

const stages = [
  ...['decode', 'download', 'store', 'setup', 'canary', 'upload', 'prepare'],
  ...['inference', 'readback', 'refinement', 'compose', 'encode', 'total'],
];
const outcomes = ['cut', 'no_subject', 'ambiguous', 'failed', 'cancelled'];
const endings = ['done', 'failed', 'cancelled'];
const megapixels = [1, 2, 4, 8, 16, 32, 64];
const mostPlanned = 24;
const mostAttempts = 16;
const longest = 31;
const dayMs = 864e5;

// ---- Trimming ---------------------------------------------------------------

type Loose = Record<string, unknown>;

const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const object = (value: unknown): Loose => (isObject(value) ? value : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A text as the server takes it, or none. */
function plain(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.toLowerCase().replace(/[^a-z0-9._+-]+/g, '-');
  return text.slice(0, longest).replace(/^-+|-+$/g, '') || undefined;
}

function number(value: unknown, most: number): number | undefined {
  const fine = typeof value === 'number' && value >= 0 && value <= most;
  return fine ? value : undefined;
}

/** Never the exact size of a picture. */
function sizeClass(value: unknown): string | undefined {
  const { width, height } = object(value);
  const pixels = number(Number(width) * Number(height), Infinity);
  if (!pixels) return undefined;
  const most = megapixels.find((n) => pixels <= n * 1e6);
  return most ? `${most}mp` : 'more';
}

/** A stage that did not happen has no time. */
function times(receipt: Loose): Record<string, number> {
  const ms: Record<string, number> = {};
  const given = { ...object(receipt.ms), reinit: receipt.reinit_ms };
  for (const [name, value] of Object.entries(given)) {
    const time = number(value, dayMs);
    if (time && [...stages, 'reinit'].includes(name))
      ms[name] = Math.round(time * 10) / 10;
  }
  return ms;
}

function planned(value: unknown): TrimmedReceipt['planned'] {
  return list(value)
    .slice(0, mostPlanned)
    .flatMap((item) => {
      const entry = typeof item === 'string' ? { route: item } : object(item);
      const route = plain(entry.route);
      const size = number(entry.size, 65536);
      const skipped = entry.chosen === false || entry.skipped === true;
      if (!route) return [];
      return {
        route,
        ...(size && { size: Math.round(size) }),
        skipped,
        reason: plain(entry.reason),
      };
    });
}

/** An attempt that failed for the photo's sake says nothing of its route. */
function attempts(value: unknown): TrimmedReceipt['attempts'] {
  return list(value)
    .slice(0, mostAttempts)
    .flatMap((item) => {
      const { route, outcome, cause } = object(item);
      const name = plain(route);
      const { kind, code } = object(cause);
      if (!name || !endings.includes(String(outcome))) return [];
      if (outcome === 'failed' && kind === null) return [];
      return {
        route: name,
        outcome: String(outcome),
        cause: plain(typeof cause === 'string' ? cause : (kind ?? code)),
      };
    });
}

/** Of the attempt that gave the result, else of the first that had one. */
function adapterOf(receipt: Loose): TrimmedReceipt['adapter'] {
  const tried = list(receipt.attempts).map((item) => object(item).adapter);
  const { vendor, architecture } = object(
    receipt.adapter ?? tried.find(isObject),
  );
  const adapter = { vendor: plain(vendor), architecture: plain(architecture) };
  return adapter.vendor || adapter.architecture ? adapter : undefined;
}

function peak(value: unknown): number | undefined {
  const bytes = number(object(value).planned ?? value, 2 ** 52);
  return bytes && Math.ceil(bytes / 2 ** 20) * 2 ** 20;
}

/**
 * What may be told of a receipt; undefined when there is nothing that the
 * server would take, or when the job was broken on purpose. Fields that it does
 * not know are left out, whatever they are.
 */
export function telemetryOf(
  receipt: Receipt | FailedReceipt,
  browser?: BrowserName,
): TrimmedReceipt | undefined {
  const from: Loose = object(receipt);
  const cutout = plain(from.cutout);
  const outcome = String(from.outcome);
  const route = plain(from.route);
  const without = outcome === 'failed' || outcome === 'cancelled';
  if (!cutout || !outcomes.includes(outcome) || from.chaos) return undefined;
  if (!route && !without) return undefined;
  return {
    cutout,
    outcome,
    route,
    browser,
    planned: planned(from.routes),
    attempts: attempts(from.attempts),
    input: sizeClass(from.input),
    output: sizeClass(from.output),
    warm: typeof from.warm === 'boolean' ? from.warm : undefined,
    peak_bytes: peak(from.peak_bytes),
    ms: times(from),
    adapter: adapterOf(from),
  };
}

// ---- The browser's name -----------------------------------------------------

const families: [family: string, pattern: RegExp][] = [
  ['edge', /\b(?:Edg|EdgA|EdgiOS)\/(\d+)/],
  ['opera', /\bOPR\/(\d+)/],
  ['samsung', /\bSamsungBrowser\/(\d+)/],
  ['firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['chrome', /(?:Chrome|Chromium|CriOS)\/(\d+)/],
  ['safari', /\bVersion\/(\d+)\S* (?:Mobile\S* )?Safari\//],
];

export function browserOf(userAgent: string): BrowserName {
  for (const [family, pattern] of families) {
    const found = pattern.exec(userAgent);
    if (found) return { family, major: Math.min(Number(found[1]), 9999) };
  }
  return { family: 'other' };
}

// ---- Sending ----------------------------------------------------------------

const key = 'cutout.telemetry';
const batchSize = 20;
const mostWaiting = 100;

export class Telemetry {
  private waiting: TrimmedReceipt[] = [];
  private on: boolean;

  constructor() {
    this.on = this.remembered();
    if (this.on) this.listen(true);
  }

  get enabled(): boolean {
    return this.on;
  }

  /** Receipts that wait to be sent. */
  get pending(): number {
    return this.waiting.length;
  }

  /** From now on, and in later visits. */
  enable(): void {
    if (this.on) return;
    this.on = true;
    this.remember();
    this.listen(true);
  }

  /** What waits is thrown away. */
  disable(): void {
    this.on = false;
    this.waiting = [];
    this.remember();
    this.listen(false);
  }

  /** A job is over; does nothing unless enabled. */
  add(receipt: Receipt | FailedReceipt): void {
    if (!this.on) return;
    const trimmed = telemetryOf(receipt, browserOf(navigator.userAgent));
    if (!trimmed) return;
    this.waiting.push(trimmed);
    if (this.waiting.length > mostWaiting) this.waiting.shift();
    if (this.waiting.length >= batchSize) this.flush();
  }

  /** Gives what waits to the browser, which sends it even when the page is
   * gone. What it does not take waits on. */
  flush(): void {
    const url = new URL('telemetry', document.baseURI).href;
    while (this.waiting.length) {
      const batch = this.waiting.slice(0, batchSize);
      const type = 'application/json';
      const body = new Blob([JSON.stringify(batch)], { type });
      if (!navigator.sendBeacon(url, body)) return;
      this.waiting.splice(0, batch.length);
    }
  }

  private readonly hidden = () => {
    if (document.visibilityState === 'hidden') this.flush();
  };

  private listen(wanted: boolean): void {
    if (typeof document === 'undefined') return;
    const method = wanted ? 'addEventListener' : 'removeEventListener';
    document[method]('visibilitychange', this.hidden);
  }

  private remembered(): boolean {
    try {
      return localStorage.getItem(key) === 'on';
    } catch {
      return false;
    }
  }

  private remember(): void {
    try {
      if (this.on) localStorage.setItem(key, 'on');
      else localStorage.removeItem(key);
    } catch {
      // for this visit, then
    }
  }
}

export const telemetry = new Telemetry();
