/**
 * cutout: removes the background of a photo, in this tab.
 *
 *     const { blob, receipt } = await cutout.run(file, {
 *       onProgress: ({ stage, loaded, total }) => ...,
 *       signal: controller.signal,
 *     });
 */
import { adapter, capabilities, gpuRoutes, routes } from './capabilities.js';
import { CutoutError } from './errors.js';
import { device, findAdapter, tryGpu } from './device.js';
import * as job from './job.js';
import * as models from './models.js';
import { forgetPast, readPast } from './past.js';
import { browserOf, telemetry, telemetryOf } from './telemetry.js';
import type { EncodeOptions, Result, RunOptions, Source } from './types.js';
import { mediaWorker } from './workers.js';

export * from './types.js';
export { browserOf } from './telemetry.js';
export { CutoutError, type ErrorCode } from './errors.js';
export { failureKinds, type FailureKind } from './failures.js';
export { deeds, moments, parseChaos, type Deed } from './chaos.js';
export type { Mark } from './policy.js';
export type { ModelEntry } from './registry.js';
export { isRoute, type Capabilities, type Route } from './capabilities.js';
export type { StoredModel } from './models.js';
export { defaultModel } from './registry.js';

/** Receipts go nowhere unless `cutout.telemetry.enable()` was called. */
async function run(source: Source, options?: RunOptions): Promise<Result> {
  try {
    const result = await job.run(source, options);
    telemetry.add(result.receipt);
    return result;
  } catch (error) {
    if (error instanceof CutoutError && error.receipt)
      telemetry.add(error.receipt);
    throw error;
  }
}

/** What is remembered of this device's failures, between visits. */
const past = { list: readPast, forget: forgetPast };

/** What telemetry would tell of a job. */
function told(receipt: Parameters<typeof telemetryOf>[0]) {
  return telemetryOf(receipt, browserOf(navigator.userAgent));
}

/** Another file format of a cut-out, without cutting out again. */
async function convert(file: Blob, options: EncodeOptions): Promise<Blob> {
  const media = mediaWorker();
  try {
    return await media.call<Blob>('convert', [file, options]);
  } finally {
    media.close(new CutoutError('crash', 'The job is over.'));
  }
}

export const cutout = {
  ...{ run, warm: job.warm, convert, models, telemetry, told, past },
  ...{ capabilities, adapter, routes, gpuRoutes, device, findAdapter, tryGpu },
};
