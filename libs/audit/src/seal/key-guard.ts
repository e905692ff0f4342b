/** What a signature was made with; it is released only while this still is the state of the database. */
export interface KeyGuard {
  readonly certid: string;
  readonly certificateVersion: number;
  /** The key slot that the caller came through; null where no slot was needed. */
  readonly slotId: string | null;
  readonly slotVersion: number | null;
}

/** How guards are checked: entities are the app's, so the app says it in SQL. */
export interface GuardCheck {
  /**
   * A SELECT that reads from the relation `guard (ordinal int, certid text, certificate_version bigint, slot_id text,
   * slot_version bigint)` and yields one column, the ordinals that still hold. It must lock what it reads
   * (`FOR SHARE OF …`), in a fixed order, so that whoever disables a certificate comes before or after the batch and
   * never in its midst.
   */
  readonly freshOrdinals: string;
  /** What the record of a refused signature says instead. */
  readonly refusal: { readonly info: string; readonly errorCode: string };
}
