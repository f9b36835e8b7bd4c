/** Headers with which a server decides about isolation, `unsafe-none` too. */
const names = [
  'cross-origin-opener-policy',
  'document-isolation-policy',
  'cross-origin-embedder-policy',
];

/** Otherwise the service worker adds its own. */
export const decidesIsolation = (headers: Headers): boolean =>
  names.some((name) => headers.has(name));
