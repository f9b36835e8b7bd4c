/** Whether two cut-outs are the same picture. */
import { readPng } from '../../lib/png_read.js';

export interface Sameness {
  /** `close`: nearly all values within 1 of 255, as two processors round. */
  kind: 'bytes' | 'pixels' | 'close' | 'other';
  /** Share of values that differ, and by how much at most, of 255. */
  differing: number;
  worst: number;
}

/** Of alpha, and of colours where something is seen. */
const enough = 0.999;

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

function compareValues(a: Uint8Array, b: Uint8Array): Sameness {
  let [seen, differing, far, worst] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const hidden = i % 4 !== 3 && !a[i | 3] && !b[i | 3];
    if (hidden) continue;
    const d = Math.abs(a[i]! - b[i]!);
    seen++;
    if (d > 0) differing++;
    if (d > 1) far++;
    if (d > worst) worst = d;
  }
  const close = far <= (1 - enough) * seen;
  const kind = !differing ? 'pixels' : close ? 'close' : 'other';
  return { kind, worst, differing: seen ? differing / seen : 0 };
}

export async function compareCutouts(one: Blob, two: Blob): Promise<Sameness> {
  const [a, b] = await Promise.all([bytesOf(one), bytesOf(two)]);
  if (a.length === b.length && a.every((byte, i) => byte === b[i]))
    return { kind: 'bytes', differing: 0, worst: 0 };
  const other: Sameness = { kind: 'other', differing: 1, worst: 255 };
  const read = (file: typeof a) => readPng(file, () => {});
  const [p, q] = await Promise.all([read(a), read(b)]);
  if (!p || !q || p.width !== q.width || p.height !== q.height) return other;
  return compareValues(p.pixels, q.pixels);
}

const percent = (share: number) =>
  share < 1e-4 ? 'less than 0.01 %' : `${(100 * share).toFixed(2)} %`;

export function samenessInWords(same: Sameness): string {
  switch (same.kind) {
    case 'bytes':
      return 'the same bytes as undisturbed';
    case 'pixels':
      return 'the same pixels as undisturbed';
    case 'close':
      return (
        `as undisturbed, but ${percent(same.differing)} of the values differ, ` +
        `by ${same.worst} of 255 at most`
      );
    default:
      return `another picture: values differ by up to ${same.worst} of 255`;
  }
}
