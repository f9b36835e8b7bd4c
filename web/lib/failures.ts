/**
 * Kinds of failures: the names of `enum cut_failure` in include/cutout.h, and
 * the rows of docs/FAILURES.md.
 */
import type { CutoutError, ErrorCode } from './errors.js';
import type { Failure as FailureKind } from './policy.js';

export {
  failures as failureKinds,
  type Failure as FailureKind,
} from './policy.js';

/** What is not here is nobody's failure: the photo or a wish is at fault, or
 * the person has cancelled. */
const kinds: Partial<Record<ErrorCode, FailureKind>> = {
  'gpu-lost': 'device-lost',
  'gpu-none': 'no-device',
  'gpu-validation': 'validation-error',
  'gpu-shader': 'shader-compilation',
  'gpu-memory': 'out-of-memory-gpu',
  'gpu-internal': 'validation-error',
  'no-memory': 'out-of-memory-wasm',
  hang: 'hang',
  crash: 'worker-crash',
  'wrong-result': 'wrong-result',
  engine: 'engine-error',
  'bad-option': 'engine-error',
  corrupt: 'corrupt-model',
  quota: 'storage-failed',
  storage: 'storage-failed',
  network: 'network',
  'no-model': 'network',
};

export function failureKind(error: CutoutError): FailureKind | undefined {
  return kinds[error.code];
}

/** The model or the store is at fault, not the route: it is tried again. */
export function blamesModel(kind: FailureKind): boolean {
  return kind === 'corrupt-model' || kind === 'storage-failed';
}

/** May be over when the same is done once more, in a new worker. */
export function isPassing(kind: FailureKind): boolean {
  return kind !== 'network' && kind !== 'engine-error';
}

/** After these, the stored model is checked before it is used again. */
export function suspectsModel(kind: FailureKind): boolean {
  return kind === 'corrupt-model' || kind === 'wrong-result';
}
