/**
 * Replays a dispatch list, planned in C (src/gpu/gpu.h), on a WebGPU device.
 * Everything is made once per plan: buffers exactly as listed, pipelines in
 * parallel, one bind group per dispatch, weights uploaded. A run writes the
 * inputs, submits the dispatches in parts of some 50 ms, two of them under way
 * at most, and reads the outputs back once: so that a browser's watchdog and a
 * person who cancels never wait long.
 */
import { CutoutError, throwIfAborted } from './errors.js';
import { bufferUsage, mapRead, type GpuDevice } from './gpu_device.js';
import type { GpuList, GpuSources, Range } from './gpu_list.js';
import { layoutOf, startPipelines } from './gpu_pipeline.js';
import { GpuProbe, type Copy } from './gpu_probe.js';
import { Timer } from './gpu_timer.js';

export type { GpuList, GpuSources };

export interface GpuOptions {
  signal?: AbortSignal;
  /** The share done, 0 to 1. */
  onProgress?: (done: number) => void;
  /** Time every dispatch; needs a device with timestamps. */
  profile?: boolean;
  /** A plan's: bytes that the copies of a run take at most. */
  probeBytes?: number;
  /** A run's: what is copied for `probed`. */
  probe?: Copy[];
  /** What runs after the first `before` dispatches of the list. */
  between?: () => Promise<void>;
}

export interface GpuRun {
  /** One per output of the list, as long as it says. */
  outputs: ArrayBuffer[];
  submissions: number;
  /** Milliseconds that handing the inputs to the device took. */
  uploadMs: number;
  /** From the end of the last dispatch to the outputs being here. */
  readMs: number;
  /** Milliseconds of every dispatch, with `profile`. */
  dispatchMs: number[] | undefined;
}

const pieceBytes = 8 << 20; // of an upload
const stagingBytes = 32 << 20; // until the queue is waited for
const targetMs = 50; // of a submission
const mostInFlight = 2;

const aligned = (bytes: number, to: number) => Math.ceil(bytes / to) * to;

const { storage, uniform, copyFrom, copyTo, mapForReading } = bufferUsage;
const usages: Record<string, number> = {
  arena: storage | copyFrom,
  input: storage | copyTo | copyFrom,
  params: uniform | copyTo,
  output: storage | copyFrom,
};

/** Multiply-adds per millisecond, learnt from what submissions took. */
class Pace {
  private rate = 1e6;
  private last = 0;

  budget(): number {
    return this.rate * targetMs;
  }

  /** A part submitted at `start` is done; it may have waited for another. */
  done(cost: number, start: number): void {
    const now = performance.now();
    const ms = Math.max(now - Math.max(start, this.last), 0.1);
    this.last = now;
    const seen = cost / ms;
    this.rate = Math.min(Math.max(seen, this.rate / 4), this.rate * 4);
  }
}

interface Dispatch {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  workgroups: [number, number, number];
  cost: number;
}

export class GpuPlan {
  private readonly buffers: GPUBuffer[] = [];
  private dispatches: Dispatch[] = [];
  private readBack: GPUBuffer | undefined;
  private probe: GpuProbe | undefined;
  private readonly pace = new Pace();
  /** Bytes of all buffers of this plan, as the device gave them. */
  allocatedBytes = 0;
  uploadMs = 0;

  private constructor(
    readonly gpu: GpuDevice,
    readonly list: GpuList,
    /** Whose buffers this one shares. */
    private readonly network?: GpuPlan,
  ) {}

  /** Resolves when everything is uploaded and compiled. */
  static async create(
    gpu: GpuDevice,
    list: GpuList,
    sources: GpuSources,
    options: GpuOptions = {},
    network?: GpuPlan,
  ): Promise<GpuPlan> {
    const plan = new GpuPlan(gpu, list, network);
    const { signal, onProgress } = options;
    const share = { compiled: 0, sent: 0 };
    const tell = (more: Partial<typeof share>) => {
      Object.assign(share, more);
      onProgress?.((share.compiled + share.sent) / 2);
    };
    try {
      await gpu.scoped('Buffers', () => plan.makeBuffers(options), signal);
      const { all } = await startPipelines(gpu, list, sources, (compiled) =>
        tell({ compiled }),
      );
      const start = performance.now();
      const onSent = (sent: number) => tell({ sent });
      const weights = () =>
        plan.uploadAll(sources, { signal, onProgress: onSent });
      await gpu.scoped('Uploads', weights, signal);
      plan.uploadMs = performance.now() - start;
      const made = await gpu.guard(all, signal);
      await gpu.scoped('Bind groups', () => plan.bind(made), signal);
      onProgress?.(1);
      return plan;
    } catch (error) {
      plan.destroy();
      throw error;
    }
  }

