/**
 * The engine's module with types: what web/wasm/module.c exports. One engine
 * holds one model and one plan, and runs one photo at a time.
 */
import { CutoutError, type ErrorCode } from './errors.js';
import type { GpuList } from './gpu_list.js';
import type { Copy } from './gpu_probe.js';

interface Exports {
  memory?: WebAssembly.Memory;
  __stack_pointer: WebAssembly.Global;
  web_alloc(bytes: number): number;
  web_free(ptr: number, bytes: number): void;
  web_open(ptr: number, bytes: number): number;
  web_close(): void;
  web_plan(w: number, h: number, threads: number, output: number): number;
  web_facts(): number;
  web_prepare(
    ...args: [ptr: number, w: number, h: number, depth: number, spec: number]
  ): number;
  web_infer(): number;
  web_mask_check(): number;
  web_mask(): number;
  web_input(): number;
  web_trim(): void;
  web_matte(
    ...args: [
      ...[ptr: number, w: number, h: number, depth: number],
      ...[out: number, flags: number],
    ]
  ): number;
  web_mask_facts(): number;
  web_message(): number;
  web_version(): number;
  web_threads(n: number): void;
  web_gpu_plan(
    ...args: [w: number, h: number, output: number, limits: number, flags: number]
  ): number;
  web_gpu_text(): number;
  web_gpu_upload_bytes(i: number): number;
  web_gpu_upload(i: number, ptr: number): number;
  web_watch(seed: number): number;
  web_watch_bytes(): number;
  web_watch_probe(run: number): number;
  web_watch_copy(i: number, to: number): void;
  web_watch_check(ptr: number, bytes: number): number;
  web_watch_worst(): number;
  web_photo_plan(w: number, h: number, spec: number, flags: number): number;
  web_photo_text(): number;
  web_photo_upload_bytes(): number;
  web_photo_upload(ptr: number): void;
  web_photo_close(): void;
  web_thread?(worker: number): void;
  web_n_helpers?(): number;
  web_break_helper?(): void;
}

export interface PlanFacts {
  route: string;
  threads: number;
  steps: number;
  arena_bytes: number;
  plan_bytes: number;
  weight_bytes: number;
  /** Activations, scratch and plan: what a run holds besides the model. */
  peak_bytes: number;
  heap_bytes: number;
  heap_most_bytes: number;
  gmac: number;
}

export interface MaskFacts {
  subject: 'found' | 'none' | 'ambiguous';
  min: number;
  max: number;
  mean: number;
  coverage: number;
  uncertain: number;
  box: [number, number, number, number];
}

export interface ModelSpec {
  width: number;
  height: number;
  mean: [number, number, number];
  std: [number, number, number];
  output: string;
}

export interface Matting {
  refine: boolean;
  foreground: boolean;
  invert: boolean;
}

export interface Picture {
  pixels: Uint8Array<ArrayBuffer>; // RGBA, straight alpha
  width: number;
  height: number;
}

const codes: Record<number, ErrorCode> = {
  1: 'no-memory',
  2: 'bad-option',
  3: 'corrupt',
  5: 'too-large',
  6: 'cancelled',
  7: 'wrong-result',
};

const unsupported = 4; // CUT_UNSUPPORTED

const flagsOf = ({ refine, foreground, invert }: Matting) =>
  (refine ? 0 : 1) | (foreground ? 0 : 2) | (invert ? 4 : 0);

const page = 65536;
const stackBytes = 256 * 1024;

export interface Imports {
  module: WebAssembly.Module;
  /** Given when the module is one with threads. */
  memory: WebAssembly.Memory | undefined;
}

/** The share done of the running call, 0 to 1. */
export type OnShare = (done: number) => void;

async function instantiate(imports: Imports, onShare: OnShare) {
  const instance = await WebAssembly.instantiate(imports.module, {
    page: {
      progress: (done: number) => (onShare(done), 1),
      clock: () => performance.now(),
    },
    ...(imports.memory && { env: { memory: imports.memory } }),
  });
  return instance.exports as unknown as Exports;
}

