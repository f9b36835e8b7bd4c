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
const intsType = 7; // AttributeProto.INTS
const stringType = 3;

/** A float input or output; an open dimension is -1. */
function value(name: string, dims: number[]): Bytes {
  const shape = join(
    dims.map((d) => bytes(1, d < 0 ? bytes(2, text('n')) : int(1, d))),
  );
  const tensor = join([int(1, floatType), bytes(2, shape)]);
  return join([bytes(1, text(name)), bytes(2, bytes(1, tensor))]);
}

function attribute(name: string, value: number[] | string): Bytes {
  return join([
    bytes(1, text(name)),
    ...(typeof value === 'string'
      ? [bytes(4, text(value)), int(20, stringType)]
      : [...value.map((v) => int(8, v)), int(20, intsType)]),
  ]);
}

export class OnnxWriter {
  private readonly parts: Bytes[] = [];

  input(name: string, dims: number[]): void {
    this.parts.push(bytes(11, value(name, dims)));
  }

  output(name: string, dims: number[]): void {
    this.parts.push(bytes(12, value(name, dims)));
  }

  tensor(name: string, dims: number[], data: Float32Array<ArrayBuffer>): void {
    const proto = join([
      ...dims.map((d) => int(1, d)),
      int(2, floatType),
      bytes(8, text(name)),
      bytes(9, new Uint8Array(data.buffer)),
    ]);
    this.parts.push(bytes(5, proto));
  }

  /** An empty name stands for an input that is left out. Whole numbers as
   * attributes are lists; `axis` is the one that is not. */
  node(
    type: string,
    inputs: string[],
    output: string,
    attributes: Record<string, number[] | string> = {},
    axis?: number,
  ): void {
    const proto = join([
      ...inputs.map((name) => bytes(1, text(name))),
      bytes(2, text(output)),
      bytes(4, text(type)),
      ...Object.entries(attributes).map(([name, v]) =>
        bytes(5, attribute(name, v)),
      ),
      ...(axis === undefined
        ? []
        : [bytes(5, join([bytes(1, text('axis')), int(3, axis), int(20, 2)]))]),
    ]);
    this.parts.push(bytes(1, proto));
  }

  finish(): Bytes {
    const opset = int(2, 13);
    return join([int(1, 8), bytes(7, join(this.parts)), bytes(8, opset)]);
  }
}
