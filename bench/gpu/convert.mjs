/**
 * A copy of IS-Net, or of a network like it, that onnxruntime-web's WebGPU
 * builds can run; in a browser and in Node.js.
 *
 *   f16 weights        become f32, and Casts between the two disappear
 *   MaxPool, ceil_mode becomes floor, with padding where the size is odd
 *   Resize sizes       become constants for the wanted input size
 *   other outputs      are dropped, with the nodes that only they need
 *
 * check.mjs compares the copy with the original.
 */
import {
  modelMessage,
  nodeMessage,
  portMessage,
  readModel,
  tensorMessage,
  types,
} from './onnx.mjs';

let halves;

/** All 65536 halves as floats: IEEE 754 binary16. */
function halfTable() {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = (bits & 1023) / 1024;
    const size =
      exponent === 31
        ? fraction ? NaN : Infinity
        : exponent
          ? 2 ** (exponent - 15) * (1 + fraction)
          : 2 ** -14 * fraction;
    halves[bits] = bits & 32768 ? -size : size;
  }
  return halves;
}

function widened(raw) {
  const table = halfTable();
  const bits = new Uint16Array(new Uint8Array(raw).buffer);
  return new Uint8Array(Float32Array.from(bits, (b) => table[b]).buffer);
}

const int64 = (values) =>
  new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

const isFloat = (type) => type === types.f32 || type === types.f16;

/** A Cast that only changes how many bits a float has. */
function isWidth({ op, attributes }) {
  return op === 'Cast' && isFloat(attributes.get('to').i);
}

const attribute = (node, name, otherwise) =>
  node.attributes.get(name)?.ints ?? otherwise;

function windowSize(size, node, kernel, i) {
  const stride = attribute(node, 'strides', [1, 1])[i];
  const dilation = attribute(node, 'dilations', [1, 1])[i];
  const pads = attribute(node, 'pads', [0, 0, 0, 0]);
  const ceil = node.attributes.get('ceil_mode')?.i;
  const room = size + pads[i] + pads[i + 2] - (kernel[i] - 1) * dilation - 1;
  const steps = room / stride;
  return { out: (ceil ? Math.ceil : Math.floor)(steps) + 1, steps };
}

/** Shapes [n, c, h, w] and integer tensors, node by node. */
class Facts {
  shapes = new Map();
  ints = new Map();

  constructor(model, size, scale) {
    this.model = model;
    this.scale = scale;
    this.shapes.set(model.inputs[0], [1, 3, size, size]);
    for (const [name, { ints, dims }] of model.initializers)
      if (ints) this.ints.set(name, ints);
      else this.shapes.set(name, dims);
    for (const node of model.nodes) this.learn(node);
  }

  learn(node) {
    const [out] = node.outputs;
    const ints = this.integersOf(node);
    if (ints) return void this.ints.set(out, ints);
    const shape = this.shapeOf(node);
    if (shape) this.shapes.set(out, shape);
  }

  integersOf({ op, inputs, attributes }) {
    const given = inputs.map((name) => this.ints.get(name));
    if (op === 'Constant') return attributes.get('value').tensor.ints;
    if (op === 'Shape') return this.shapes.get(inputs[0]);
    if (op === 'Slice' && given[0])
      return given[0].slice(given[1][0], given[2][0]);
    if (op === 'Concat' && given.every(Boolean)) return given.flat();
    return undefined;
  }

  /** Of a Resize: in the file the spatial ones are for another input. */
  resized(node) {
    const [n, c] = this.shapes.get(node.inputs[0]);
    const sizes = this.ints.get(node.inputs[3]);
    return [n, c, sizes[2] * this.scale, sizes[3] * this.scale];
  }

  windowed(node) {
    const [n, c, ...size] = this.shapes.get(node.inputs[0]);
    const kernel = node.attributes.get('kernel_shape').ints;
    const k = node.op === 'Conv' ? this.shapes.get(node.inputs[1])[0] : c;
    return [n, k, ...size.map((s, i) => windowSize(s, node, kernel, i).out)];
  }

  shapeOf(node) {
    const given = node.inputs.map((name) => this.shapes.get(name));
    const [n, , h, w] = given[0] ?? [];
    const channels = () => given.reduce((sum, shape) => sum + shape[1], 0);
    const rules = {
      Conv: () => this.windowed(node),
      MaxPool: () => this.windowed(node),
      Resize: () => this.resized(node),
      Concat: () => [n, channels(), h, w],
    };
    const sameAs = ['Relu', 'Sigmoid', 'Add', 'Cast', 'Identity'];
    if (sameAs.includes(node.op)) return given[0];
    if (!rules[node.op])
      throw new Error(`'${node.name}': no rule for ${node.op}`);
    return rules[node.op]();
  }

  /** Multiply-adds of a Conv, and what it is like. */
  layer(node) {
    const [, , height, width] = this.shapes.get(node.outputs[0]);
    const [k, c, kh, kw] = this.shapes.get(node.inputs[1]);
    return {
      node: node.name || node.outputs[0],
      kernel: `${kh}x${kw}`,
      shape: `${height}x${width}, ${c} to ${k}`,
      macs: height * width * k * c * kh * kw,
    };
  }
}