/** Memory that the module's threads share; grows up to 2 GiB. */
export function sharedMemory(): WebAssembly.Memory {
  const sizes = { initial: 4 * 1024 * 1024, maximum: 2 ** 31 };
  return new WebAssembly.Memory({
    initial: sizes.initial / page,
    maximum: sizes.maximum / page,
    shared: true,
  });
}

/** What a helper thread needs to join an engine. */
export interface HelperSeat extends Imports {
  worker: number;
  stackTop: number;
}

/** Gives the body of a helper thread, which does not return. */
export async function takeSeat(seat: HelperSeat): Promise<() => never> {
  const exports = await instantiate(seat, () => {});
  exports.__stack_pointer.value = seat.stackTop;
  return () => {
    exports.web_thread!(seat.worker);
    throw new CutoutError('crash', 'a helper thread came back');
  };
}

export class Engine {
  private constructor(
    private readonly exports: Exports,
    private readonly memory: WebAssembly.Memory,
    private readonly imports: Imports,
  ) {}

  static async create(imports: Imports, onShare: OnShare): Promise<Engine> {
    const exports = await instantiate(imports, onShare);
    const memory = imports.memory ?? exports.memory!;
    return new Engine(exports, memory, imports);
  }

  /** Seats for helpers `from` to `n`, each with a stack of its own. */
  helperSeats(from: number, n: number): HelperSeat[] {
    return Array.from({ length: Math.max(0, n - from) }, (_, i) => ({
      ...this.imports,
      worker: from + i + 1,
      stackTop: this.alloc(stackBytes) + stackBytes,
    }));
  }

  helpersArrived(): number {
    return this.exports.web_n_helpers?.() ?? 0;
  }

  /** For tests: a helper traps at its work. Never comes back. */
  breakHelper(): void {
    this.exports.web_break_helper?.();
  }

  memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  version(): string {
    return this.text(this.exports.web_version());
  }

  /** Room for `bytes` in the module; 64-byte aligned. */
  alloc(bytes: number): number {
    const ptr = this.exports.web_alloc(bytes) >>> 0;
    if (!ptr) {
      const mb = Math.ceil(bytes / 1e6);
      throw new CutoutError(
        'no-memory',
        `The browser gave no more memory: ${mb} MB were needed.`,
        { where: 'wasm' },
      );
    }
    return ptr;
  }

  free(ptr: number, bytes: number): void {
    this.exports.web_free(ptr, bytes);
  }

