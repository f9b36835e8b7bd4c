/** web/lib/gpu.ts and gpu_device.ts as one module of JavaScript. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const web = new URL('../../web/', import.meta.url);

export async function bundle(outDir) {
  const require = createRequire(new URL('package.json', web));
  const { build } = await import(pathToFileURL(require.resolve('vite')));
  await build({
    configFile: false,
    root: fileURLToPath(web),
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      lib: {
        entry: fileURLToPath(new URL('lib/gpu_entry.ts', web)),
        formats: ['es'],
        fileName: () => 'gpu.mjs',
      },
    },
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  await bundle(resolve(process.argv[2]));
