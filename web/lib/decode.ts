/**
 * A file to upright RGBA pixels, by the browser's own decoder; PNG with alpha
 * by ours, HEIC by libheif where the browser has none. Runs in a
 * worker.
 */
import {
  byCanvas,
  decodeBitmap,
  hasWideCanvas,
  keepsNumbers,
  straight,
} from './canvas.js';
import { CutoutError } from './errors.js';
import type { FileColour } from './icc.js';
import { readPng } from './png_read.js';
import { fileColour } from './profile.js';
import { fileFormat, type FileFormat } from './signature.js';
import type { ColourSpace, Decoder } from './types.js';

export interface Decoded {
  pixels: Uint8Array<ArrayBuffer>;
  width: number;
  height: number;
  format: FileFormat;
  colour: ColourSpace;
  decoder: Decoder;
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

type Drawn = Pick<Decoded, 'pixels' | 'width' | 'height' | 'colour'>;

const hasAlpha = (pixels: Uint8Array) => {
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]! < 255) return true;
  return false;
};

async function byBrowser(file: Blob, wanted: FileColour): Promise<Drawn> {
  let colour = wanted.space;
  let raw = false;
  if (colour === 'display-p3' && !hasWideCanvas()) {
    raw = wanted.exact && (await keepsNumbers());
    if (!raw) colour = 'srgb';
  }
  const bitmap = await decodeBitmap(file, raw);
  try {
    const { width, height } = bitmap;
    checkSize(width, height);
    let pixels = byCanvas(bitmap, raw ? 'srgb' : colour);
    if (wanted.exact && colour === wanted.space && hasAlpha(pixels))
      pixels = (await straight(bitmap)) ?? pixels;
    return { pixels, width, height, colour };
  } finally {
    bitmap.close();
  }
}

async function byLibheif(
  bytes: Uint8Array<ArrayBuffer>,
  colour: ColourSpace,
): Promise<Drawn> {
  const { decodeHeif } = await import('./heif.js');
  const decoded = await decodeHeif(bytes, checkSize);
  if (!decoded) throw refusal('heic');
  return { ...decoded, colour };
}

/** What is left when the browser cannot read a file. */
function refusal(format: FileFormat): CutoutError {
  const name = format.toUpperCase();
  if (format === 'tiff' || format === 'bmp')
    return new CutoutError(
      'unsupported-format',
      `This browser does not read ${name} files.`,
    );
  const why =
    format === 'avif' || format === 'heic'
      ? ', or of a kind that cannot be read here.'
      : ': the browser cannot read it.';
  return new CutoutError('bad-input', `The ${name} file is damaged${why}`);
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
  const wanted = await fileColour(bytes, format);
  if (format === 'png' && wanted.exact) {
    // damage shows again, in the browser's decoder
    const own = await readPng(bytes, checkSize).catch((error: unknown) => {
      if (error instanceof CutoutError) throw error;
    });
    if (own) return { ...own, format, colour: wanted.space, decoder: 'cutout' };
  }
  try {
    const drawn = await byBrowser(new Blob([bytes]), wanted);
    return { ...drawn, format, decoder: 'browser' };
  } catch (error) {
    if (error instanceof CutoutError) throw error;
    if (format !== 'heic') throw refusal(format);
    const drawn = await byLibheif(bytes, wanted.space);
    return { ...drawn, format, decoder: 'libheif' };
  }
}
