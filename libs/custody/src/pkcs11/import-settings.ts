/**
 * How private keys of PFX files get into the HSM: `create-object` (C_CreateObject with its parts), `transport-key`
 * (wrapped for a transport key of the token and unwrapped there, for HSMs that let no private key in in clear), or
 * `none`: only keys born in the HSM.
 */
export const IMPORT_WAYS = ['create-object', 'transport-key', 'none'] as const;
export type ImportWay = (typeof IMPORT_WAYS)[number];
