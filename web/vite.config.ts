import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at('app'),
  base: './', // any folder of any host
  worker: { format: 'es' },
  build: {
    outDir: at(process.env.CUTOUT_WEB_OUT ?? '../build/web'),
    emptyOutDir: true,
    rollupOptions: { input: ['index.html', 'chaos.html'].map((f) => at(`app/${f}`)) },
    target: 'es2022',
    assetsInlineLimit: 0, // a data: address would need a laxer policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
