/**
 * The GPU half of an engine: the module plans and packs the weights, the
 * device computes, the mask goes back into the module.
 */
import type { Engine, Matting, ModelSpec, Picture } from './engine.js';
import type { GpuRoute } from './capabilities.js';
import { GpuPlan, type GpuList, type GpuOptions } from './gpu.js';
import {
  GpuDevice,
  limitsOf,
  type AdapterFacts,
  type GpuLimits,
} from './gpu_device.js';
import { GpuPhoto } from './gpu_photo.js';
import type { Copy } from './gpu_probe.js';
import { shaderSource } from './gpu_shaders.js';
import { CutoutError } from './errors.js';

/** What a GPU route holds and took; part of the receipt. */
export interface GpuFacts {
  adapter: AdapterFacts;
  planned_bytes: number;
  allocated_bytes: number;
  pipelines: number;
  dispatches: number;
  /** Asking for the device, planning; compiling and uploading, which overlap;
   * uploading alone. */
  ms: { device: number; plan: number; create: number; upload: number };
}

export const flagsOf = (
  { f16, subgroups, fallback }: AdapterFacts,
  wanted: boolean,
) =>
  (f16 ? 1 : 0) | (subgroups ? 2 : 0) | (wanted ? 4 : 0) | (fallback ? 8 : 0);

/** As web_gpu_plan wants them. */
export function limitWords(limits: GpuLimits, facts: AdapterFacts): number[] {
  const kib = (bytes: number) => Math.floor(bytes / 1024);
  return [
    kib(limits.maxBufferBytes),
    kib(limits.maxBindingBytes),
    limits.maxStorageBindings,
    limits.maxWorkgroupBytes,
    limits.maxInvocations,
    limits.offsetAlignment,
    facts.subgroups,
  ];
}

/** Pipelines are the same for photos of all sizes. */
async function compilePhoto(
  engine: Engine,
  gpu: GpuDevice,
  spec: ModelSpec,
): Promise<void> {
  const size = { width: 64, height: 64 };
  const usual = { refine: true, foreground: true, invert: false };
  const planned = engine.photoPlan(size, spec, usual);
  if (typeof planned === 'string') return;
  const upload = () => planned.upload;
  await GpuPhoto.compile(gpu, planned.list, { shader: shaderSource, upload });
}

const anyNumber = () => crypto.getRandomValues(new Uint32Array(1))[0]!;

/** A photo that this GPU has no room for is the processor's. */
const noRoom = (error: unknown) =>
  error instanceof CutoutError && error.code === 'gpu-memory';

export class GpuSession {
  private constructor(
    private readonly plan: GpuPlan,
    /** The number of the next run: from job to job others are looked at. */
    private run: number,
    readonly facts: GpuFacts,
  ) {}

  /** The model may be closed when this has resolved. `photos`: some will come
   * besides tensors. */
  static async open(
    engine: Engine,
    spec: ModelSpec,
    route: GpuRoute,
    onProgress: (done: number) => void,
    photos = false,
  ): Promise<GpuSession> {
    const start = performance.now();
    const gpu = await GpuDevice.request();
    try {
      const wanted = route === 'webgpu-f16';
      if (wanted && !gpu.facts.f16)
        throw new CutoutError('gpu-none', 'The GPU has no f16 arithmetic.');
      const asked = performance.now();
      const limits = limitWords(limitsOf(gpu.device), gpu.facts);
      const list = engine.gpuPlan(spec, limits, flagsOf(gpu.facts, wanted));
      const seed = anyNumber();
      const probeBytes = engine.gpuWatch(seed);
      const planned = performance.now();
      if (photos) await compilePhoto(engine, gpu, spec);
      const plan = await GpuSession.create(engine, gpu, list, {
        onProgress,
        probeBytes,
      });
      return new GpuSession(plan, seed, {
        adapter: gpu.facts,
        planned_bytes: plan.plannedBytes,
        allocated_bytes: plan.allocatedBytes,
        pipelines: list.pipelines.length,
        dispatches: list.dispatches.length,
        ms: {
          device: asked - start,
          plan: planned - asked,
          create: performance.now() - planned,
          upload: plan.uploadMs,
        },
      });
    } catch (error) {
      gpu.destroy();
      throw error;
    }
  }

  private static create(
    engine: Engine,
    gpu: GpuDevice,
    list: GpuList,
    options: GpuOptions,
  ): Promise<GpuPlan> {
    const sources = {
      shader: shaderSource,
      upload: (i: number) => engine.gpuUpload(i),
    };
    return GpuPlan.create(gpu, list, sources, options);
  }

  /** From the module's input tensor to its mask; what the ways to the device
   * and back took. */
  async infer(
    engine: Engine,
    { width, height }: ModelSpec,
    onProgress: (done: number) => void,
  ): Promise<{ upload: number; readback: number }> {
    const n = width * height;
    const { outputs, uploadMs, readMs } = await this.plan.run(
      [engine.input(3 * n)],
      { onProgress, probe: this.probe(engine) },
    );
    engine.mask(n).set(new Float32Array(outputs[0]!));
    return { upload: uploadMs, readback: readMs };
  }

  /** Of the run that comes next. */
  probe(engine: Engine): Copy[] {
    return engine.gpuProbe(this.run++ >>> 0);
  }

  /** Fails when the last run computed something else than it should. */
  check(engine: Engine): void {
    engine.gpuCheck(this.plan.probed);
  }

  /** Nothing more can be run on it. The browser keeps commands back until one
   * waits for them: without that, what was refused is told in the next job. */
  async isSpent(): Promise<boolean> {
    const { gpu } = this.plan;
    await gpu.guard(gpu.device.queue.onSubmittedWorkDone()).catch(() => {});
    return gpu.failure !== undefined;
  }

  /** For tests that break it. */
  get device(): GPUDevice {
    return this.plan.gpu.device;
  }

  /** The way of photos of one size; or why it is not the GPU's. To be
   * destroyed when the photo is done. */
  async photo(
    engine: Engine,
    spec: ModelSpec,
    picture: Picture,
    matting: Matting,
    onProgress: (done: number) => void,
  ): Promise<GpuPhoto | string> {
    const planned = engine.photoPlan(picture, spec, matting);
    if (typeof planned === 'string') return planned;
    const { list, upload } = planned;
    const sources = { shader: shaderSource, upload: () => upload };
    try {
      const { gpu } = this.plan;
      const options = { onProgress };
      return await GpuPhoto.create(gpu, this.plan, list, sources, options);
    } catch (error) {
      if (noRoom(error)) return (error as CutoutError).message;
      throw error;
    }
  }

  /** Everything on the device is freed, and the device. */
  destroy(): void {
    this.plan.destroy();
    this.plan.gpu.destroy();
  }
}
