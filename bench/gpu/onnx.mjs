/**
 * Just enough of protobuf and ONNX to change a model: messages as lists of
 * fields, and names for the fields that are needed.
 *
 *   https://protobuf.dev/programming-guides/encoding/
 *   https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
const names = {
  model: { graph: 7 },
  graph: { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 },
  node: { input: 1, output: 2, name: 3, op: 4, attribute: 5 },
  attribute: { name: 1, i: 3, tensor: 5, ints: 8, type: 20 },
  tensor: { dims: 1, type: 2, int64: 7, name: 8, raw: 9 },
  value: { name: 1, type: 2 },
};
export const field = names;
export const types = { f32: 1, int64: 7, f16: 10 };

const utf8 = new TextDecoder();
const toUtf8 = new TextEncoder();
const text = (bytes) => utf8.decode(bytes);

function readVarint(bytes, at) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 63n) throw new Error('not protobuf');
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [BigInt.asIntN(64, value), at];
  }
}

function writeVarint(value) {
  const out = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return Uint8Array.from(out);
}

const fixed = { 1: 8, 5: 4 }; // bytes of a value by wire type

/** A list of [field, wire type, value]: a bigint, or bytes. */
export function readMessage(bytes) {
  const fields = [];
  let at = 0;
  while (at < bytes.length) {
    let tag, value;
    [tag, at] = readVarint(bytes, at);
    const wire = Number(tag & 7n);
    let length = fixed[wire];
    [value, at] = length ? [0n, at] : readVarint(bytes, at);
    if (wire !== 0) {
      length ??= Number(value);
      if (at + length > bytes.length) throw new Error('not protobuf');
      value = bytes.subarray(at, at + length);
      at += length;
    }
    fields.push([Number(tag >> 3n), wire, value]);
  }
  return fields;
}

const sizeOf = (parts) => parts.reduce((n, part) => n + part.length, 0);

/** Pieces of bytes; a field's value may be pieces already. */
function pieces(fields) {
  return fields.flatMap(([number, wire, value]) => {
    const tag = writeVarint((number << 3) | wire);
    if (wire === 0) return [tag, writeVarint(value)];
    const parts = Array.isArray(value) ? value : [value];
    return fixed[wire]
      ? [tag, ...parts]
      : [tag, writeVarint(sizeOf(parts)), ...parts];
  });
}

