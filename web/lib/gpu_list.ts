/** The dispatch list; see gpu_list_text in src/gpu/gpu.h. */

export type Range = [buffer: number, offset: number, bytes: number];

interface Port {
  name: string;
  buffer: number;
  bytes: number;
  dims: number[];
}

export interface PipelineSpec {
  /** Names of shaders, joined by '+'. */
  shader: string;
  head: string;
  constants: Record<string, number>;
  layout: string;
}

type DispatchSpec = [
  ...[pipeline: number, step: number, x: number, y: number, z: number],
  ...[cost: number, bindings: Range[]],
];

export interface GpuList {
  precision: 'f32' | 'f16';
  bytes: number;
  cost: number;
  /** Of a photo's list: dispatches that come before the network's. */
  before?: number;
  /** A shared one is buffer `of` of the network's list. */
  buffers: { usage: string; bytes: number; of?: number }[];
  inputs: Port[];
  outputs: Port[];
  uploads: Range[];
  pipelines: PipelineSpec[];
  steps: { node: string; op: string; method: string }[];
  dispatches: DispatchSpec[];
}

export interface GpuSources {
  /** WGSL of shaders/<name>.wgsl. */
  shader: (name: string) => string | undefined;
  /** The bytes of upload i; they are copied before the next is asked for. */
  upload: (i: number) => Uint8Array;
}
