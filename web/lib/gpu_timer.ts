/** Timestamps around every dispatch, each in a pass of its own. */
import { bufferUsage, mapRead, type GpuDevice } from './gpu_device.js';

const mostDispatches = 2048; // a query set has at most 4096 timestamps

export class Timer {
  private constructor(
    private readonly gpu: GpuDevice,
    private readonly n: number,
    private readonly queries: GPUQuerySet,
    private readonly resolved: GPUBuffer,
    private readonly readable: GPUBuffer,
  ) {}

  /** Undefined where the device has no timestamps. */
  static of(gpu: GpuDevice, n: number): Timer | undefined {
    const { device } = gpu;
    if (!device.features.has('timestamp-query') || n > mostDispatches)
      return undefined;
    const { queryResolve, copyFrom, copyTo, mapForReading } = bufferUsage;
    const size = n * 16;
    const make = (usage: number) => device.createBuffer({ size, usage });
    return new Timer(
      gpu,
      n,
      device.createQuerySet({ type: 'timestamp', count: 2 * n }),
      make(queryResolve | copyFrom),
      make(mapForReading | copyTo),
    );
  }

  pass(i: number): GPUComputePassDescriptor {
    return {
      timestampWrites: {
        querySet: this.queries,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      },
    };
  }

  resolve(encoder: GPUCommandEncoder): void {
    const { queries, resolved, readable, n } = this;
    encoder.resolveQuerySet(queries, 0, 2 * n, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, n * 16);
  }

  /** Milliseconds of every dispatch. */
  async read(): Promise<number[]> {
    await this.gpu.guard(this.readable.mapAsync(mapRead));
    const times = new BigUint64Array(this.readable.getMappedRange());
    return Array.from(
      { length: this.n },
      (_, i) => Number(times[2 * i + 1]! - times[2 * i]!) / 1e6,
    );
  }

  destroy(): void {
    this.queries.destroy();
    this.resolved.destroy();
    this.readable.destroy();
  }
}
