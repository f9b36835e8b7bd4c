/**
 * The worker that owns a job's pixels: it decodes the photo, hands copies of
 * it to engines (an engine that fails takes nothing with it), keeps the
 * cut-out and writes files of it. The page's own thread never sees a pixel.
 */
import { decode, type Decoded } from './decode.js';
import { encode } from './encode.js';
import { CutoutError } from './errors.js';
import { Moved, Peer, workerPort } from './rpc.js';
import type { EncodeOptions } from './types.js';

export type Photo = Omit<Decoded, 'pixels'> & { ms: number };

let photo: Decoded | undefined;
let cutout: Uint8Array<ArrayBuffer> | undefined;

new Peer(workerPort, { decode: decodePhoto, lend, encode: encodeCutout, convert });

function loaded(): Decoded {
  if (!photo) throw new CutoutError('crash', 'There is no photo yet.');
  return photo;
}

async function decodePhoto(file: Blob): Promise<Photo> {
  const start = performance.now();
  photo = await decode(file);
  const { pixels: _, ...facts } = photo;
  return { ...facts, ms: performance.now() - start };
}

/** Serves one attempt of an engine over `port`. */
function lend(port: MessagePort): void {
  new Peer(port, {
    pixels: () => {
      const { pixels, width, height } = loaded();
      const copy = pixels.slice();
      return new Moved({ pixels: copy, width, height }, [copy.buffer]);
    },
    cut: (pixels: Uint8Array<ArrayBuffer>) => {
      cutout = pixels;
    },
  });
}

async function encodeCutout(options: EncodeOptions) {
  const start = performance.now();
  if (!cutout) throw new CutoutError('crash', 'There is no cut-out yet.');
  const blob = await encode({ ...loaded(), pixels: cutout }, options);
  return { blob, ms: performance.now() - start };
}

/** Another format of a picture that has been written already. */
async function convert(file: Blob, options: EncodeOptions): Promise<Blob> {
  return encode(await decode(file), options);
}
