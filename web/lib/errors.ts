import type { FailedReceipt } from './types.js';

/** Why something failed, for programs. */
export type ErrorCode =
  | 'cancelled'
  | 'bad-input' // not a picture, or one that is broken
  | 'unsupported-format'
  | 'too-large'
  | 'bad-option'
  | 'no-model' // the server does not have it
  | 'network'
  | 'corrupt' // bytes that do not have the hash they should have
  | 'quota' // the browser gives no more storage
  | 'no-memory'
  | 'engine' // the engine said no
  | 'crash' // a worker died
  | 'hang' // a worker fell silent
  | 'wrong-result' // a mask or a picture that cannot be right
  | 'storage' // the browser's storage does not work
  | 'gpu-none' // no adapter, or it gives no device
  | 'gpu-lost' // the device went away: driver reset, GPU process ended
  | 'gpu-memory'
  | 'gpu-shader' // a shader or pipeline was refused
  | 'gpu-validation' // a call was refused
  | 'gpu-internal'; // a valid call failed

export interface ErrorDetail {
  /** The browser's own word, as of GPUDeviceLostInfo.reason. */
  reason?: string;
  /** Which memory or which worker: gpu, wasm, worker, media. */
  where?: string;
}

export class CutoutError extends Error {
  override readonly name = 'CutoutError';
  /** Of a job that failed: what was tried; see docs/RECEIPT.md. */
  receipt?: FailedReceipt;
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly detail: ErrorDetail = {},
  ) {
    super(message);
  }
}

/** Any thrown value as ours; `code` is for those that are not. */
export function toError(value: unknown, code: ErrorCode): CutoutError {
  if (value instanceof CutoutError) return value;
  const message = value instanceof Error ? value.message : String(value);
  if (value instanceof DOMException && value.name === 'QuotaExceededError')
    return new CutoutError('quota', quotaMessage);
  if (value instanceof RangeError && /memory|allocation/i.test(message))
    return new CutoutError('no-memory', 'The browser gave no more memory.', {
      where: 'worker',
    });
  return new CutoutError(code, message);
}

export const quotaMessage =
  'The browser has no room left for the model. Free some disk space, or ' +
  'delete a stored model, and try again.';

export const cancelled = () => new CutoutError('cancelled', 'Cancelled.');

export function throwIfAborted(signal?: AbortSignal): void {
  if (signal?.aborted) throw cancelled();
}
