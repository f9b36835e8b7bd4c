/**
 * A WebGPU device that cannot be waited for in vain. `guard` and `scoped` wrap
 * everything that waits: they reject with a CutoutError whose code begins with
 * "gpu-" when a call is refused, memory is out, or the device is lost. After a
 * failure that no scope caught the device counts as broken: every later call
 * rejects.
 */
import { cancelled, CutoutError, throwIfAborted } from './errors.js';

export interface AdapterFacts {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** A CPU that plays a GPU. */
  fallback: boolean;
  f16: boolean;
  /** The smallest subgroup; 0: no subgroups. */
  subgroups: number;
  timestamps: boolean;
}

/** What a plan depends on. */
export interface GpuLimits {
  maxBufferBytes: number;
  maxBindingBytes: number;
  maxStorageBindings: number;
  maxWorkgroupBytes: number;
  maxInvocations: number;
  offsetAlignment: number;
}

export interface DeviceOptions {
  /** WebGPU's default limits, although the adapter has more. */
  defaultLimits?: boolean;
  /** Time dispatches, where that is possible. */
  timestamps?: boolean;
}

const raised = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
] as const;

/** Numbers of the specification (WebGPU 5.1, 5.3, 8.2): Node.js has no global
 * names for them. */
export const bufferUsage = {
  mapForReading: 0x1,
  copyFrom: 0x4,
  copyTo: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
};
export const mapRead = 0x1;
export const visibleToCompute = 0x4;

const filters = ['validation', 'out-of-memory', 'internal'] as const;

function isFallback(adapter: GPUAdapter): boolean {
  const { info } = adapter as { info: GPUAdapterInfo };
  const old = (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter;
  const names = `${info.vendor} ${info.architecture} ${info.description}`;
  return (
    (info.isFallbackAdapter ?? old ?? false) ||
    /swiftshader|llvmpipe|lavapipe|basic render/i.test(names)
  );
}

export function adapterFacts(adapter: GPUAdapter): AdapterFacts {
  const { info, features } = adapter;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    fallback: isFallback(adapter),
    f16: features.has('shader-f16'),
    subgroups: features.has('subgroups') ? info.subgroupMinSize || 1 : 0,
    timestamps: features.has('timestamp-query'),
  };
}

/** Of an adapter: what a device can have; of a device: what it has. */
export function limitsOf({ limits }: GPUAdapter | GPUDevice): GpuLimits {
  return {
    maxBufferBytes: limits.maxBufferSize,
    maxBindingBytes: limits.maxStorageBufferBindingSize,
    maxStorageBindings: limits.maxStorageBuffersPerShaderStage,
    maxWorkgroupBytes: limits.maxComputeWorkgroupStorageSize,
    maxInvocations: limits.maxComputeInvocationsPerWorkgroup,
    offsetAlignment: limits.minStorageBufferOffsetAlignment,
  };
}

export async function requestAdapter(gpu?: GPU): Promise<GPUAdapter | null> {
  const { gpu: ours } = (globalThis.navigator ?? {}) as { gpu?: GPU };
  const from = gpu ?? ours;
  if (!from) return null;
  return from.requestAdapter({ powerPreference: 'high-performance' });
}

/** Names of the constructors are stable; `instanceof` needs globals. */
export function gpuError(error: unknown, what: string): CutoutError {
  if (error instanceof CutoutError) return error;
  const { message = String(error) } = error as { message?: string };
  const name = (error as object).constructor.name;
  const text = `${what}: ${message.trim().split('\n')[0]}`;
  if (name === 'GPUOutOfMemoryError' || error instanceof RangeError)
    return new CutoutError('gpu-memory', text);
  if (name === 'GPUValidationError' && /\bWGSL\b/.test(message))
    return new CutoutError('gpu-shader', text);
  if (name === 'GPUValidationError' || error instanceof TypeError)
    return new CutoutError('gpu-validation', text);
  return new CutoutError('gpu-internal', text);
}

