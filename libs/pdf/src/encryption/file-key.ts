/** The key that a password gave, and in whose role (ISO 32000-1 7.6.3.1). */
export interface FileKey {
  readonly key: Uint8Array;
  /** The owner may do everything; the user what the permissions say. */
  readonly openedBy: 'owner' | 'user';
}