  /** A view that the next allocation may cut off. */
  bytes(ptr: number, n: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, ptr, n);
  }

  open(ptr: number, bytes: number): void {
    this.check(this.exports.web_open(ptr, bytes));
  }

  plan(spec: ModelSpec, threads: number): PlanFacts {
    const { width, height, output } = spec;
    this.withBytes(new TextEncoder().encode(`${output}\0`), (name) =>
      this.check(this.exports.web_plan(width, height, threads, name)),
    );
    return this.facts();
  }

  /** Instead of `plan`: for a GPU with these limits (web_gpu_plan). */
  gpuPlan(spec: ModelSpec, limits: number[], flags: number): GpuList {
    const { width, height, output } = spec;
    const words = new Uint8Array(Int32Array.from(limits).buffer);
    this.withBytes(new TextEncoder().encode(`${output}\0`), (name) =>
      this.withBytes(words, (ptr) =>
        this.check(
          this.exports.web_gpu_plan(width, height, name, ptr, flags),
        ),
      ),
    );
    return JSON.parse(this.text(this.exports.web_gpu_text())) as GpuList;
  }

  /** What goes into a buffer of the GPU before the first run. */
  gpuUpload(i: number): Uint8Array {
    const n = this.exports.web_gpu_upload_bytes(i);
    const ptr = this.alloc(n);
    try {
      this.check(this.exports.web_gpu_upload(i, ptr));
      return this.bytes(ptr, n).slice();
    } finally {
      this.free(ptr, n);
    }
  }

  /** Runs on the GPU will be looked at; how many bytes that takes at most. To
   * be asked while the model is there; `seed` is any number. */
  gpuWatch(seed: number): number {
    this.check(this.exports.web_watch(seed));
    return this.exports.web_watch_bytes();
  }

  /** What is to be copied in the run with this number. */
  gpuProbe(run: number): Copy[] {
    const n = this.exports.web_watch_probe(run);
    return this.withBytes(new Uint8Array(32), (ptr) =>
      Array.from({ length: n }, (_, i) => {
        this.exports.web_watch_copy(i, ptr);
        return [...new Float64Array(this.memory.buffer, ptr, 4)] as Copy;
      }),
    );
  }

  /** Fails when that does not fit together; gives the largest error, of what
   * is allowed. */
  gpuCheck(copied: Uint8Array): number {
    const some = copied.length ? copied : new Uint8Array(4); // no convolutions
    this.withBytes(some, (ptr) =>
      this.check(this.exports.web_watch_check(ptr, copied.length)),
    );
    return this.exports.web_watch_worst();
  }

  /** The photo's list beside that of `gpuPlan`, and what goes into its buffer
   * of parameters; or why this GPU cannot hold such a photo. */
  photoPlan(
    { width, height }: { width: number; height: number },
    spec: ModelSpec,
    matting: Matting,
  ): { list: GpuList; upload: Uint8Array } | string {
    const status = this.withSpec(spec, (ptr) =>
      this.exports.web_photo_plan(width, height, ptr, flagsOf(matting)),
    );
    if (status === unsupported) return this.text(this.exports.web_message());
    this.check(status);
    const n = this.exports.web_photo_upload_bytes();
    const ptr = this.alloc(n);
    this.exports.web_photo_upload(ptr);
    const upload = this.bytes(ptr, n).slice();
    const text = this.text(this.exports.web_photo_text());
    this.free(ptr, n);
    this.exports.web_photo_close();
    return { list: JSON.parse(text) as GpuList, upload };
  }

  /** Of `matte`, when the plan is for a GPU. */
  setThreads(n: number): void {
    this.exports.web_threads(n);
  }

  facts(): PlanFacts {
    return JSON.parse(this.text(this.exports.web_facts())) as PlanFacts;
  }

  prepare(photo: number, width: number, height: number, spec: ModelSpec) {
    this.withSpec(spec, (ptr) =>
      this.check(this.exports.web_prepare(photo, width, height, 8, ptr)),
    );
  }

  infer(): void {
    this.check(this.exports.web_infer());
  }

  /** The input tensor, as bytes; `n` numbers. */
  input(n: number): Uint8Array {
    return this.bytes(this.exports.web_input(), 4 * n);
  }

  /** The mask as the network gave it; `n` is width times height. */
  mask(n: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.exports.web_mask(), n);
  }

  /** Fails when the mask cannot be right. */
  judge(): MaskFacts {
    this.check(this.exports.web_mask_check());
    return JSON.parse(this.text(this.exports.web_mask_facts())) as MaskFacts;
  }

  /** Gives the activations back to the module's heap. */
  trim(): void {
    this.exports.web_trim();
  }

  matte(
    photo: number,
    width: number,
    height: number,
    out: number,
    matting: Matting,
  ): void {
    const flags = flagsOf(matting);
    this.check(
      this.exports.web_matte(photo, width, height, 8, out, flags),
    );
  }

  private withSpec<T>({ mean, std }: ModelSpec, use: (ptr: number) => T): T {
    const numbers = new Float32Array([...mean, ...std]);
    return this.withBytes(new Uint8Array(numbers.buffer), use);
  }

  private withBytes<T>(data: Uint8Array, use: (ptr: number) => T): T {
    const ptr = this.alloc(data.length);
    this.bytes(ptr, data.length).set(data);
    try {
      return use(ptr);
    } finally {
      this.free(ptr, data.length);
    }
  }

  private check(status: number): void {
    if (!status) return;
    const message = this.text(this.exports.web_message());
    throw new CutoutError(codes[status] ?? 'engine', message, {
      where: 'wasm',
    });
  }

  private text(address: number): string {
    const memory = new Uint8Array(this.memory.buffer);
    const start = address >>> 0;
    // a shared view cannot be decoded; slice copies it
    const bytes = memory.slice(start, memory.indexOf(0, start));
    return new TextDecoder().decode(new Uint8Array(bytes));
  }
}
