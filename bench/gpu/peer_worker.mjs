/** onnxruntime-web on WebGPU, on a model that it can run. */
import { gpuBytes, serve } from './count.mjs';
import { conversion, convert } from './convert.mjs';

/** The build that npm's "onnxruntime-web/webgpu" gives, whose kernels are in
 * WebAssembly, and that of "onnxruntime-web", whose kernels are JavaScript. */
const builds = {
  native: 'ort.webgpu.bundle.min.mjs',
  jsep: 'ort.bundle.min.mjs',
};

let ort;
let session;
let dims;

async function open({ build, base, model, size, half }) {
  ort = await import(/* @vite-ignore */ `${base}ort/${builds[build]}`);
  ort.env.wasm.wasmPaths = `${base}ort/`;
  ort.env.logLevel = 'error';
  if (ort.env.webgpu) ort.env.webgpu.powerPreference = 'high-performance';
  const made = convert(new Uint8Array(model), { size, half });
  dims = [1, 3, size, size];
  const start = performance.now();
  session = await ort.InferenceSession.create(made.bytes, {
    executionProviders: ['webgpu'],
  });
  return {
    load_ms: performance.now() - start,
    version: ort.env.versions?.web ?? ort.env.versions?.common,
    converted: conversion(made.changes),
  };
}

async function run({ x }) {
  const start = performance.now();
  const input = new ort.Tensor('float32', x, dims);
  const { output } = await session.run({ input }, ['output']);
  const mask = await output.getData();
  const ms = performance.now() - start;
  return { ms, mask: mask.slice(), gpu_bytes: gpuBytes.most };
}

serve({ open, run });