export class GpuDevice {
  /** Why the device cannot be used any more. */
  failure: CutoutError | undefined;
  readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly layouts = new Map<string, GPUBindGroupLayout>();
  readonly modules = new Map<string, GPUShaderModule>();
  private readonly waiting = new Set<(why: CutoutError) => void>();

  private constructor(
    readonly device: GPUDevice,
    readonly facts: AdapterFacts,
  ) {
    void device.lost.then(({ reason, message }) =>
      this.fail(
        new CutoutError(
          'gpu-lost',
          `The GPU was lost (${reason}): ${message}`,
          { where: 'gpu', reason },
        ),
      ),
    );
    device.onuncapturederror = ({ error }) => this.fail(gpuError(error, 'GPU'));
  }

  static async request(
    gpu?: GPU,
    options: DeviceOptions = {},
  ): Promise<GpuDevice> {
    const adapter = await requestAdapter(gpu).catch(() => null);
    if (!adapter)
      throw new CutoutError('gpu-none', 'The browser gives no GPU.');
    const facts = adapterFacts(adapter);
    const limits: Record<string, number> = {};
    if (!options.defaultLimits)
      for (const name of raised) limits[name] = adapter.limits[name];
    const features: GPUFeatureName[] = [];
    if (facts.f16) features.push('shader-f16');
    if (facts.subgroups) features.push('subgroups' as GPUFeatureName);
    if (facts.timestamps && options.timestamps)
      features.push('timestamp-query');
    try {
      const device = await adapter.requestDevice({
        requiredFeatures: features,
        requiredLimits: limits,
      });
      return new GpuDevice(device, facts);
    } catch (error) {
      const { message } = error as Error;
      throw new CutoutError('gpu-none', `The GPU gives no device: ${message}`);
    }
  }

  /** Everything that waits, and whatever comes later, fails with this. */
  fail(why: CutoutError): void {
    this.failure ??= why;
    for (const reject of this.waiting) reject(this.failure);
    this.waiting.clear();
  }

  /** `promise`, or the failure of the device, or the cancelling. */
  guard<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
    promise.catch(() => {});
    if (this.failure) return Promise.reject(this.failure);
    return new Promise<T>((resolve, reject) => {
      const abort = () => reject(cancelled());
      const settle = () => {
        this.waiting.delete(reject);
        signal?.removeEventListener('abort', abort);
      };
      signal?.addEventListener('abort', abort);
      this.waiting.add(reject);
      promise
        .then(resolve, (error: unknown) => this.explain(error).then(reject))
        .finally(settle);
      if (signal?.aborted) abort();
    });
  }

  /** A call may fail a moment before its device is known to be lost. */
  private async explain(error: unknown): Promise<CutoutError> {
    const soon = new Promise((done) => setTimeout(done, 50));
    await Promise.race([this.device.lost, soon]);
    return this.failure ?? gpuError(error, 'GPU');
  }

  /** Runs `body`; rejects when any of its calls was refused. */
  async scoped<T>(
    what: string,
    body: () => T | Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    throwIfAborted(signal);
    if (this.failure) throw this.failure;
    for (const filter of filters) this.device.pushErrorScope(filter);
    let found: Promise<(GPUError | null)[]> | undefined;
    const pop = () =>
      (found ??= Promise.all(filters.map(() => this.device.popErrorScope())));
    try {
      const value = await body();
      const error = (await this.guard(pop())).find(Boolean);
      if (error) throw gpuError(error, what);
      return value;
    } catch (thrown) {
      const error = (await this.guard(pop())).find(Boolean);
      throw error ? gpuError(error, what) : gpuError(thrown, what);
    }
  }

  destroy(): void {
    this.fail(cancelled());
    this.pipelines.clear();
    this.layouts.clear();
    this.modules.clear();
    this.device.destroy();
  }
}
