/**
 * The canary: a small network through every shader family that photos go
 * through. A graphics device is trusted once it has given the CPU's answer,
 * and its speed is measured on the way (docs/ARCHITECTURE.md, "Policy").
 */
import type { CanaryVerdict } from './policy.js';
import type { ModelSpec } from './engine.js';
import { OnnxWriter } from './onnx.js';

export interface CanaryResult {
  verdict: CanaryVerdict;
  /** 2e-9 * multiply-adds of the direct convolution / seconds. */
  gflops: number;
  /** Of the runs on the device, without asking for it and compiling. */
  ms: number;
  /** All of it. */
  totalMs: number;
  /** Largest difference from the CPU's answer. */
  error: number;
  message: string;
}

/** Sides of the input: for the comparison, and for the time. */
export const canarySides = [64, 128] as const;

const wide = 128; // channels of the costly part
const narrow = 16;

/** Repeatable noise of deviation about 1 (LCG of Numerical Recipes). */
export function noise(n: number, scale: number, seed: number) {
  const out = new Float32Array(n);
  let state = seed >>> 0;
  for (let i = 0; i < n; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = (state / 2 ** 31 - 1) * 1.732 * scale;
  }
  return out;
}

/** Multiply-adds of a run with an input of `side`. */
export function canaryMacs(side: number): number {
  const full = side * side;
  const half = full / 4;
  return (
    full * 9 * (3 * narrow + 2 * narrow) +
    half * (9 * narrow * wide + 4 * 9 * wide * wide + 2 * wide * narrow)
  );
}

export const canarySpec = (side: number): ModelSpec => ({
  ...{ width: side, height: side, output: 'mask' },
  mean: [0, 0, 0],
  std: [1, 1, 1],
});

/** A U-shaped network: 3x3, dilated and 1x1 convolutions, pooling, resizing,
 * concatenation, a sum, Relu and Sigmoid. */
export function canaryModel(): Uint8Array<ArrayBuffer> {
  const w = new OnnxWriter();
  w.input('input', [1, 3, -1, -1]);
  const weight = (name: string, out: number, into: number, side: number) => {
    const fan = into * side * side;
    const data = noise(out * fan, Math.sqrt(2 / fan), out + into);
    w.tensor(name, [out, into, side, side], data);
    w.tensor(`${name}b`, [out], noise(out, 0.1, fan));
  };
  const conv = (x: string, name: string, y: string, dilation = 1) => {
    const pads = Array<number>(4).fill(dilation);
    const dilations = [dilation, dilation];
    w.node('Conv', [x, name, `${name}b`], `${y}_`, { pads, dilations });
    w.node('Relu', [`${y}_`], y);
  };
  weight('w1', narrow, 3, 3);
  weight('w2', wide, narrow, 3);
  weight('w3', wide, wide, 3);
  weight('w4', narrow, 2 * wide, 1);
  weight('w5', 1, 2 * narrow, 3);
  conv('input', 'w1', 'a');
  w.node('MaxPool', ['a'], 'p', { kernel_shape: [2, 2], strides: [2, 2] });
  conv('p', 'w2', 'b');
  conv('b', 'w3', 'c');
  conv('c', 'w3', 'd', 2);
  w.node('Add', ['d', 'b'], 'e');
  conv('e', 'w3', 'f');
  conv('f', 'w3', 'g');
  w.node('Concat', ['b', 'g'], 'h', {}, 1);
  w.node('Conv', ['h', 'w4', 'w4b'], 'i');
  w.tensor('scales', [4], new Float32Array([1, 1, 2, 2]));
  w.node('Resize', ['i', '', 'scales'], 'j', { mode: 'linear' });
  w.node('Concat', ['a', 'j'], 'k', {}, 1);
  w.node('Conv', ['k', 'w5', 'w5b'], 'l', { pads: [1, 1, 1, 1] });
  w.node('Sigmoid', ['l'], 'mask');
  w.output('mask', [1, 1, -1, -1]);
  return w.finish();
}
