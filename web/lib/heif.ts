/**
 * HEIC by libheif (HEVC only: libheif-js has no decoder of AV1), fetched when
 * a browser cannot. Imports nothing of the worker that imports it: WebKit
 * would run the worker's own module a second time.
 */
import libheif, {
  type DecodedImage,
} from 'libheif-js/libheif-wasm/libheif-bundle.mjs';

/** Upright RGBA; undefined when the file cannot be read. */
export async function decodeHeif(
  bytes: Uint8Array<ArrayBuffer>,
  checkSize: (width: number, height: number) => void,
) {
  const decoder = new (libheif().HeifDecoder)();
  const images: DecodedImage[] = decoder.decode(bytes);
  const image = images[0];
  if (!image) return undefined;
  const width = image.get_width();
  const height = image.get_height();
  checkSize(width, height);
  const data = new Uint8ClampedArray(width * height * 4);
  const done = await new Promise<unknown>((resolve) =>
    image.display({ data, width, height }, resolve),
  );
  images.forEach((other) => other.free());
  if (!done) return undefined;
  return { pixels: new Uint8Array(data.buffer), width, height };
}
