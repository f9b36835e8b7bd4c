/**
 * Keeps the page and the engine (not the models: they have a store of their
 * own). Adds isolation headers to what it serves when the server sent none;
 * `unsafe-none` is a server's wish not to be isolated and is left alone.
 */
import { addPlugins, precacheAndRoute } from 'workbox-precaching';

declare const self: {
  skipWaiting(): void;
  clients: { claim(): Promise<void> };
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: { waitUntil(wait: Promise<unknown>): void }) => void,
  ): void;
};
declare const PRECACHE: { url: string; revision: string | null }[];

const decides = [
  'cross-origin-opener-policy',
  'document-isolation-policy',
  'cross-origin-embedder-policy',
];

async function isolated(response: Response): Promise<Response> {
  if (decides.some((name) => response.headers.has(name))) return response;
  const headers = new Headers(response.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('cross-origin-resource-policy', 'same-origin');
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

addPlugins([
  { handlerWillRespond: ({ response }) => isolated(response) },
]);
precacheAndRoute(PRECACHE, { ignoreURLParametersMatching: [/.*/] });

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) =>
  event.waitUntil(self.clients.claim()),
);