  /** What the list says that its buffers take, and the read-backs. */
  get plannedBytes(): number {
    return this.list.bytes + this.readBytes + (this.probe?.bytes ?? 0);
  }

  private get readBytes(): number {
    return this.list.outputs.reduce((n, o) => n + aligned(o.bytes, 8), 0);
  }

  private makeBuffer(size: number, usage: number): GPUBuffer {
    const buffer = this.gpu.device.createBuffer({ size, usage });
    this.allocatedBytes += buffer.size;
    return buffer;
  }

  private makeBuffers({ probeBytes }: GpuOptions): void {
    for (const { usage, bytes, of } of this.list.buffers) {
      const flags = usages[usage] ?? storage | copyTo;
      const shared = usage === 'shared' && this.network!.buffers[of!];
      this.buffers.push(shared || this.makeBuffer(bytes, flags));
    }
    this.readBack = this.makeBuffer(
      this.readBytes,
      mapForReading | copyTo,
    );
    if (probeBytes) {
      this.probe = new GpuProbe(this.gpu, aligned(probeBytes, 4));
      this.allocatedBytes += this.probe.bytes;
    }
    if (this.allocatedBytes !== this.plannedBytes)
      throw new CutoutError(
        'engine',
        `Expected ${this.plannedBytes} bytes of GPU memory to be planned but ` +
          `received buffers of ${this.allocatedBytes}.`,
      );
  }

