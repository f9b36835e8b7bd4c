#!/usr/bin/env node
/** Every module of the engine is at most 250 KB as it travels (brotli). */
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

const limit = 250 * 1024;
const folder = new URL('../build/wasm/', import.meta.url);
const modules = readdirSync(folder).filter((name) => name.endsWith('.wasm'));
let passed = 0;
for (const name of modules) {
  const bytes = brotliCompressSync(readFileSync(new URL(name, folder))).length;
  console.log(`| ${name}: ${bytes} bytes of at most ${limit}, brotli`);
  if (bytes <= limit) passed++;
}
const failed = Math.max(4, modules.length) - passed;
console.log(`web-size: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
