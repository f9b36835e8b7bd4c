/** What this device and browser offer, in plain words. */
import { browserOf, cutout } from '../../lib/index.js';
import { megabytes } from './format.js';
import type { Device } from './report.js';

type Row = [name: string, value: string];

const yes = (value: boolean) => (value ? 'yes' : 'no');

const verdicts: Record<string, string> = {
  none: 'not tried yet',
  passed: 'right, and fast enough',
  slow: 'right, but slower than the processor',
  wrong: 'gave wrong results',
  failed: 'did not work',
  crashed: 'did not come back',
};

function gpuName(device: Device): string {
  const found = device?.adapter?.facts;
  if (!cutout.capabilities().webgpu) return 'this browser has no WebGPU';
  if (!found) return 'the browser offers none';
  const { vendor, architecture, description, fallback, f16 } = found;
  const name = [vendor, architecture, description].filter(Boolean).join(' ');
  const kind = fallback ? ', played by the processor' : '';
  return `${name || 'not named'}${kind}${f16 ? ', half precision' : ''}`;
}

function gpuRows(device: Device): Row[] {
  const limits = device?.adapter?.limits;
  if (!device || !limits) return [];
  const { facts } = device;
  const trial = (what: string, verdict = 'none', speed = 0): Row => [
    `Trial, ${what} precision`,
    (verdicts[verdict] ?? verdict) +
      (speed ? `: ${speed.toFixed(speed < 10 ? 1 : 0)} GFLOP/s` : ''),
  ];
  return [
    [
      'GPU limits',
      `buffers of ${megabytes(limits.maxBufferBytes)}, ` +
        `${limits.maxInvocations} threads and ` +
        `${limits.maxWorkgroupBytes / 1024} KiB per group`,
    ],
    ...(device.adapter!.facts.f16
      ? [trial('half', facts.canary_f16, facts.canary_f16_gflops)]
      : []),
    trial('full', facts.canary_f32, facts.canary_f32_gflops),
  ];
}

/** `offline`: a visit without a network finds page and model here. */
export function factsOf(device: Device, offline: boolean): Row[] {
  const can = cutout.capabilities();
  const { family, major } = browserOf(navigator.userAgent);
  return [
    ['Browser', `${family[0]!.toUpperCase()}${family.slice(1)} ${major ?? ''}`],
    ['Processor', `${can.cores} cores, of which ${can.threads} are used`],
    ['Memory', can.deviceMemory ? `${can.deviceMemory} GB or more` : 'not told'],
    ['GPU', gpuName(device)],
    ...gpuRows(device),
    [
      'Isolated',
      can.crossOriginIsolated
        ? 'yes'
        : 'no: one thread only, because the server does not isolate the page',
    ],
    ['SIMD, relaxed', `${yes(can.simd)}, ${yes(can.relaxedSimd)}`],
    ['Works offline', yes(offline)],
  ];
}
