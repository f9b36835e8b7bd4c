/** HEIC and AVIF by libheif, fetched only when a browser cannot. */
import libheif, { type DecodedImage } from 'libheif-js/libheif-wasm/libheif-bundle.mjs';
import { CutoutError } from './errors.js';

export async function decodeHeif(
  bytes: Uint8Array<ArrayBuffer>,
  checkSize: (width: number, height: number) => void,
) {
  const decoder = new (libheif().HeifDecoder)();
  const images: DecodedImage[] = decoder.decode(bytes);
  const image = images[0];
  if (!image)
    throw new CutoutError('bad-input', 'The HEIC or AVIF file is damaged.');
  const width = image.get_width();
  const height = image.get_height();
  checkSize(width, height);
  const target = { data: new Uint8ClampedArray(width * height * 4), width, height };
  return new Promise<typeof target>((resolve, reject) =>
    image.display(target, (done) => {
      images.forEach((other) => other.free());
      if (done) resolve(target);
      else
        reject(new CutoutError('bad-input', 'The HEIC or AVIF is damaged.'));
    }),
  );
}
