/**
 * The photo's way over the GPU: up once, through the network, down once as the
 * cut-out with the mask that it was made from. The list beside the network's
 * is for photos of one size; see src/gpu/photo.h.
 */
import type { GpuDevice } from './gpu_device.js';
import { GpuPlan } from './gpu.js';
import type { GpuList, GpuOptions, GpuSources } from './gpu.js';
import type { Copy } from './gpu_probe.js';
import { startPipelines } from './gpu_pipeline.js';

export type PhotoStage = 'prepare' | 'inference' | 'refinement';

export interface PhotoOptions {
  signal?: AbortSignal;
  /** Copied of the network's run, for its `probed`. */
  probe?: Copy[];
  /** Called when the stage begins, and waited for. */
  onStage?: (stage: PhotoStage) => void | Promise<void>;
  /** The share done of the stage, 0 to 1. */
  onProgress?: (done: number) => void;
}

export interface PhotoRun {
  /** RGBA, straight alpha. */
  cutout: Uint8Array<ArrayBuffer>;
  /** The network's output as it is, [height, width]. */
  mask: Float32Array<ArrayBuffer>;
  /** Each without the photo's way up and the way down of the results. */
  ms: Record<PhotoStage | 'upload' | 'readback', number>;
}

export class GpuPhoto {
  private constructor(
    private readonly network: GpuPlan,
    private readonly plan: GpuPlan,
  ) {}

  /** Begins to compile what such lists need. */
  static async compile(
    gpu: GpuDevice,
    list: GpuList,
    sources: GpuSources,
  ): Promise<void> {
    await startPipelines(gpu, list, sources);
  }

  /** `network` must stay as long as this. */
  static async create(
    gpu: GpuDevice,
    network: GpuPlan,
    list: GpuList,
    sources: GpuSources,
    options: GpuOptions = {},
  ): Promise<GpuPhoto> {
    const plan = await GpuPlan.create(gpu, list, sources, options, network);
    return new GpuPhoto(network, plan);
  }

  /** Of what `create` took: handing parameters to the device. */
  get uploadMs(): number {
    return this.plan.uploadMs;
  }

  get allocatedBytes(): number {
    return this.plan.allocatedBytes;
  }

  /** RGBA pixels of the list's size. */
  async run(pixels: Uint8Array, options: PhotoOptions = {}): Promise<PhotoRun> {
    const { onStage, probe, ...common } = options;
    const ms = { prepare: 0, inference: 0, refinement: 0 };
    let stage: PhotoStage = 'prepare';
    let start = performance.now();
    const next = async (following: PhotoStage) => {
      ms[stage] = performance.now() - start;
      stage = following;
      await onStage?.(stage);
      start = performance.now();
    };
    const between = async () => {
      await next('inference');
      await this.network.compute({ ...common, probe });
      await next('refinement');
    };
    await onStage?.(stage);
    const { outputs, uploadMs, readMs } = //
      await this.plan.run([pixels], { ...common, between });
    await this.network.fetchProbe();
    ms[stage] = performance.now() - start;
    return {
      cutout: new Uint8Array(outputs[0]!),
      mask: new Float32Array(outputs[1]!),
      ms: {
        prepare: ms.prepare - uploadMs,
        upload: this.plan.uploadMs + uploadMs,
        inference: ms.inference,
        refinement: ms.refinement - readMs,
        readback: readMs,
      },
    };
  }

  /** Gives the memory back; the network's stays. */
  destroy(): void {
    this.plan.destroy();
  }
}
