/** Jobs that are broken on purpose, beside one that is not: what happened in
 * each as it happens, and whether its picture is that of the calm one. */
import { cutout } from '../../lib/index.js';
import type {
  Attempt,
  CutoutError,
  Progress,
  Receipt,
  Route,
  RunOptions,
  Stage,
} from '../../lib/index.js';
import { openChunkStore } from '../../lib/chunk_store.js';
import { recovery } from './attempts.js';
import type { Past } from './queue.js';
import { compareCutouts, type Sameness } from './sameness.js';
import { chaosOf, inWords, mendedBy } from './trials.js';
import type { Trouble, When } from './trials.js';

/** Times are in milliseconds since the trial began. */
export interface Segment {
  stage: Stage;
  start: number;
  end: number;
}

/** An attempt. */
export interface Lane {
  route: string;
  size: number;
  start: number;
  /** Undefined while it runs. */
  end: number | undefined;
  segments: Segment[];
  attempt: Attempt | undefined;
  /** What the main page would say of its failure. */
  remark: string;
}

export interface Trial {
  /** Of the series; 0 is the calm job. */
  number: number;
  title: string;
  chaos: string;
  mended: string;
  /** Side of the network that was asked for. */
  size: number;
  /** By performance.now(). */
  start: number;
  end: number | undefined;
  lanes: Lane[];
  state: 'running' | 'calm' | 'survived' | 'lost' | 'stopped';
  same: Sameness | undefined;
  /** The network had to be smaller: coarser edges, on purpose. */
  coarser: boolean;
  receipt: Receipt | undefined;
  blob: Blob | undefined;
  error: string;
}

/** What is asked of a series. */
export interface Wish {
  title: string;
  chaos: string;
  route: Route | undefined;
  /** Chunks of the model are evicted before each job. */
  fetches: boolean;
  /** How it is mended within an attempt; empty when one must fail. */
  mended: string;
}

export interface Cell {
  done: number;
  lost: number;
  /** Of them, those whose picture is exactly the calm one. */
  exact: number;
  ms: number;
  running: boolean;
}

/** Notes the stages and attempts of one job. */
class Recorder {
  private early: Segment[] = [];

  constructor(
    private readonly trial: Trial,
    private readonly changed: () => void,
  ) {}

  private get now(): number {
    return performance.now() - this.trial.start;
  }

  private get lane(): Lane | undefined {
    return this.trial.lanes.at(-1);
  }

  private stop(lane: Lane | undefined): void {
    const last = lane?.segments.at(-1);
    if (last) last.end = this.now;
  }

  onRoute = ({ route, size }: { route: Route; size: number }): void => {
    const before = this.lane;
    if (before?.attempt) {
      const { attempt } = before;
      if (attempt.outcome === 'failed')
        before.remark = recovery(attempt, { route, size });
    }
    this.trial.lanes.push({
      ...{ route, size, start: this.now, end: undefined, remark: '' },
      ...{ segments: this.early, attempt: undefined },
    });
    this.early = [];
    this.changed();
  };

  onProgress = ({ stage }: Progress): void => {
    const { lane, now } = this;
    const open = lane && (!lane.attempt || lane.attempt.outcome === 'done');
    const segments = open ? lane.segments : this.early;
    const last = segments.at(-1);
    if (last) last.end = now;
    if (open && lane.end !== undefined) lane.end = now;
    if (last?.stage !== stage) {
      segments.push({ stage, start: now, end: now });
      this.changed();
    }
  };

  onAttempt = (attempt: Attempt): void => {
    const { lane } = this;
    if (!lane) return;
    lane.attempt = attempt;
    lane.end = this.now;
    if (attempt.outcome === 'failed') {
      lane.remark = recovery(attempt);
      this.stop(lane);
    }
    this.changed();
  };

  finish(): void {
    this.trial.end = this.now;
    const { lane } = this;
    if (!lane) return;
    this.stop(lane);
    if (!lane.attempt || lane.attempt.outcome === 'done') lane.end = this.now;
  }
}

/** So that something is left to fetch. */
async function evict(model: string): Promise<void> {
  const store = await openChunkStore();
  const bytes = await store.read(`${model}.json`);
  if (!bytes) return;
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as {
    chunks: { sha256: string }[];
  };
  for (const { sha256 } of manifest.chunks.slice(0, 2))
    await store.remove(sha256);
}

export class Lab extends EventTarget {
  photo: Blob | undefined;
  /** Those of every job. */
  options: RunOptions = {};
  calm: Trial | undefined;
  /** What the last series is about. */
  title = '';
  /** Of the last series; the newest last. */
  trials: Trial[] = [];
  /** By deed and moment, once all of them were asked for. */
  readonly cells = new Map<string, Cell>();
  readonly history: Past[] = [];
  totalMs = 0;
  private controller: AbortController | undefined;

  get running(): boolean {
    return this.controller !== undefined;
  }

  private changed = (): void => {
    this.dispatchEvent(new Event('change'));
  };

