/** Files for a page of a test: {url, stop()}. `places` are folders by the name
 * that stands first in an address, or files. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const types = {
  '.mjs': 'text/javascript',
  '.html': 'text/html',
  '.json': 'text/plain',
  '.wasm': 'application/wasm',
};
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const empty = '<!doctype html><link rel="icon" href="data:,">';

export async function serveFiles(places) {
  const fileOf = (url) => {
    const [, place, name] = /^\/([\w-]+)(?:\/([\w.-]+))?$/.exec(url) ?? [];
    return places[place] && join(places[place], name ?? '');
  };
  const server = createServer(({ url }, response) => {
    const file = fileOf(url);
    const found = file && existsSync(file) && statSync(file).isFile();
    if (url !== '/' && !found) return response.writeHead(404).end();
    const type = found ? types[extname(file)] : 'text/html';
    response.writeHead(200, {
      'content-type': type ?? 'application/octet-stream',
      ...isolation,
    });
    return found ? createReadStream(file).pipe(response) : response.end(empty);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    stop: () => server.close(),
  };
}
