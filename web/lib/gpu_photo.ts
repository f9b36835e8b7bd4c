/**
 * The photo's way over the GPU: up once, through the network, down once as the
 * cut-out with the mask that it was made from. The list beside the network's
 * is for photos of one size; see src/gpu/photo.h.
 */
import type { GpuDevice } from './gpu_device.js';
import { GpuPlan, type GpuList, type GpuSources } from './gpu.js';

export type PhotoStage = 'prepare' | 'inference' | 'refinement';

export interface PhotoOptions {
  signal?: AbortSignal;
  /** The share done of a stage, 0 to 1. */
  onProgress?: (stage: PhotoStage, done: number) => void;
}

export interface PhotoRun {
  /** RGBA, straight alpha. */
  cutout: Uint8Array<ArrayBuffer>;
  /** The network's output as it is, [height, width]. */
  mask: Float32Array<ArrayBuffer>;
  /** The photo's way up is part of the first, the way down of the last. */
  ms: Record<PhotoStage, number>;
}

export class GpuPhoto {
  private constructor(
    private readonly network: GpuPlan,
    private readonly plan: GpuPlan,
  ) {}

  /** `network` must stay as long as this. */
  static async create(
    gpu: GpuDevice,
    network: GpuPlan,
    list: GpuList,
    sources: GpuSources,
    signal?: AbortSignal,
  ): Promise<GpuPhoto> {
    const options = signal && { signal };
    const plan = await GpuPlan.create(gpu, list, sources, options, network);
    return new GpuPhoto(network, plan);
  }

  get allocatedBytes(): number {
    return this.plan.allocatedBytes;
  }

  /** RGBA pixels of the list's size. */
  async run(pixels: Uint8Array, options: PhotoOptions = {}): Promise<PhotoRun> {
    const { signal, onProgress } = options;
    const abort = signal && { signal };
    const starts = [performance.now()];
    let stage: PhotoStage = 'prepare';
    const tell = (done: number) => onProgress?.(stage, done);
    const between = async () => {
      starts.push(performance.now());
      stage = 'inference';
      await this.network.compute({ ...abort, onProgress: tell });
      starts.push(performance.now());
      stage = 'refinement';
    };
    const { outputs } = await this.plan.run([pixels], {
      ...abort,
      onProgress: tell,
      between,
    });
    const [start, inference, refinement] = starts as [number, number, number];
    return {
      cutout: new Uint8Array(outputs[0]!),
      mask: new Float32Array(outputs[1]!),
      ms: {
        prepare: inference - start,
        inference: refinement - inference,
        refinement: performance.now() - refinement,
      },
    };
  }

  /** Gives the memory back; the network's stays. */
  destroy(): void {
    this.plan.destroy();
  }
}
