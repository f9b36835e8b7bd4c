/**
 * Keeps the page and the engine (not the models: they have a store of their
 * own). Adds isolation headers to what it serves when the server sent none;
 * `unsafe-none` is a server's wish not to be isolated and is left alone.
 *
 * It takes over no page that is open, unless the page asks: Firefox loses
 * workers that start at that moment, and a new version would take the files of
 * the old one from under its page.
 */
import { addPlugins, precacheAndRoute } from 'workbox-precaching';
import { decidesIsolation } from './isolation.js';

declare const self: {
  clients: { claim(): Promise<void> };
  addEventListener(
    type: 'message',
    listener: (event: {
      data: unknown;
      waitUntil(wait: Promise<unknown>): void;
    }) => void,
  ): void;
};
declare const PRECACHE: { url: string; revision: string | null }[];

async function isolated(response: Response): Promise<Response> {
  if (decidesIsolation(response.headers)) return response;
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

self.addEventListener('message', (event) => {
  if (event.data === 'claim') event.waitUntil(self.clients.claim());
});
