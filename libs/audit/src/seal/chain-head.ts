/** The last link that is known to be committed. */
export interface ChainHead {
  readonly chain: bigint;
  /** 0n before the first link. */
  readonly seq: bigint;
  readonly hash: Uint8Array;
}
