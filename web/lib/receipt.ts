/** Receipts of jobs: docs/RECEIPT.md. */
import type { Route } from './capabilities.js';
import type { Cut, Opened } from './engine_worker.js';
import type { CutoutError } from './errors.js';
import { failureKind } from './failures.js';
import type { Photo } from './media_worker.js';
import { version } from './version.js';
import type {
  Adapter,
  Attempt,
  Cause,
  FailedReceipt,
  Format,
  PlannedRoute,
  Receipt,
  StageTimes,
} from './types.js';

export function cause(error: CutoutError): Cause {
  const { code, message, detail } = error;
  return {
    kind: failureKind(error) ?? null,
    code,
    message,
    where: detail.where ?? null,
    reason: detail.reason ?? null,
  };
}

const noTimes: StageTimes = {
  decode: 0,
  download: 0,
  store: 0,
  load: 0,
  setup: 0,
  canary: 0,
  prepare: 0,
  upload: 0,
  inference: 0,
  readback: 0,
  refinement: 0,
  compose: 0,
  encode: 0,
  total: 0,
};

/** What every attempt of a job has in common. */
export interface JobFacts {
  fileBytes: number;
  model: { name: string; sha256: string; size: number };
  routes: PlannedRoute[];
  attempts: Attempt[];
  chaos: string | undefined;
}

export interface Done {
  route: Route;
  adapter: Adapter | null;
  warm: boolean;
  opened: Opened;
  cut: Cut;
  photo: Photo;
  encoded: { blob: Blob; ms: number };
  format: Format;
  reinitMs: number;
  /** Of the job: canaries were under way beside it. */
  canaryMs: number;
  totalMs: number;
}

const outcomes = {
  found: 'cut',
  none: 'no_subject',
  ambiguous: 'ambiguous',
} as const;

function inputOf(photo: Photo, bytes: number): Receipt['input'] {
  const { format, width, height, colour, decoder } = photo;
  return { format, bytes, width, height, colour, decoder };
}

function times(done: Done): StageTimes {
  const { opened, cut, warm, photo, encoded, canaryMs, totalMs } = done;
  const load = warm ? 0 : opened.load.ms;
  const fetched = opened.load.downloaded > 0;
  const weights = warm ? 0 : (opened.gpu?.ms.upload ?? 0);
  return {
    ...noTimes,
    decode: photo.ms,
    download: fetched ? load : 0,
    store: fetched ? 0 : load,
    load,
    setup: warm ? 0 : opened.setupMs - weights,
    canary: canaryMs,
    ...cut.ms,
    upload: weights + cut.ms.upload,
    encode: encoded.ms,
    total: totalMs,
  };
}

export function receiptOf(facts: JobFacts, done: Done): Receipt {
  const { opened, cut, warm, photo, encoded, format } = done;
  const { downloaded, stored, repaired } = opened.load;
  const { width, height } = photo;
  return {
    receipt: 2,
    program: 'page',
    cutout: version,
    outcome: outcomes[cut.mask.subject],
    input: inputOf(photo, facts.fileBytes),
    output: { format, bytes: encoded.blob.size, width, height },
    model: {
      name: facts.model.name,
      sha256: opened.sha256,
      size: opened.spec.width,
    },
    engine: { version: opened.engine, sha256: opened.engineSha256 },
    route: done.route,
    adapter: done.adapter,
    threads: opened.plan.threads,
    routes: facts.routes,
    attempts: facts.attempts,
    warm,
    ms: times(done),
    reinit_ms: done.reinitMs,
    load: { downloaded: warm ? 0 : downloaded, stored, repaired },
    peak_bytes: {
      planned: opened.plan.peak_bytes + opened.plan.weight_bytes,
      resident: null,
      wasm: cut.memoryBytes,
      gpu: opened.gpu
        ? opened.gpu.allocated_bytes + cut.photo.gpuBytes
        : null,
    },
    plan: opened.plan,
    mask: cut.mask,
    refined: {
      on: cut.photo.gpuBytes ? 'gpu' : 'cpu',
      reason: cut.photo.reason,
    },
    ...(facts.chaos && { chaos: facts.chaos }),
  };
}

export function failedReceipt(
  facts: JobFacts,
  error: CutoutError,
  photo: Photo | undefined,
  ms: { canary: number; total: number },
): FailedReceipt {
  const bytes = facts.fileBytes;
  return {
    receipt: 2,
    program: 'page',
    cutout: version,
    outcome: error.code === 'cancelled' ? 'cancelled' : 'failed',
    error: error.message,
    cause: cause(error),
    input: photo ? inputOf(photo, bytes) : { bytes },
    output: null,
    model: facts.model,
    route: null,
    routes: facts.routes,
    attempts: facts.attempts,
    ms: { ...noTimes, decode: photo?.ms ?? 0, ...ms },
    ...(facts.chaos && { chaos: facts.chaos }),
  };
}
