/** The photos of this visit, cut out one after the other. */
import {
  CutoutError,
  cutout,
  type Progress,
  type FailedReceipt,
  type Receipt,
  type RunOptions,
} from '../../lib/index.js';

export interface Item {
  id: number;
  name: string;
  file: Blob;
  photoUrl: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  /** The first job of a visit loads and plans; said while that is so. */
  cold: boolean;
  progress?: Progress;
  result?: { blob: Blob; url: string; receipt: Receipt };
  error?: CutoutError;
}

export type AnyReceipt = Receipt | FailedReceipt;

export class Queue extends EventTarget {
  readonly items: Item[] = [];
  /** Of every job of this visit, failed ones too; the newest last. */
  readonly history: AnyReceipt[] = [];
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

  private async cutOut(item: Item, signal: AbortSignal): Promise<void> {
    item.state = 'running';
    item.cold = !this.engineWarm;
    this.changed();
    const onProgress = (progress: Progress) => {
      item.progress = progress;
      this.changed();
    };
    try {
      const options = { ...this.options, signal, onProgress };
      const { blob, receipt } = await cutout.run(item.file, options);
      item.result = { blob, receipt, url: URL.createObjectURL(blob) };
      item.state = 'done';
      this.history.push(receipt);
      this.engineWarm = true;
    } catch (error) {
      item.error = error as CutoutError;
      if (item.error.receipt) this.history.push(item.error.receipt);
      item.state = item.error.code === 'cancelled' ? 'cancelled' : 'failed';
      this.engineWarm = false;
    }
    item.progress = undefined;
  }
}
