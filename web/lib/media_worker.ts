/**
 * The worker that owns a job's pixels: it decodes the photo, hands copies of
 * it to engines (an engine that fails takes nothing with it), keeps the
 * cut-out and writes files of it. The page's own thread never sees a pixel.
 */
import type { ChaosNote, Mishap } from './chaos.js';
import { decode, type Decoded } from './decode.js';
import { encode } from './encode.js';
import { CutoutError } from './errors.js';
import { Moved, Peer, workerPort } from './rpc.js';
import type { Saboteur } from './saboteur.js';
import type { EncodeOptions } from './types.js';

export type Photo = Omit<Decoded, 'pixels'> & { ms: number };

let photo: Decoded | undefined;
let cutout: Uint8Array<ArrayBuffer> | undefined;

const peer = new Peer(workerPort, {
  decode: decodePhoto,
  lend,
  encode: encodeCutout,
  convert,
});

let chaos: Saboteur | undefined;

async function prepareChaos(mishaps: Mishap[]): Promise<void> {
  chaos = undefined;
  if (!mishaps.length) return;
  const { Saboteur } = await import('./saboteur.js');
  chaos = new Saboteur(mishaps, (note: ChaosNote) => peer.note(note), {});
}

function loaded(): Decoded {
  if (!photo) throw new CutoutError('crash', 'There is no photo yet.');
  return photo;
}

async function decodePhoto(file: Blob, mishaps: Mishap[]): Promise<Photo> {
  await prepareChaos(mishaps);
  const start = performance.now();
  await chaos?.at('decode');
  photo = await decode(file);
  const { pixels: _, ...facts } = photo;
  return { ...facts, ms: performance.now() - start };
}

let lent: MessagePort | undefined;

/** Serves one attempt of an engine over `port`. What an earlier attempt has
 * sent, or still sends, counts no more. */
function lend(port: MessagePort): void {
  lent?.close();
  lent = port;
  cutout = undefined;
  new Peer(port, {
    pixels: () => {
      const { pixels, width, height } = loaded();
      const copy = pixels.slice();
      return new Moved({ pixels: copy, width, height }, [copy.buffer]);
    },
    cut: (pixels: Uint8Array<ArrayBuffer>) => {
      const { length } = loaded().pixels;
      if (lent !== port) return;
      if (pixels.length !== length)
        throw new CutoutError(
          'wrong-result',
          `The cut-out has ${pixels.length} bytes instead of ${length}.`,
        );
      cutout = pixels;
    },
  });
}

async function encodeCutout(
  options: EncodeOptions,
  mishaps: Mishap[],
): Promise<{ blob: Blob; ms: number }> {
  await prepareChaos(mishaps);
  const start = performance.now();
  await chaos?.at('encode');
  if (!cutout) throw new CutoutError('crash', 'There is no cut-out yet.');
  const blob = await encode({ ...loaded(), pixels: cutout }, options);
  return { blob, ms: performance.now() - start };
}

/** Another format of a picture that has been written already. */
async function convert(file: Blob, options: EncodeOptions): Promise<Blob> {
  return encode(await decode(file), options);
}