  /** Copies through memory that is not shared; piece by piece. */
  private write(buffer: GPUBuffer, at: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += pieceBytes) {
      const piece = bytes.subarray(i, i + pieceBytes);
      const copy = new Uint8Array(aligned(piece.length, 4));
      copy.set(piece);
      this.gpu.device.queue.writeBuffer(buffer, at + i, copy);
    }
  }

  private async uploadAll(
    sources: GpuSources,
    { signal, onProgress }: GpuOptions,
  ): Promise<void> {
    const { uploads } = this.list;
    const total = uploads.reduce((n, [, , bytes]) => n + bytes, 0);
    let sent = 0;
    let staged = 0;
    for (const [i, [buffer, offset, bytes]] of uploads.entries()) {
      throwIfAborted(signal);
      this.write(this.buffers[buffer]!, offset, sources.upload(i));
      sent += bytes;
      staged += bytes;
      if (staged < stagingBytes) continue;
      await this.gpu.guard(this.gpu.device.queue.onSubmittedWorkDone(), signal);
      staged = 0;
      onProgress?.(sent / total);
    }
    await this.gpu.guard(this.gpu.device.queue.onSubmittedWorkDone(), signal);
  }

  private bind(pipelines: GPUComputePipeline[]): void {
    const entry = ([buffer, offset, size]: Range, binding: number) => ({
      binding,
      resource: { buffer: this.buffers[buffer]!, offset, size },
    });
    this.dispatches = this.list.dispatches.map((spec) => {
      const [index, , x, y, z, cost, ranges] = spec;
      const layout = layoutOf(this.gpu, this.list.pipelines[index]!.layout);
      const entries = ranges.map(entry);
      return {
        pipeline: pipelines[index]!,
        group: this.gpu.device.createBindGroup({ layout, entries }),
        workgroups: [x, y, z],
        cost,
      };
    });
  }

  /** Inputs in the order of the list; each as long as it says. */
  async run(inputs: Uint8Array[], options: GpuOptions = {}): Promise<GpuRun> {
    const { signal, profile } = options;
    const n = this.dispatches.length;
    const timer = profile ? Timer.of(this.gpu, n) : undefined;
    try {
      return await this.gpu.scoped(
        'Run',
        async () => {
          const begin = performance.now();
          this.writeInputs(inputs);
          const uploadMs = performance.now() - begin;
          const { before = 0 } = this.list;
          let submissions = await this.submit(options, timer, 0, before);
          await options.between?.();
          submissions += await this.submit(options, timer, before, n);
          const end = performance.now();
          const outputs = await this.read(signal);
          await this.fetchProbe();
          const readMs = performance.now() - end;
          const dispatchMs = await timer?.read();
          return { outputs, submissions, uploadMs, readMs, dispatchMs };
        },
        signal,
      );
    } finally {
      this.readBack?.unmap();
      timer?.destroy();
    }
  }

  /** Runs the dispatches on buffers that another list writes and reads. */
  async compute(options: GpuOptions = {}): Promise<void> {
    await this.submit(options, undefined, 0, this.dispatches.length);
  }

  private writeInputs(inputs: Uint8Array[]): void {
    for (const [i, { name, buffer, bytes }] of this.list.inputs.entries()) {
      const given = inputs[i]?.length ?? 0;
      if (given !== bytes)
        throw new CutoutError(
          'bad-option',
          `Expected ${bytes} bytes for input '${name}' but received ${given}.`,
        );
      this.write(this.buffers[buffer]!, 0, inputs[i]!);
    }
  }

  /** The end of the part that begins at `at`. */
  private partEnd(at: number, most: number): number {
    const budget = this.pace.budget();
    let cost = this.dispatches[at]!.cost;
    let end = at + 1;
    while (end < most) {
      cost += this.dispatches[end]!.cost;
      if (cost > budget) break;
      end++;
    }
    return end;
  }

  private encode(begin: number, end: number, timer: Timer | undefined) {
    const encoder = this.gpu.device.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    const endPass = () => (pass?.end(), (pass = undefined));
    const copyBefore = (i: number) => {
      if (!this.probe?.due(i)) return;
      endPass(); // a pass copies nothing
      this.probe.copy(encoder, i, this.buffers);
    };
    for (let i = begin; i < end; i++) {
      const { pipeline, group, workgroups } = this.dispatches[i]!;
      copyBefore(i);
      pass ??= encoder.beginComputePass(timer?.pass(i));
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...workgroups);
      if (timer) endPass();
    }
    endPass();
    if (end === this.dispatches.length) {
      copyBefore(end);
      this.copyOutputs(encoder);
      timer?.resolve(encoder);
    }
    return encoder.finish();
  }

  private copyOutputs(encoder: GPUCommandEncoder): void {
    let at = 0;
    for (const { buffer, bytes } of this.list.outputs) {
      const from = this.buffers[buffer]!;
      const size = aligned(bytes, 4);
      encoder.copyBufferToBuffer(from, 0, this.readBack!, at, size);
      at += aligned(bytes, 8);
    }
  }

  private async submit(
    { signal, onProgress, probe = [] }: GpuOptions,
    timer: Timer | undefined,
    from: number,
    to: number,
  ): Promise<number> {
    if (from === 0) this.probe?.begin(probe);
    const { queue } = this.gpu.device;
    const flying: Promise<void>[] = [];
    let submissions = 0;
    const costOf = (begin: number, end: number) =>
      this.dispatches.slice(begin, end).reduce((n, d) => n + d.cost, 0);
    const total = costOf(from, to);
    let sum = 0;
    for (let at = from, end = from; at < to; at = end) {
      throwIfAborted(signal);
      end = this.partEnd(at, to);
      const start = performance.now();
      queue.submit([this.encode(at, end, timer)]);
      submissions++;
      const cost = costOf(at, end);
      const done = queue.onSubmittedWorkDone().then(() => {
        this.pace.done(cost, start);
        sum += cost;
        onProgress?.(total ? sum / total : 1);
      });
      flying.push(this.gpu.guard(done, signal));
      flying.at(-1)!.catch(() => {});
      if (flying.length >= mostInFlight) await flying.shift();
    }
    if (to === this.dispatches.length) this.probe?.send();
    await Promise.all(flying);
    return submissions;
  }

  private async read(signal: AbortSignal | undefined): Promise<ArrayBuffer[]> {
    const buffer = this.readBack!;
    await this.gpu.guard(buffer.mapAsync(mapRead), signal);
    const all = buffer.getMappedRange();
    let at = 0;
    return this.list.outputs.map(({ bytes }) => {
      const copy = all.slice(at, at + bytes);
      at += aligned(bytes, 8);
      return copy;
    });
  }

  /** Fetches what the probe of the last run copied. */
  async fetchProbe(): Promise<void> {
    await this.probe?.read();
  }

  /** It, one after the other. */
  get probed(): Uint8Array {
    return this.probe?.copied ?? new Uint8Array();
  }

  /** Gives the memory back; the device stays. */
  destroy(): void {
    for (const [i, buffer] of this.buffers.entries())
      if (this.list.buffers[i]!.usage !== 'shared') buffer.destroy();
    this.readBack?.destroy();
    this.readBack = undefined;
    this.probe?.destroy();
    this.probe = undefined;
    this.buffers.length = 0;
    this.dispatches = [];
    this.allocatedBytes = 0;
  }
}
