/** The photos of this visit, cut out one after the other. */
import {
  CutoutError,
  cutout,
  type Attempt,
  type FailedReceipt,
  type Progress,
  type Receipt,
  type Route,
  type RunOptions,
} from '../../lib/index.js';
import { recovery } from './attempts.js';

export interface Item {
  id: number;
  name: string;
  file: Blob;
  photoUrl: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  /** The first job of a visit loads and plans; said while that is so. */
  cold: boolean;
  progress?: Progress;
  /** Why the progress began again. */
  remark?: string;
  result?: { blob: Blob; url: string; receipt: Receipt };
  error?: CutoutError;
}

export type AnyReceipt = Receipt | FailedReceipt;

/** A job of this visit. */
export interface Past {
  /** When it ended, in milliseconds since 1970. */
  at: number;
  receipt: AnyReceipt;
}

export class Queue extends EventTarget {
  readonly items: Item[] = [];
  /** Of every job of this visit, failed ones too; the newest last. */
  readonly history: Past[] = [];
  /** Read when a job begins. */
  options: RunOptions = {};
  private next = 1;
  private running: { item: Item; controller: AbortController } | undefined;
  private engineWarm = false;

  add(file: Blob, name: string): Item {
    const item: Item = {
      id: this.next++,
      name,
      file,
      photoUrl: URL.createObjectURL(file),
      state: 'waiting',
      cold: false,
    };
    this.items.push(item);
    this.changed();
    void this.work();
    return item;
  }

  cancel(item: Item): void {
    if (this.running?.item === item) this.running.controller.abort();
    else if (item.state === 'waiting') item.state = 'cancelled';
    this.changed();
  }

  retry(item: Item): void {
    item.state = 'waiting';
    item.error = undefined;
    this.changed();
    void this.work();
  }

  remove(item: Item): void {
    this.cancel(item);
    URL.revokeObjectURL(item.photoUrl);
    if (item.result) URL.revokeObjectURL(item.result.url);
    this.items.splice(this.items.indexOf(item), 1);
    this.changed();
  }

  get busy(): boolean {
    return this.running !== undefined;
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }

  private async work(): Promise<void> {
    if (this.running) return;
    const item = this.items.find(({ state }) => state === 'waiting');
    if (!item) return;
    const controller = new AbortController();
    this.running = { item, controller };
    await this.cutOut(item, controller.signal);
    this.running = undefined;
    this.changed();
    void this.work();
  }

  /** What they say of a failure stands before the progress begins again. */
  private listeners(item: Item) {
    let failed: Attempt | undefined;
    return {
      onProgress: (progress: Progress) => {
        item.progress = progress;
        this.changed();
      },
      onAttempt: (attempt: Attempt) => {
        failed = attempt.outcome === 'failed' ? attempt : undefined;
        if (failed) item.remark = recovery(failed);
        this.changed();
      },
      onRoute: (next: { route: Route; size: number }) => {
        if (failed) item.remark = recovery(failed, next);
        this.changed();
      },
    };
  }

  private async cutOut(item: Item, signal: AbortSignal): Promise<void> {
    item.state = 'running';
    item.cold = !this.engineWarm;
    item.remark = undefined;
    this.changed();
    try {
      const options = { ...this.options, signal, ...this.listeners(item) };
      const { blob, receipt } = await cutout.run(item.file, options);
      item.result = { blob, receipt, url: URL.createObjectURL(blob) };
      item.state = 'done';
      this.history.push({ at: Date.now(), receipt });
      this.engineWarm = true;
    } catch (error) {
      item.error = error as CutoutError;
      const { receipt } = item.error;
      if (receipt) this.history.push({ at: Date.now(), receipt });
      item.state = item.error.code === 'cancelled' ? 'cancelled' : 'failed';
      this.engineWarm = false;
    }
    item.progress = undefined;
  }
}
