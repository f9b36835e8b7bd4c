/**
 * What the policy has to know, from what the browser tells. Plans, canaries and
 * wishes are added by those who have them.
 */
import type { Capabilities } from './capabilities.js';
import type { AdapterFacts, GpuLimits } from './gpu_device.js';
import type { Policy, PolicyFacts } from './policy.js';

/** As the browser names things; `navigator` has it. */
export interface Browser {
  userAgent: string;
  maxTouchPoints: number;
  userAgentData?: { mobile?: boolean };
}

/** iPads call themselves Macintosh, but have a touch screen. */
export function platformOf(browser: Browser): PolicyFacts['platform'] {
  const { userAgent, maxTouchPoints, userAgentData } = browser;
  const mac = userAgent.includes('Macintosh');
  if (/iPhone|iPad|iPod/.test(userAgent) || (mac && maxTouchPoints > 1))
    return 'ios';
  if (userAgent.includes('Android')) return 'android';
  const mobile = userAgentData?.mobile || /\bMobile\b/.test(userAgent);
  return mobile ? 'mobile' : 'desktop';
}

export function browserFacts(
  can: Capabilities,
  browser: Browser = navigator,
): Partial<PolicyFacts> {
  return {
    simd: !can.simd ? 'none' : can.relaxedSimd ? 'relaxed' : 'simd128',
    cross_origin_isolated: can.crossOriginIsolated,
    shared_memory: can.sharedMemory && can.atomics,
    cores: can.cores,
    device_memory: can.deviceMemory ?? 0,
    platform: platformOf(browser),
    webgpu: 'gpu' in browser && browser.gpu ? 'no-adapter' : 'absent',
  };
}

/** Of an adapter, with the limits that it can give. */
export function adapterFacts(
  policy: Policy,
  adapter: AdapterFacts,
  limits: Omit<GpuLimits, 'offsetAlignment'>,
): Partial<PolicyFacts> {
  return {
    webgpu: 'present',
    adapter: policy.adapter(adapter),
    fallback_adapter: adapter.fallback,
    shader_f16: adapter.f16,
    subgroups: adapter.subgroups > 0,
    timestamp_query: adapter.timestamps,
    max_buffer_bytes: limits.maxBufferBytes,
    max_binding_bytes: limits.maxBindingBytes,
    max_workgroup_bytes: limits.maxWorkgroupBytes,
    max_invocations: limits.maxInvocations,
    max_storage_bindings: limits.maxStorageBindings,
  };
}

/** What canaries and failures are remembered for: another browser, driver or
 * engine has another number. */
export function environmentOf(
  policy: Policy,
  version: string,
  adapter?: AdapterFacts,
  browser: Browser = navigator,
): number {
  const { vendor, architecture, description } = adapter ?? {};
  const names = [version, browser.userAgent, vendor, architecture, description];
  return policy.environment(names.join('\n'));
}

/** Days since 1970. */
export const today = () => Date.now() / 864e5;
