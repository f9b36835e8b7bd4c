/**
 * The canary: a small network and a small photo through every shader family
 * that photos go through. A graphics device is trusted once it has given the
 * CPU's answer, and its speed is measured on the way (docs/ARCHITECTURE.md, "Policy").
 */
import type { CanaryVerdict } from './policy.js';
import type { ModelSpec, Picture } from './engine.js';
import { OnnxWriter } from './onnx.js';

export interface CanaryResult {
  verdict: CanaryVerdict;
  /** 2e-9 * multiply-adds of the direct convolution / seconds. */
  gflops: number;
  /** Of the runs on the device, without asking for it and compiling. */
  ms: number;
  /** All of it. */
  totalMs: number;
  /** Milliseconds of its parts, in order: the module and the network's file;
   * asking for the device, planning, compiling; runs of the network, at both
   * sizes; the photo, there and back; the CPU's answer. */
  parts?: Record<'load' | 'setup' | 'network' | 'photo' | 'cpu', number>;
  /** Largest difference from the CPU's answer. */
  error: number;
  message: string;
}

/** Sides of the input: for the comparison, and for the time. */
export const canarySides = [64, 128] as const;

const wide = 128; // channels of the costly part
const narrow = 16;
const middle = 3; // makes half of the mask lie above 0.5

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
    full * 9 * 3 * narrow +
    half *
      (9 * narrow * wide + 4 * 9 * wide * wide + 2 * wide * narrow) +
    half * 9 * 2 * narrow
  );
}

export const canarySpec = (side: number): ModelSpec => ({
  ...{ width: side, height: side, output: 'mask' },
  mean: [128, 128, 128],
  std: [64, 64, 64],
});

/** A U-shaped network in half precision, as those of photos: 3x3, dilated and
 * 1x1 convolutions, pooling, resizing of many channels and of one,
 * concatenation, a sum, Relu and Sigmoid. tests/gpu/families.mjs sees to it
 * that no shader of the registered models is missing. */
export function canaryModel(): Uint8Array<ArrayBuffer> {
  const w = new OnnxWriter();
  w.input('input', [1, 3, -1, -1]);
  const weight = (name: string, out: number, into: number, side: number) => {
    const fan = into * side * side;
    const data = noise(out * fan, Math.sqrt(2 / fan), out + into);
    const bias = out > 1 ? noise(out, 0.1, fan) : Float32Array.of(middle);
    w.tensor(name, [out, into, side, side], data, 'half');
    w.tensor(`${name}b`, [out], bias, 'half');
  };
  const conv = (x: string, name: string, y: string, dilation = 1) => {
    const pads = Array<number>(4).fill(dilation);
    const dilations = [dilation, dilation];
    w.node('Conv', [x, name, `${name}b`], `${y}_`, { pads, dilations });
    w.node('Relu', [`${y}_`], y);
  };
  const shrink = { kernel_shape: [2, 2], strides: [2, 2] };
  const grow = (x: string, y: string) =>
    w.node('Resize', [x, '', 'scales'], y, { mode: 'linear' });
  weight('w1', narrow, 3, 3);
  weight('w2', wide, narrow, 3);
  weight('w3', wide, wide, 3);
  weight('w4', narrow, 2 * wide, 1);
  weight('w5', 1, 2 * narrow, 3);
  w.tensor('scales', [4], new Float32Array([1, 1, 2, 2]));
  w.cast('input', 'in', 'half');
  conv('in', 'w1', 'a');
  w.node('MaxPool', ['a'], 'p', shrink);
  conv('p', 'w2', 'b');
  conv('b', 'w3', 'c');
  conv('c', 'w3', 'd', 2);
  w.node('Add', ['d', 'b'], 'e');
  conv('e', 'w3', 'f');
  conv('f', 'w3', 'g');
  w.node('Concat', ['b', 'g'], 'h', { axis: 1 });
  w.node('Conv', ['h', 'w4', 'w4b'], 'i');
  grow('i', 'j');
  w.node('Concat', ['a', 'j'], 'k', { axis: 1 });
  w.node('MaxPool', ['k'], 'l', shrink);
  w.node('Conv', ['l', 'w5', 'w5b'], 'm', { pads: [1, 1, 1, 1] });
  grow('m', 'n');
  w.node('Sigmoid', ['n'], 'o');
  w.cast('o', 'mask', 'float');
  w.output('mask', [1, 1, -1, -1]);
  return w.finish();
}

/** A bright disc before noise; no size of its sides is the network's. */
export function canaryPhoto(): Picture {
  const [width, height] = [96, 80];
  const pixels = new Uint8Array(4 * width * height).fill(255);
  const grain = noise(width * height, 20, 7);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const inside = Math.hypot(x - 50, y - 36) < 24;
    const light = (inside ? 190 : 60) + grain[i]!;
    pixels.set([light, light * 0.8 + x / 4, light * 0.6 + y / 2], 4 * i);
  }
  return { pixels, width, height };
}
