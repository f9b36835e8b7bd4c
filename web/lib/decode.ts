/**
 * A file to upright RGBA pixels, by the browser's own decoder; HEIC and AVIF
 * by libheif where the browser has none. Runs in a worker.
 */
import { CutoutError } from './errors.js';
import { colourSpace } from './profile.js';
import { fileFormat, type FileFormat } from './signature.js';
import type { ColourSpace } from './types.js';

export interface Decoded {
  pixels: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  format: FileFormat;
  colour: ColourSpace;
  decoder: 'browser' | 'libheif';
}

/** Pixels are copied a few times: 100 million are 400 MB each time. */
const mostPixels = 100e6;

function checkSize(width: number, height: number): void {
  if (width * height <= mostPixels) return;
  const mp = Math.round((width * height) / 1e6);
  throw new CutoutError(
    'too-large',
    `The photo has ${mp} megapixels; at most ${mostPixels / 1e6} are possible.`,
  );
}

function readBack(bitmap: ImageBitmap, colour: ColourSpace): ImageData {
  const { width, height } = bitmap;
  checkSize(width, height);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', {
    colorSpace: colour,
    willReadFrequently: true, // in memory, where pixels are exact
  });
  if (!context)
    throw new CutoutError('no-memory', 'The browser gave no canvas.');
  context.drawImage(bitmap, 0, 0);
  const data = context.getImageData(0, 0, width, height, {
    colorSpace: colour,
  });
  canvas.width = canvas.height = 0; // gives its memory back at once
  return data;
}

async function byBrowser(file: Blob, colour: ColourSpace) {
  const bitmap = await createImageBitmap(file, {
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none',
  });
  try {
    return readBack(bitmap, colour);
  } finally {
    bitmap.close();
  }
}

async function byLibheif(bytes: Uint8Array<ArrayBuffer>) {
  const { decodeHeif } = await import('./heif.js');
  return decodeHeif(bytes, checkSize);
}

export async function decode(file: Blob): Promise<Decoded> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const format = fileFormat(bytes);
  if (!format)
    throw new CutoutError(
      'unsupported-format',
      'This is not a picture that can be read. PNG, JPEG, WebP, AVIF, HEIC ' +
        'and GIF can.',
    );
  const colour = await colourSpace(bytes, format);
  let data: { width: number; height: number; data: Uint8ClampedArray };
  let decoder: Decoded['decoder'] = 'browser';
  try {
    data = await byBrowser(new Blob([bytes]), colour);
  } catch (error) {
    if (error instanceof CutoutError) throw error;
    if (format === 'avif' || format === 'heic') {
      data = await byLibheif(bytes);
      decoder = 'libheif';
    } else if (format === 'tiff' || format === 'bmp') {
      throw new CutoutError(
        'unsupported-format',
        `This browser does not read ${format.toUpperCase()} files.`,
      );
    } else {
      throw new CutoutError(
        'bad-input',
        `The ${format.toUpperCase()} file is damaged: the browser cannot ` +
          'read it.',
      );
    }
  }
  const { width, height } = data;
  const pixels = new Uint8Array(data.data.buffer as ArrayBuffer);
  return { pixels, width, height, format, colour, decoder };
}
