/**
 * Models on this device. A model is a manifest and chunks named by their
 * sha256; every chunk is checked whenever it is read, from storage or from
 * the network, and fetched again when it is not what it should be. Runs in
 * workers.
 */
import { CutoutError, quotaMessage, toError } from './errors.js';
import { nowhere, openChunkStore, type ChunkStore } from './chunk_store.js';

export interface Manifest {
  name: string;
  sha256: string;
  bytes: number;
  chunk_bytes: number;
  chunks: { sha256: string; bytes: number }[];
}

export interface Loaded {
  /** Bytes that came over the network; the rest was stored. */
  downloaded: number;
  /** False when the browser had no room: the next visit downloads again. */
  stored: boolean;
  /** Chunks that were not what they should be, and were fetched again. */
  repaired: number;
}

/** Takes a chunk at its offset in the model. */
export type Sink = (
  offset: number,
  bytes: Uint8Array<ArrayBuffer>,
) => void | Promise<void>;
export type OnBytes = (loaded: number, downloaded: number) => void;

const parallel = 4;
const attempts = 3;
/** Longer than this, and a server or a disk is taken to be stuck. */
const patienceMs = 20_000;

const manifestName = (model: string) => `${model}.json`;

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** Two tabs that need the same chunk: one fetches it, the other waits. */
function locked<T>(name: string, body: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return body();
  return navigator.locks.request(`cutout-${name}`, body) as Promise<T>;
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Fails when `promise` has not settled in time. */
async function within<T>(ms: number, promise: Promise<T>, why: string) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CutoutError('network', why)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const silence = 'The model could not be downloaded: the server fell silent.';

async function get(url: string, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    // what is stored here need not be in the browser's cache as well
    const asked = fetch(url, { cache: 'no-store', signal });
    response = await within(patienceMs, asked, silence);
  } catch (error) {
    if (error instanceof CutoutError) throw error;
    throw new CutoutError(
      'network',
      'The model could not be downloaded: the server cannot be reached.',
    );
  }
  if (response.ok) return response;
  throw new CutoutError(
    response.status === 404 ? 'no-model' : 'network',
    `The model could not be downloaded: the server answered ` +
      `${response.status} for ${new URL(url).pathname}.`,
  );
}

