/**
 * Two builds of the page that differ in one thing: `without` has no policy, no
 * canary, no receipts, and nothing else that is there to know what really ran
 * (memory of failures, the engine's hash, the worker's lock). What is cut out
 * is named here, line by line; a line that is not found any more is an error.
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const web = fileURLToPath(new URL('../web/', import.meta.url));

/** [file, what stands there, what stands there instead]. */
const cuts = [
  ['job.ts', '  void learnDevice();\n', ''], // adapter and canaries
  ['job.ts', 'if (route && isGpuRoute(route)) await findAdapter();', ''],
  ['job.ts', 'const known = await device();',
    'const known = undefined as Device | undefined;'],
  ['job.ts', 'receipts.receiptOf(facts, all)',
    '({ route: all.route, warm: all.warm }) as Result["receipt"]'],
  ['engine_worker.ts', 'hashOf(request.moduleUrl).catch(() => \'\')',
    'Promise.resolve(\'\')'],
  ['rpc.ts', 'void navigator.locks?.request(name, () => {\n' +
    '      this.port.postMessage({ alive: name }, []);\n' +
    '      return new Promise<never>(() => {});\n    });', ''],
];

function stripper(applied) {
  return {
    name: 'without-policy',
    enforce: 'pre',
    transform(code, id) {
      for (const [file, from, to] of cuts) {
        if (!id.endsWith(`/web/lib/${file}`) || !code.includes(from)) continue;
        code = code.replaceAll(from, to);
        applied.add(from);
      }
      return code;
    },
  };
}

/** Builds into OUT/with and OUT/without; returns both folders. */
export async function buildBoth(out) {
  const require = createRequire(join(web, 'package.json'));
  const { build } = await import(pathToFileURL(require.resolve('vite')));
  const made = {};
  for (const kind of ['with', 'without']) {
    const applied = new Set();
    const plugins = () => (kind === 'with' ? [] : [stripper(applied)]);
    made[kind] = resolve(out, kind);
    await build({
      configFile: join(web, 'vite.config.ts'),
      logLevel: 'error',
      plugins: plugins(),
      worker: { format: 'es', plugins },
      build: { outDir: made[kind], emptyOutDir: true },
    });
    for (const [file, from] of cuts)
      if (kind === 'without' && !applied.has(from))
        throw new Error(`${file} has no '${from.trim()}' to leave out`);
  }
  return made;
}
