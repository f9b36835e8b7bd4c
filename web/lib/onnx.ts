/**
 * Writes small ONNX models (onnx.proto of ONNX 1.15: ModelProto, GraphProto,
 * NodeProto, TensorProto), as much as the canary needs.
 */
type Bytes = Uint8Array<ArrayBuffer>;

const text = (value: string) => new TextEncoder().encode(value);

function varint(value: number): number[] {
  const out: number[] = [];
  for (; value > 127; value = Math.floor(value / 128))
    out.push((value & 127) | 128);
  return [...out, value];
}

function join(parts: (Uint8Array | number[])[]): Bytes {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

const int = (field: number, value: number) =>
  join([varint(field << 3), varint(value)]);
const bytes = (field: number, value: Uint8Array) =>
  join([varint((field << 3) | 2), varint(value.length), value]);

const floatType = 1; // TensorProto.FLOAT
const halfType = 10; // TensorProto.FLOAT16
const intType = 2; // AttributeProto.INT
const intsType = 7; // AttributeProto.INTS
const stringType = 3;

export type DataType = 'float' | 'half';
const types = { float: floatType, half: halfType };

/** The nearest half-precision number's bits, for values that have one. */
function halfBits(value: number): number {
  const [bits = 0] = new Uint32Array(new Float32Array([value]).buffer);
  const rest = (bits & 0x7fffffff) + 0x1000 - (112 << 23);
  const near = rest < 1 << 23 ? 0 : rest >>> 13; // small ones are 0
  return ((bits >>> 16) & 0x8000) | near;
}

/** A float input or output; an open dimension is -1. */
function value(name: string, dims: number[]): Bytes {
  const shape = join(
    dims.map((d) => bytes(1, d < 0 ? bytes(2, text('n')) : int(1, d))),
  );
  const tensor = join([int(1, floatType), bytes(2, shape)]);
  return join([bytes(1, text(name)), bytes(2, bytes(1, tensor))]);
}

type Attribute = number | number[] | string;

function attribute(name: string, value: Attribute): Bytes {
  const given =
    typeof value === 'string'
      ? [bytes(4, text(value)), int(20, stringType)]
      : typeof value === 'number'
        ? [int(3, value), int(20, intType)]
        : [...value.map((v) => int(8, v)), int(20, intsType)];
  return join([bytes(1, text(name)), ...given]);
}

export class OnnxWriter {
  private readonly parts: Bytes[] = [];

  input(name: string, dims: number[]): void {
    this.parts.push(bytes(11, value(name, dims)));
  }

  output(name: string, dims: number[]): void {
    this.parts.push(bytes(12, value(name, dims)));
  }

  tensor(
    name: string,
    dims: number[],
    data: Float32Array<ArrayBuffer>,
    type: DataType = 'float',
  ): void {
    const raw = type === 'half' ? Uint16Array.from(data, halfBits) : data;
    const proto = join([
      ...dims.map((d) => int(1, d)),
      int(2, types[type]),
      bytes(8, text(name)),
      bytes(9, new Uint8Array(raw.buffer)),
    ]);
    this.parts.push(bytes(5, proto));
  }

  cast(input: string, output: string, type: DataType): void {
    this.node('Cast', [input], output, { to: types[type] });
  }

  /** An empty name stands for an input that is left out. */
  node(
    type: string,
    inputs: string[],
    output: string,
    attributes: Record<string, Attribute> = {},
  ): void {
    const proto = join([
      ...inputs.map((name) => bytes(1, text(name))),
      bytes(2, text(output)),
      bytes(4, text(type)),
      ...Object.entries(attributes).map(([name, v]) =>
        bytes(5, attribute(name, v)),
      ),
    ]);
    this.parts.push(bytes(1, proto));
  }

  finish(): Bytes {
    const opset = int(2, 13);
    return join([int(1, 8), bytes(7, join(this.parts)), bytes(8, opset)]);
  }
}