/** Convolutions by name, for an input of `size`. */
export function convolutions(model, size, fileSize = 1024) {
  const facts = new Facts(model, size, size / fileSize);
  const list = model.nodes.filter(({ op }) => op === 'Conv');
  return list.map((node) => facts.layer(node));
}

/** Names that the output needs. */
function needed(nodes, output) {
  const names = new Set([output]);
  for (const { inputs, outputs } of [...nodes].reverse())
    if (outputs.some((name) => names.has(name)))
      for (const name of inputs) names.add(name);
  return names;
}

class Converter {
  changes = { weights: 0, casts: 0, pools: 0, padded: 0, sizes: 0 };
  aliases = new Map();
  tensors = [];

  constructor(model, facts, output, half) {
    this.model = model;
    this.facts = facts;
    this.output = output;
    this.half = half;
  }

  origin(name) {
    while (this.aliases.has(name)) name = this.aliases.get(name);
    return name;
  }

  /** Without the Casts and with constant sizes; the output keeps its name. */
  rewired() {
    const nodes = [];
    for (const node of this.model.nodes) {
      const inputs = node.inputs.map((name) => this.origin(name));
      const casts = !this.half && isWidth(node);
      if (casts && node.outputs[0] !== this.output) {
        this.aliases.set(node.outputs[0], inputs[0]);
        this.changes.casts++;
      } else {
        if (node.op === 'Resize') inputs[3] = this.sizesOf(node);
        nodes.push({ ...node, inputs });
      }
    }
    return this.half ? nodes : this.lastCastAway(nodes);
  }

  lastCastAway(nodes) {
    const last = nodes.findIndex(({ outputs }) => outputs[0] === this.output);
    if (last < 0) throw new Error(`there is no output '${this.output}'`);
    if (!isWidth(nodes[last])) return nodes;
    const from = nodes[last].inputs[0];
    const renamed = (name) => (name === from ? this.output : name);
    this.changes.casts++;
    return nodes.toSpliced(last, 1).map((node) => ({
      ...node,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
    }));
  }

  sizesOf(node) {
    const name = `${node.outputs[0]}.sizes`;
    const sizes = this.facts.shapes.get(node.outputs[0]);
    this.tensors.push([name, tensorMessage(name, types.int64, [4], int64(sizes))]);
    this.changes.sizes++;
    return name;
  }

  /** Integers that a MaxPool has otherwise. */
  pool(node) {
    if (!node.attributes.get('ceil_mode')?.i) return {};
    this.changes.pools++;
    const [, , ...size] = this.facts.shapes.get(node.inputs[0]);
    const kernel = node.attributes.get('kernel_shape').ints;
    const stride = attribute(node, 'strides', [1, 1]);
    const pads = [...attribute(node, 'pads', [0, 0, 0, 0])];
    size.forEach((s, i) => {
      const { steps } = windowSize(s, node, kernel, i);
      const missing = (Math.ceil(steps) - steps) * stride[i];
      pads[i + 2] += Math.round(missing);
      if (missing) this.changes.padded++;
    });
    return { ceil_mode: 0, pads };
  }

  message(node) {
    const changed = node.op === 'MaxPool' ? this.pool(node) : {};
    return nodeMessage(node, node.inputs, node.outputs, changed);
  }

  weight({ name, type, dims, raw, fields }) {
    if (type !== types.f16 || this.half) return tensorMessage(name, type, dims, raw);
    if (!raw) throw new Error(`'${name}': ${fields.length} fields, none raw`);
    this.changes.weights++;
    return tensorMessage(name, types.f32, dims, widened(raw));
  }
}

/** `bytes` of an ONNX file for inputs of `fileSize`; gives those of the copy
 * and how much was changed. `half`: weights and Casts stay as they are. */
export function convert(bytes, options) {
  const { size, half = false, fileSize = 1024, output = 'output' } = options;
  const model = readModel(bytes);
  const facts = new Facts(model, size, size / fileSize);
  const converter = new Converter(model, facts, output, half);
  const nodes = converter.rewired();
  const names = needed(nodes, output);
  const kept = nodes.filter((n) => n.outputs.some((name) => names.has(name)));
  const messages = kept.map((node) => converter.message(node));
  const weights = [...model.initializers.values()];
  const tensors = [
    ...weights.filter((t) => names.has(t.name)).map((t) => converter.weight(t)),
    ...converter.tensors.filter(([name]) => names.has(name)).map(([, t]) => t),
  ];
  const outShape = facts.shapes.get(output);
  const copy = modelMessage(model, {
    nodes: messages,
    tensors,
    inputs: [portMessage(model.inputs[0], [1, 3, size, size])],
    outputs: [portMessage(output, outShape)],
  });
  const { changes } = converter;
  return { bytes: copy, changes, nodes: kept.length };
}

/** What was done, in words. */
export function conversion({ weights, casts, pools, padded, sizes }) {
  const wide = `${weights} f16 weights to f32, ${casts} Casts removed, `;
  return (
    `${weights ? wide : ''}${pools} MaxPool from ceil to floor (${padded} padded), ` +
    `sizes of ${sizes} Resize made constant, one output kept`
  );
}
