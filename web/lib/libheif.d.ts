/** The part of libheif-js that is used; its own types describe the C API. */
declare module 'libheif-js/libheif-wasm/libheif-bundle.mjs' {
  export interface DecodedImage {
    get_width(): number;
    get_height(): number;
    display(
      target: { data: Uint8ClampedArray; width: number; height: number },
      done: (target: object | null) => void,
    ): void;
    free(): void;
  }
  interface Decoder {
    decode(bytes: Uint8Array): DecodedImage[];
  }
  export default function libheif(): { HeifDecoder: new () => Decoder };
}
