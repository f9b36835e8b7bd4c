/**
 * Pixels of a bitmap, and what canvases of this browser do to them. Firefox
 * and WebKitGTK have no canvas for Display P3; every canvas multiplies colours
 * by alpha. What helps against that is tried on one pixel first, because
 * browsers differ. Runs in workers.
 */
import { CutoutError } from './errors.js';
import { encodePng } from './png.js';
import type { ColourSpace } from './types.js';

type Bytes = Uint8Array<ArrayBuffer>;
type Reader = (bitmap: ImageBitmap) => Promise<Bytes | undefined>;

export function context2d(
  width: number,
  height: number,
  colour: ColourSpace,
): OffscreenCanvasRenderingContext2D {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', {
    colorSpace: colour,
    willReadFrequently: true, // in memory, where pixels are exact
  });
  if (!context)
    throw new CutoutError('no-memory', 'The browser gave no canvas.');
  return context;
}

/** Is there a canvas for more colours than sRGB's? */
export function hasWideCanvas(): boolean {
  const { colorSpace } = context2d(1, 1, 'display-p3').getImageData(0, 0, 1, 1);
  return colorSpace === 'display-p3';
}

export function byCanvas(bitmap: ImageBitmap, colour: ColourSpace): Bytes {
  const { width, height } = bitmap;
  const context = context2d(width, height, colour);
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height, {
    colorSpace: colour,
  });
  context.canvas.width = context.canvas.height = 0; // its memory, at once
  return new Uint8Array(data.buffer as ArrayBuffer);
}

/** A texture is not multiplied when told so. */
const byTexture: Reader = async (bitmap) => {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return undefined;
  const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
  if (Math.max(width, height) > most) return undefined;
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  const { RGBA, UNSIGNED_BYTE, TEXTURE_2D } = gl;
  gl.texImage2D(TEXTURE_2D, 0, RGBA, RGBA, UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(
    ...([gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0] as const),
    ...([TEXTURE_2D, texture, 0] as const),
  );
  const out = new Uint8Array(width * height * 4);
  gl.readPixels(0, 0, width, height, RGBA, UNSIGNED_BYTE, out);
  const fine = gl.getError() === gl.NO_ERROR;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return fine ? out : undefined;
};

/** A frame of a film keeps what the bitmap has, in Firefox. */
const byFrame: Reader = async (bitmap) => {
  if (typeof VideoFrame === 'undefined') return undefined;
  const { width, height } = bitmap;
  const frame = new VideoFrame(bitmap, { timestamp: 0, alpha: 'keep' });
  try {
    const out = new Uint8Array(width * height * 4);
    const layout = [{ offset: 0, stride: width * 4 }];
    await frame.copyTo(out, { format: 'RGBA', layout });
    return out;
  } finally {
    frame.close();
  }
};

const decodeOptions = {
  imageOrientation: 'from-image',
  premultiplyAlpha: 'none',
} as const;

/** `raw`: the file's own numbers, whatever space they are of. */
export function decodeBitmap(file: Blob, raw = false): Promise<ImageBitmap> {
  return createImageBitmap(file, {
    ...decodeOptions,
    colorSpaceConversion: raw ? 'none' : 'default',
  });
}

/** Does `read` give back a pixel that was written? */
async function keeps(
  pixel: number[],
  colour: ColourSpace,
  read: (file: Blob) => Promise<Bytes | undefined>,
): Promise<boolean> {
  try {
    const file = await encodePng(Uint8Array.from(pixel), 1, 1, colour);
    const got = await read(file);
    return pixel.every((value, i) => got?.[i] === value);
  } catch {
    return false;
  }
}

/** Can a picture in Display P3 be read without being converted? */
export const keepsNumbers = (): Promise<boolean> =>
  keeps([200, 30, 60, 255], 'display-p3', async (file) =>
    byCanvas(await decodeBitmap(file, true), 'srgb'),
  );

/** The pixels with the colours under a low alpha; undefined when this browser
 * has no way to them. */
export async function straight(
  bitmap: ImageBitmap,
): Promise<Bytes | undefined> {
  for (const reader of [byTexture, byFrame]) {
    const exact = await keeps([200, 100, 50, 3], 'srgb', async (file) =>
      reader(await decodeBitmap(file)),
    );
    if (!exact) continue;
    const pixels = await reader(bitmap).catch(() => undefined);
    if (pixels) return pixels;
  }
  return undefined;
}