  /** Another photo, model or size: what was seen before says nothing. */
  reset(): void {
    this.calm = undefined;
    this.trials = [];
    this.title = '';
    this.cells.clear();
    this.totalMs = 0;
    this.changed();
  }

  stop(): void {
    this.controller?.abort();
  }

  private async job(number: number, wish: Wish): Promise<Trial> {
    const { title, chaos, route, mended } = wish;
    const trial: Trial = {
      ...{ number, title, chaos, mended, start: performance.now() },
      ...{ size: this.options.size!, end: undefined, lanes: [] },
      ...{ state: 'running', same: undefined, coarser: false },
      ...{ receipt: undefined, blob: undefined, error: '' },
    };
    if (number) this.trials.push(trial);
    else this.calm = trial;
    if (wish.fetches) {
      await evict(this.options.model!).catch(() => {});
      trial.start = performance.now();
    }
    const recorder = new Recorder(trial, this.changed);
    const { onRoute, onProgress, onAttempt } = recorder;
    this.changed();
    try {
      const { blob, receipt } = await cutout.run(this.photo!, {
        ...{ ...this.options, route, onRoute, onProgress, onAttempt },
        ...(chaos && { chaos }),
        signal: this.controller!.signal,
      });
      recorder.finish();
      Object.assign(trial, { blob, receipt });
      this.history.push({ at: Date.now(), receipt });
      await this.judge(trial);
    } catch (error) {
      recorder.finish();
      const { code, message, receipt } = error as CutoutError;
      if (receipt) this.history.push({ at: Date.now(), receipt });
      trial.error = message;
      trial.state = code === 'cancelled' ? 'stopped' : 'lost';
    }
    this.changed();
    return trial;
  }

  private async judge(trial: Trial): Promise<void> {
    if (!trial.number) {
      trial.state = 'calm';
      return;
    }
    trial.same = await compareCutouts(this.calm!.blob!, trial.blob!);
    const { size } = trial;
    trial.coarser = (trial.lanes.at(-1)?.size ?? size) < size;
    const other = trial.same.kind === 'other' && !trial.coarser;
    trial.state = other ? 'lost' : 'survived';
  }

  private async calmFirst(): Promise<boolean> {
    if (this.calm?.state === 'calm') return true;
    const [route] = cutout.capabilities().routes;
    const title = 'Nothing breaks';
    const wish = { title, chaos: '', fetches: false, route, mended: '' };
    return (await this.job(0, wish)).state === 'calm';
  }

  private async series(n: number, wish: Wish, cell?: Cell): Promise<void> {
    for (let i = 0; i < n && !this.controller!.signal.aborted; i++) {
      const trial = await this.job(this.trials.length + 1, wish);
      if (trial.state === 'stopped') return;
      if (!cell) continue;
      cell.done++;
      cell.ms += trial.end ?? 0;
      if (trial.state === 'lost') cell.lost++;
      if (/bytes|pixels/.test(trial.same?.kind ?? '')) cell.exact++;
    }
  }

  private async session(body: () => Promise<void>): Promise<void> {
    if (this.running) return;
    this.controller = new AbortController();
    this.trials = [];
    this.changed();
    const start = performance.now();
    try {
      if (await this.calmFirst()) await body();
    } finally {
      this.totalMs = performance.now() - start;
      this.controller = undefined;
      this.changed();
    }
  }

  run(n: number, wish: Wish): Promise<void> {
    this.title = wish.title;
    return this.session(() => this.series(n, wish));
  }

  /** Every trouble at every moment that makes sense. */
  runAll(
    list: readonly Trouble[],
    n: number,
    routeFor: (trouble: Trouble) => Route | undefined,
  ): Promise<void> {
    this.cells.clear();
    this.title = '';
    return this.session(async () => {
      for (const trouble of list)
        for (const when of trouble.whens) {
          if (this.controller!.signal.aborted) return;
          await this.runCell(trouble, when, n, routeFor(trouble));
        }
    });
  }

  private async runCell(
    trouble: Trouble,
    when: When,
    n: number,
    route: Route | undefined,
  ): Promise<void> {
    const cell = { done: 0, lost: 0, exact: 0, ms: 0, running: true };
    this.cells.set(`${trouble.deed}@${when}`, cell);
    const chaos = chaosOf(trouble, when, Boolean(route?.startsWith('webgpu')));
    const title = inWords(trouble, when);
    const fetches = Boolean(trouble.fetches);
    const mended = mendedBy(trouble, when);
    await this.series(n, { title, chaos, route, fetches, mended }, cell);
    cell.running = false;
  }

  counts() {
    const over = this.trials.filter(({ state }) => /survi|lost/.test(state));
    const lost = over.filter(({ state }) => state === 'lost').length;
    const kinds = over.map(({ same }) => same?.kind);
    const exact = kinds.filter((k) => k === 'bytes' || k === 'pixels').length;
    const bytes = kinds.filter((k) => k === 'bytes').length;
    const same = exact + kinds.filter((k) => k === 'close').length;
    const done = over.length;
    return { done, lost, survived: done - lost, same, exact, bytes };
  }
}
