/** Of the library; the engine's own is in its module. */
export const version = '0.1.0';