export function writeMessage(fields) {
  const parts = pieces(fields);
  const all = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const all = (fields, number) =>
  fields.filter(([n]) => n === number).map(([, , value]) => value);
const first = (fields, number) => all(fields, number)[0];

/** Repeated integers, packed or one by one. */
function integers(fields, number) {
  return all(fields, number).flatMap((value) => {
    if (typeof value === 'bigint') return [Number(value)];
    const list = [];
    for (let at = 0, item; at < value.length; list.push(Number(item)))
      [item, at] = readVarint(value, at);
    return list;
  });
}

function readTensor(bytes) {
  const fields = readMessage(bytes);
  const raw = first(fields, names.tensor.raw);
  const tensor = {
    name: text(first(fields, names.tensor.name) ?? new Uint8Array()),
    dims: integers(fields, names.tensor.dims),
    type: Number(first(fields, names.tensor.type)),
    raw,
    fields,
  };
  if (tensor.type === types.int64)
    tensor.ints = raw
      ? Array.from(new BigInt64Array(new Uint8Array(raw).buffer), Number)
      : integers(fields, names.tensor.int64);
  return tensor;
}

function readAttribute(bytes) {
  const fields = readMessage(bytes);
  const { name, i, ints, tensor } = names.attribute;
  const value = first(fields, tensor);
  return [
    text(first(fields, name)),
    {
      i: Number(first(fields, i) ?? 0n),
      ints: integers(fields, ints),
      tensor: value && readTensor(value),
      fields,
    },
  ];
}

function readNode(bytes) {
  const fields = readMessage(bytes);
  const strings = (number) => all(fields, number).map(text);
  return {
    op: text(first(fields, names.node.op)),
    name: text(first(fields, names.node.name) ?? new Uint8Array()),
    inputs: strings(names.node.input),
    outputs: strings(names.node.output),
    attributes: new Map(all(fields, names.node.attribute).map(readAttribute)),
    fields,
  };
}

/** Producers before consumers: not every file has them so. */
function inOrder(nodes) {
  const makers = new Map();
  for (const node of nodes)
    for (const name of node.outputs) makers.set(name, node);
  const sorted = new Set();
  const add = (node) => {
    if (sorted.has(node)) return;
    for (const name of node.inputs) {
      const maker = makers.get(name);
      if (maker) add(maker);
    }
    sorted.add(node);
  };
  nodes.forEach(add);
  return [...sorted];
}

export function readModel(bytes) {
  const fields = readMessage(bytes);
  const graph = readMessage(first(fields, names.model.graph));
  const ports = (number) =>
    all(graph, number).map((value) =>
      text(first(readMessage(value), names.value.name)));
  const initializers = all(graph, names.graph.initializer).map(readTensor);
  return {
    fields,
    graph,
    nodes: inOrder(all(graph, names.graph.node).map(readNode)),
    initializers: new Map(initializers.map((t) => [t.name, t])),
    inputs: ports(names.graph.input),
    outputs: ports(names.graph.output),
  };
}

// ---- Writing ---------------------------------------------------------------

const number = (n, value) => [n, 0, BigInt(value)];
const bytesOf = (n, value) => [n, 2, value];
const string = (n, value) => [n, 2, toUtf8.encode(value)];

export function tensorMessage(name, type, dims, raw) {
  const { tensor } = names;
  return writeMessage([
    ...dims.map((d) => number(tensor.dims, d)),
    number(tensor.type, type),
    string(tensor.name, name),
    bytesOf(tensor.raw, raw),
  ]);
}

/** name: f32[dims] as an input or output of a graph. */
export function portMessage(name, dims) {
  const shape = dims.map((d) => bytesOf(1, writeMessage([number(1, d)])));
  const tensor = [number(1, types.f32), bytesOf(2, writeMessage(shape))];
  const type = writeMessage([bytesOf(1, writeMessage(tensor))]);
  return writeMessage([
    string(names.value.name, name),
    bytesOf(names.value.type, type),
  ]);
}

/** The same node between other tensors, with other integers as attributes:
 * {name: number | [numbers]}. */
export function nodeMessage(node, inputs, outputs, changed = {}) {
  const { node: n, attribute: a } = names;
  const kinds = { one: 2, many: 7 }; // AttributeProto.AttributeType
  const attributes = Object.entries(changed).map(([name, value]) => {
    const fields = Array.isArray(value)
      ? [...value.map((v) => number(a.ints, v)), number(a.type, kinds.many)]
      : [number(a.i, value), number(a.type, kinds.one)];
    return bytesOf(n.attribute, writeMessage([string(a.name, name), ...fields]));
  });
  const kept = [...node.attributes].filter(([name]) => !(name in changed));
  return writeMessage([
    ...inputs.map((name) => string(n.input, name)),
    ...outputs.map((name) => string(n.output, name)),
    string(n.name, node.name),
    string(n.op, node.op),
    ...kept.map(([, { fields }]) => bytesOf(n.attribute, writeMessage(fields))),
    ...attributes,
  ]);
}

/** The model with another graph: lists of messages. */
export function modelMessage(model, { nodes, tensors, inputs, outputs }) {
  const { graph } = names;
  const replaced = Object.values(graph);
  const list = (n, messages) => messages.map((m) => bytesOf(n, m));
  const body = [
    ...model.graph.filter(([n]) => !replaced.includes(n)),
    ...list(graph.node, nodes),
    ...list(graph.initializer, tensors),
    ...list(graph.input, inputs),
    ...list(graph.output, outputs),
  ];
  const rest = model.fields.filter(([n]) => n !== names.model.graph);
  return writeMessage([...rest, bytesOf(names.model.graph, pieces(body))]);
}
