/** What a file is, by its first bytes; names and types given are not asked. */
export type FileFormat =
  | 'png'
  | 'jpeg'
  | 'webp'
  | 'gif'
  | 'bmp'
  | 'avif'
  | 'heic'
  | 'tiff';

const ascii = (bytes: Uint8Array, at: number, n: number) =>
  String.fromCharCode(...bytes.subarray(at, at + n));

/** ISO media files list brands: the major one, a version, the compatible. */
function isoBrands(head: Uint8Array): string[] {
  if (ascii(head, 4, 4) !== 'ftyp') return [];
  const size = new DataView(head.buffer, head.byteOffset).getUint32(0);
  const end = Math.min(size, head.length);
  const brands = [ascii(head, 8, 4)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(ascii(head, at, 4));
  return brands;
}

function isoFormat(brands: string[]): FileFormat | undefined {
  if (brands.some((b) => b === 'avif' || b === 'avis')) return 'avif';
  const heic = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1'];
  if (brands.some((b) => heic.includes(b))) return 'heic';
  return undefined;
}

/** `head`: the first 64 bytes or more. */
export function fileFormat(head: Uint8Array): FileFormat | undefined {
  if (head.length < 12) return undefined;
  if (ascii(head, 0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (ascii(head, 0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 4) === 'WEBP')
    return 'webp';
  if (/^GIF8[79]a$/.test(ascii(head, 0, 6))) return 'gif';
  if (ascii(head, 0, 2) === 'BM') return 'bmp';
  if (/^(II\*\0|MM\0\*)$/.test(ascii(head, 0, 4))) return 'tiff';
  return isoFormat(isoBrands(head));
}
