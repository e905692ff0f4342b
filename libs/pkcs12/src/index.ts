export { DEFAULT_PFX_LIMITS, type PfxContents, type PfxLimits, readPfx } from './read-pfx.ts';
export { createPfxReader, type PfxReader, type PfxReaderOptions } from './reader/pfx-reader.ts';