/** The first `n` bytes at `url`; fewer when there are not so many. */
async function body(
  url: string,
  n: number,
  onBytes: (n: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const controller = new AbortController();
  try {
    const reader = (await get(url, controller.signal)).body!.getReader();
    const bytes = new Uint8Array(n);
    // to the very end: Firefox keeps the connection busy until then
    for (let at = 0; ; ) {
      const read = await within(patienceMs, reader.read(), silence);
      if (read.done) break;
      if (at + read.value.length > n) {
        controller.abort();
        break;
      }
      const part = read.value.subarray(0, n - at);
      bytes.set(part, at);
      at += part.length;
      onBytes(part.length);
    }
    return bytes; // the hash tells whether they are the right ones
  } catch (error) {
    controller.abort();
    throw error;
  }
}

function isManifest(value: unknown): value is Manifest {
  const m = value as Partial<Manifest> | null;
  if (!m || !Array.isArray(m.chunks)) return false;
  const sum = m.chunks.reduce((total, chunk) => total + chunk.bytes, 0);
  const named = m.chunks.every((c) => /^[0-9a-f]{64}$/.test(c.sha256));
  return sum === m.bytes && named;
}

export class ModelStore {
  private constructor(
    private readonly base: string,
    private readonly store: ChunkStore,
    private readonly mayDownload: () => Promise<void>,
  ) {}

  /** `base` is the address under which models lie, with a slash; nothing is
   * asked of the server before `mayDownload` resolves. `bypass`: the browser's
   * storage is not touched. */
  static async open(
    base: string,
    mayDownload = async () => {},
    bypass = false,
  ): Promise<ModelStore> {
    const store = bypass ? nowhere : await openChunkStore();
    return new ModelStore(base, store, mayDownload);
  }

  get kind() {
    return this.store.kind;
  }

  /** The stored manifest, or the server's; `sha256`, where given, decides
   * whether the stored one is still wanted. */
  async manifest(model: string, wanted?: string): Promise<Manifest> {
    const stored = await this.storedManifest(model);
    if (stored && (!wanted || stored.sha256 === wanted)) return stored;
    try {
      return await this.fetchManifest(model);
    } catch (error) {
      if (stored) return stored; // offline: better an older model than none
      throw error;
    }
  }

  async storedManifest(model: string): Promise<Manifest | undefined> {
    try {
      const bytes = await this.store.read(manifestName(model));
      const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
      return isManifest(parsed) ? parsed : undefined;
    } catch {
      return undefined;
    }
  }

  private async fetchManifest(model: string): Promise<Manifest> {
    await this.mayDownload();
    const url = `${this.base}${model}/manifest.json`;
    const parsed: unknown = await (await get(url)).json().catch(() => null);
    if (!isManifest(parsed))
      throw new CutoutError('corrupt', `The manifest of ${model} is broken.`);
    const text = new TextEncoder().encode(JSON.stringify(parsed));
    await this.store.write(manifestName(model), text).catch(() => {});
    return parsed;
  }

  /** Brings every chunk to `sink`, from storage or from the server. */
  async load(m: Manifest, sink: Sink, onBytes: OnBytes): Promise<Loaded> {
    const result: Loaded = { downloaded: 0, stored: true, repaired: 0 };
    let loaded = 0;
    const offsets: number[] = [];
    m.chunks.reduce((at, c) => (offsets.push(at), at + c.bytes), 0);
    let next = 0;
    const worker = async () => {
      for (let i = next++; i < m.chunks.length; i = next++) {
        const chunk = m.chunks[i]!;
        let seen = 0;
        const bytes = await this.chunk(m.name, chunk, result, (n) => {
          seen += n;
          loaded += n;
          onBytes(loaded, result.downloaded);
        });
        loaded += chunk.bytes - seen;
        await sink(offsets[i]!, bytes);
        onBytes(loaded, result.downloaded);
      }
    };
    try {
      await Promise.all(Array.from({ length: parallel }, worker));
    } finally {
      next = m.chunks.length; // after a failure, the others stop too
    }
    return result;
  }

  private async chunk(
    model: string,
    chunk: { sha256: string; bytes: number },
    result: Loaded,
    onBytes: (n: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const stored = await this.good(chunk.sha256, result);
    if (stored) return stored;
    await this.mayDownload();
    return locked(chunk.sha256, async () => {
      const other = await this.good(chunk.sha256); // another tab's work
      if (other) return other;
      const bytes = await this.download(model, chunk, result, onBytes);
      try {
        const written = this.store.write(chunk.sha256, bytes);
        await within(patienceMs / 4, written, 'the disk is stuck');
      } catch {
        result.stored = false; // this job goes on; half a file is worthless
        await this.store.remove(chunk.sha256).catch(() => {});
      }
      return bytes;
    });
  }

  private async download(
    model: string,
    chunk: { sha256: string; bytes: number },
    result: Loaded,
    onBytes: (n: number) => void,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const url = `${this.base}${model}/${chunk.sha256}`;
    let failure = new CutoutError(
      'corrupt',
      `A part of ${model} arrives damaged (${chunk.sha256.slice(0, 8)}).`,
    );
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt) await pause(300 * attempt);
      let counted = 0;
      const count = (n: number) => {
        counted += n;
        result.downloaded += n;
        onBytes(n);
      };
      try {
        const bytes = await body(url, chunk.bytes, count);
        if ((await sha256(bytes)) === chunk.sha256) return bytes;
        result.repaired++;
      } catch (error) {
        failure = toError(error, 'network');
        if (failure.code === 'no-model') break;
      }
      onBytes(-counted);
      result.downloaded -= counted;
    }
    throw failure;
  }

  /** A stored chunk if it is what its name says. A store that fails is one
   * that has nothing. */
  private async good(name: string, result?: Loaded) {
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    try {
      bytes = await this.store.read(name);
    } catch {
      return undefined;
    }
    if (!bytes) return undefined;
    if ((await sha256(bytes)) === name) return bytes;
    if (result) result.repaired++;
    return undefined;
  }

  /** Stored and missing bytes of a model, by the sizes of its files. */
  async stored(m: Manifest): Promise<number> {
    const files = await this.store.list();
    return m.chunks.reduce(
      (sum, c) => sum + (files.get(c.sha256) === c.bytes ? c.bytes : 0),
      0,
    );
  }

  /** Checks every stored chunk; removes and counts the bad ones. */
  async verify(m: Manifest): Promise<{ good: number; bad: number }> {
    const count = { good: 0, bad: 0 };
    for (const { sha256: name } of m.chunks) {
      if (await this.good(name)) {
        count.good++;
      } else {
        count.bad++;
        await this.store.remove(name);
      }
    }
    return count;
  }

  /** Deletes a model; chunks that another stored model names stay. */
  async remove(model: string): Promise<void> {
    const m = await this.storedManifest(model);
    await this.store.remove(manifestName(model));
    if (!m) return;
    const kept = new Set<string>();
    for (const name of (await this.store.list()).keys()) {
      if (!name.endsWith('.json')) continue;
      const other = await this.storedManifest(name.slice(0, -5));
      other?.chunks.forEach((chunk) => kept.add(chunk.sha256));
    }
    for (const chunk of m.chunks)
      if (!kept.has(chunk.sha256)) await this.store.remove(chunk.sha256);
  }

  /** Fetches what is missing, without running anything. */
  async fetch(model: string, onBytes: (n: number, of: number) => void) {
    const m = await this.fetchManifest(model);
    const result = await this.load(m, () => {}, (n) => onBytes(n, m.bytes));
    if (!result.stored) throw new CutoutError('quota', quotaMessage);
    return result;
  }
}
