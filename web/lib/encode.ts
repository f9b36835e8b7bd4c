/** Straight-alpha pixels to a file. */
import { context2d, hasWideCanvas } from './canvas.js';
import { srgbOfP3 } from './colour.js';
import { CutoutError } from './errors.js';
import { encodePng } from './png.js';
import type { ColourSpace, EncodeOptions } from './types.js';

export interface Pixels {
  pixels: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  colour: ColourSpace;
}

function parseColour(text: string): [number, number, number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (!match)
    throw new CutoutError(
      'bad-option',
      `Expected a colour like #rrggbb for background but received '${text}'.`,
    );
  const [r, g, b] = match.slice(1).map((hex) => parseInt(hex, 16));
  return [r!, g!, b!];
}

/** Lays the cut-out on a colour; the result is opaque. */
function onColour(image: Pixels, text: string): Uint8Array<ArrayBuffer> {
  const colour = parseColour(text);
  const { pixels } = image;
  const out = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!;
    for (let c = 0; c < 3; c++) {
      const mixed = pixels[i + c]! * alpha + colour[c]! * (255 - alpha);
      out[i + c] = (mixed + 127) / 255;
    }
    out[i + 3] = 255;
  }
  return out;
}

/** WebP and JPEG by the browser. A canvas multiplies colours by alpha, which
 * is no loss for an opaque picture and a small one for WebP. */
async function byBrowser(
  image: Pixels,
  type: string,
  quality: number | undefined,
): Promise<Blob> {
  const { width, height } = image;
  const wide = image.colour === 'display-p3' && hasWideCanvas();
  const colour = wide ? 'display-p3' : 'srgb';
  const pixels =
    image.colour === colour ? image.pixels : srgbOfP3(image.pixels);
  const context = context2d(width, height, colour);
  const clamped = new Uint8ClampedArray(pixels.buffer);
  const data = new ImageData(clamped, width, height, { colorSpace: colour });
  context.putImageData(data, 0, 0);
  const blob = await context.canvas.convertToBlob(
    quality === undefined ? { type } : { type, quality },
  );
  if (blob.type !== type)
    throw new CutoutError(
      'unsupported-format',
      `This browser does not write ${type.slice(6).toUpperCase()} files.`,
    );
  return blob;
}

export async function encode(
  image: Pixels,
  options: EncodeOptions,
): Promise<Blob> {
  const { format = 'png', quality } = options;
  const background =
    options.background ?? (format === 'jpeg' ? '#ffffff' : undefined);
  const pixels = background ? onColour(image, background) : image.pixels;
  const { width, height, colour } = image;
  if (format === 'png') return encodePng(pixels, width, height, colour);
  if (format !== 'webp' && format !== 'jpeg')
    throw new CutoutError(
      'bad-option',
      `Expected png, webp or jpeg for format but received '${String(format)}'.`,
    );
  return byBrowser({ ...image, pixels }, `image/${format}`, quality);
}
