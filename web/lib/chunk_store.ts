/**
 * Where chunks of models are kept: Cache storage, or the origin's private
 * files where that is missing (Chromium 156 was seen to leave a write to
 * private files hanging, one time in six). A chunk is named by its sha256, and
 * whoever reads one checks that: a torn write is only a chunk to fetch again.
 * Small texts (manifests) are kept beside them.
 */
export interface ChunkStore {
  readonly kind: 'opfs' | 'cache';
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(name: string): Promise<void>;
  /** Names with sizes in bytes. */
  list(): Promise<Map<string, number>>;
}

/** In workers only, and therefore not in TypeScript's types of a page. */
interface SyncAccessHandle {
  truncate(bytes: number): void;
  write(bytes: Uint8Array): number;
  close(): void;
}
type WorkerFileHandle = FileSystemFileHandle & {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
};

const folder = 'cutout-models';

class PrivateFiles implements ChunkStore {
  readonly kind = 'opfs';
  constructor(private readonly dir: FileSystemDirectoryHandle) {}

  async read(name: string) {
    try {
      const file = await (await this.dir.getFileHandle(name)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    } catch {
      return undefined; // absent, or another tab is writing it
    }
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>) {
    const handle = await this.dir.getFileHandle(name, { create: true });
    // older Safari has no other way to write
    const file = await (handle as WorkerFileHandle).createSyncAccessHandle();
    try {
      file.truncate(0);
      if (file.write(bytes) < bytes.length)
        throw new DOMException('short write', 'QuotaExceededError');
      // no flush: it is slow in Firefox, and the hash finds what is torn
    } finally {
      file.close();
    }
  }

  async remove(name: string) {
    await this.dir.removeEntry(name).catch(() => {});
  }

  async list() {
    const sizes = new Map<string, number>();
    for await (const [name, entry] of this.dir.entries())
      if (entry.kind === 'file')
        sizes.set(name, (await (entry as FileSystemFileHandle).getFile()).size);
    return sizes;
  }
}

class CacheFiles implements ChunkStore {
  readonly kind = 'cache';
  constructor(private readonly cache: Cache) {}

  private address = (name: string) => `/${folder}/${name}`;

  async read(name: string) {
    const found = await this.cache.match(this.address(name));
    return found && new Uint8Array(await found.arrayBuffer());
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>) {
    const headers = { 'content-length': String(bytes.length) };
    await this.cache.put(this.address(name), new Response(bytes, { headers }));
  }

  async remove(name: string) {
    await this.cache.delete(this.address(name));
  }

  async list() {
    const sizes = new Map<string, number>();
    for (const request of await this.cache.keys()) {
      const found = await this.cache.match(request);
      const size = Number(found?.headers.get('content-length') ?? 0);
      sizes.set(request.url.slice(request.url.lastIndexOf('/') + 1), size);
    }
    return sizes;
  }
}

async function privateFiles(): Promise<ChunkStore | undefined> {
  if (typeof FileSystemFileHandle === 'undefined') return undefined;
  if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype))
    return undefined;
  try {
    const root = await navigator.storage.getDirectory();
    return new PrivateFiles(
      await root.getDirectoryHandle(folder, { create: true }),
    );
  } catch {
    return undefined; // private windows refuse it
  }
}

/** Nothing is kept: what is left when the browser refuses all storage. */
export const nowhere: ChunkStore = {
  kind: 'cache',
  read: async () => undefined,
  write: async () => {
    throw new DOMException('no storage', 'QuotaExceededError');
  },
  remove: async () => {},
  list: async () => new Map<string, number>(),
};

/** Must be called in a worker. */
export async function openChunkStore(): Promise<ChunkStore> {
  try {
    return new CacheFiles(await caches.open(folder));
  } catch {
    return (await privateFiles()) ?? nowhere;
  }
}
