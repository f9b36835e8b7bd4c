/**
 * What a run brings back of its inner steps, so that a few of their results
 * can be computed again (src/gpu/watch.h): pieces of buffers, copied between
 * dispatches, one after the other into a buffer of their own.
 */
import { bufferUsage, mapRead, type GpuDevice } from './gpu_device.js';

/** Before which dispatch of the list, from which of its buffers. */
export type Copy = [
  ...[before: number, buffer: number],
  ...[offset: number, bytes: number],
];

const { copyTo, mapForReading } = bufferUsage;

export class GpuProbe {
  private readonly buffer: GPUBuffer;
  private copies: Copy[] = [];
  private next = 0;
  private at = 0;
  private mapped: Promise<unknown> | undefined;
  /** Of the last run, one after the other. */
  copied = new Uint8Array();

  constructor(
    private readonly gpu: GpuDevice,
    size: number,
  ) {
    const usage = mapForReading | copyTo;
    this.buffer = gpu.device.createBuffer({ size, usage });
  }

  get bytes(): number {
    return this.buffer.size;
  }

  /** Of the run that follows; they come in the order of its dispatches. */
  begin(copies: Copy[]): void {
    this.buffer.unmap();
    this.copies = copies;
    this.next = this.at = 0;
    this.copied = new Uint8Array();
  }

  /** There is something to copy before dispatch `i`. */
  due(i: number): boolean {
    return this.next < this.copies.length && this.copies[this.next]![0] <= i;
  }

  /** Outside of passes. */
  copy(encoder: GPUCommandEncoder, i: number, buffers: GPUBuffer[]): void {
    while (this.due(i)) {
      const [, buffer, offset, bytes] = this.copies[this.next++]!;
      const from = buffers[buffer]!;
      encoder.copyBufferToBuffer(from, offset, this.buffer, this.at, bytes);
      this.at += bytes;
    }
  }

  /** All is submitted: what was copied comes as soon as it is there. */
  send(): void {
    this.mapped = this.buffer.mapAsync(mapRead);
    this.mapped.catch(() => {}); // told to who reads it
  }

  /** After `send`: sets `copied`. */
  async read(): Promise<void> {
    await this.gpu.guard(this.mapped!);
    this.copied = new Uint8Array(
      this.buffer.getMappedRange().slice(0, this.at),
    );
    this.buffer.unmap();
  }

  destroy(): void {
    this.buffer.destroy();
  }
}
