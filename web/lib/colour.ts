/** Display P3 to sRGB, for what a browser writes without a wide canvas. */

const steps = 16384;
const linear = (x: number) =>
  x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
const curved = (y: number) =>
  y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055;

/** Linear P3 to linear sRGB, both under D65: CSS Color 4, section 17. */
const matrix = [
  [1.2249401, -0.2249402, 0],
  [-0.0420569, 1.0420571, 0],
  [-0.0196376, -0.0786361, 1.0982735],
] as const;

/** RGBA to RGBA; colours that sRGB has not are clipped. */
export function srgbOfP3(
  pixels: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const decode = Float32Array.from({ length: 256 }, (_, i) => linear(i / 255));
  const encode = Uint8Array.from({ length: steps + 1 }, (_, i) =>
    Math.round(255 * curved(i / steps)),
  );
  const out = pixels.slice();
  for (let i = 0; i < out.length; i += 4) {
    const r = decode[pixels[i]!]!;
    const g = decode[pixels[i + 1]!]!;
    const b = decode[pixels[i + 2]!]!;
    for (let c = 0; c < 3; c++) {
      const [x, y, z] = matrix[c]!;
      const value = Math.max(0, Math.min(1, x * r + y * g + z * b));
      out[i + c] = encode[Math.round(value * steps)]!;
    }
  }
  return out;
}
