/**
 * The library as others get it: the npm package, unpacked on a plain server
 * and used without a bundler.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';

const folder = 'build/npm';
const types = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
};

/** Names of the files that would be published, and the package's exports. */
export function packed() {
  const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--offline'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const names = JSON.parse(text)[0].files.map(({ path }) => path);
  const { exports } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  return { names, exports };
}

const page = `<!doctype html><script type="module">
  import { cutout } from './index.js';
  globalThis.cutout = cutout;
</script>`;

/** {url, stop()}: the package's files; models come from `modelServer`. */
export async function servePackage(modelServer) {
  const server = createServer(async (request, response) => {
    const path = request.url === '/' ? '/page.html' : request.url;
    const headers = {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    };
    try {
      let bytes;
      if (path.startsWith('/models/')) {
        const found = await fetch(new URL(path.slice(1), modelServer));
        bytes = Buffer.from(await found.arrayBuffer());
      } else {
        bytes = path === '/page.html' ? page : readFileSync(folder + path);
      }
      response.writeHead(200, headers).end(bytes);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://localhost:${server.address().port}/`,
    stop: () => server.close(),
  };
}
