/** Pipelines and their layouts, made once per device. */
import { CutoutError } from './errors.js';
import { visibleToCompute, type GpuDevice } from './gpu_device.js';
import type { GpuList, GpuSources, PipelineSpec } from './gpu_list.js';

export function layoutOf(gpu: GpuDevice, letters: string): GPUBindGroupLayout {
  const types: Record<string, GPUBufferBindingType> = {
    u: 'uniform',
    w: 'storage',
    r: 'read-only-storage',
  };
  const made = gpu.layouts.get(letters);
  if (made) return made;
  const layout = gpu.device.createBindGroupLayout({
    entries: [...letters].map((letter, binding) => ({
      binding,
      visibility: visibleToCompute,
      buffer: { type: types[letter]! },
    })),
  });
  gpu.layouts.set(letters, layout);
  return layout;
}

function moduleOf(gpu: GpuDevice, spec: PipelineSpec, sources: GpuSources) {
  const parts = spec.shader.split('+').map((name) => {
    const text = sources.shader(name);
    if (text !== undefined) return text;
    throw new CutoutError('gpu-shader', `There is no shader '${name}'.`);
  });
  const code = [spec.head, ...parts].join('\n');
  let module = gpu.modules.get(code);
  if (!module) {
    module = gpu.device.createShaderModule({ label: spec.shader, code });
    gpu.modules.set(code, module);
  }
  return module;
}

const infos = new WeakMap<GPUShaderModule, Promise<GPUCompilationInfo>>();

/** Asked once: Chromium 156 never answers a second time. */
function infoOf(module: GPUShaderModule): Promise<GPUCompilationInfo> {
  const info = infos.get(module) ?? module.getCompilationInfo();
  infos.set(module, info);
  return info;
}

/** The first complaint of the compiler, with the place in the file. */
async function complaint(module: GPUShaderModule, head: string) {
  const { messages } = await infoOf(module);
  const first = messages.find(({ type }) => type === 'error');
  if (!first) return undefined;
  const line = first.lineNum - head.split('\n').length;
  return `${line > 0 ? `line ${line}` : 'its head'}: ${first.message}`;
}

async function makePipeline(
  gpu: GpuDevice,
  spec: PipelineSpec,
  sources: GpuSources,
): Promise<GPUComputePipeline> {
  const { device } = gpu;
  const module = moduleOf(gpu, spec, sources);
  const bindGroupLayouts = [layoutOf(gpu, spec.layout)];
  try {
    return await gpu.guard(
      device.createComputePipelineAsync({
        label: spec.shader,
        layout: device.createPipelineLayout({ bindGroupLayouts }),
        compute: { module, constants: spec.constants },
      }),
    );
  } catch (error) {
    if (gpu.failure) throw gpu.failure;
    const found = await gpu.guard(complaint(module, spec.head));
    const why = found ?? (error as Error).message;
    throw new CutoutError('gpu-shader', `Shader '${spec.shader}', ${why}`);
  }
}

/** Creation begins before this returns. */
export function pipelineOf(
  gpu: GpuDevice,
  spec: PipelineSpec,
  sources: GpuSources,
): Promise<GPUComputePipeline> {
  const { shader, head, constants, layout } = spec;
  const key = JSON.stringify([shader, head, constants, layout]);
  let made = gpu.pipelines.get(key);
  if (!made) {
    made = makePipeline(gpu, spec, sources);
    gpu.pipelines.set(key, made);
    made.catch(() => gpu.pipelines.delete(key));
  }
  return made;
}

/** Starts all of a list; boxed, as a promise cannot be returned as such. */
export async function startPipelines(
  gpu: GpuDevice,
  { pipelines }: GpuList,
  sources: GpuSources,
  onProgress?: (done: number) => void,
): Promise<{ all: Promise<GPUComputePipeline[]> }> {
  let all!: Promise<GPUComputePipeline[]>;
  let made = 0;
  const start = () => {
    const each = pipelines.map(async (spec) => {
      const pipeline = await pipelineOf(gpu, spec, sources);
      onProgress?.(++made / pipelines.length);
      return pipeline;
    });
    all = Promise.all(each);
    all.catch(() => {});
  };
  await gpu.scoped('Shaders', start).catch(async (error: unknown) => {
    await gpu.guard(all); // whose own error says more
    throw error;
  });
  return { all };
}
