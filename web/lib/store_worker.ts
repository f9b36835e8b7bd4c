/** The model store for the page: lists, fetches, verifies and deletes. */
import { ModelStore } from './model_store.js';
import { Peer, workerPort } from './rpc.js';

const peer = new Peer(workerPort, { list, fetch: fetchModel, verify, remove });

async function list(base: string, names: string[]) {
  const store = await ModelStore.open(base);
  return Promise.all(
    names.map(async (name) => {
      const manifest = await store.storedManifest(name);
      const storedBytes = manifest ? await store.stored(manifest) : 0;
      return { name, storedBytes, bytes: manifest?.bytes, storage: store.kind };
    }),
  );
}

async function fetchModel(base: string, name: string) {
  const store = await ModelStore.open(base);
  return store.fetch(name, (loaded, total) =>
    peer.note({ stage: 'download', loaded, total }),
  );
}

async function verify(base: string, name: string) {
  const store = await ModelStore.open(base);
  const manifest = await store.storedManifest(name);
  return manifest ? store.verify(manifest) : { good: 0, bad: 0 };
}

async function remove(base: string, name: string) {
  const store = await ModelStore.open(base);
  await store.remove(name);
}
