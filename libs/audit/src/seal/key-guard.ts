/** What a signature was made with; it is released only while this still is the state of the database. */
export interface KeyGuard {
  readonly certid: string;
  readonly certificateVersion: number;
  /** The key slot that the caller came through; null where no slot was needed. */
  readonly slotId: string | null;
  readonly slotVersion: number | null;
  /**
   * For what was not read for this very operation: the rows as they were when they were read, in words of the app's.
   * Absent: the versions say enough.
   */
  readonly certificateStanding?: string;
  readonly slotStanding?: string;
}

/** Whose session a signature was asked for in. */
export interface SessionGuard {
  /** SHA-256 of the session's token. */
  readonly tokenHash: Uint8Array;
  /** The user as he was when the session was read, in words of the app's. */
  readonly standing: string;
}

/** What must still hold when an operation's record is written. */
export interface Guards {
  readonly keys?: readonly KeyGuard[];
  readonly session?: SessionGuard;
  /**
   * `refuse`: the record is written as that of a refusal. `leave-open`: nothing is written, because the operation will
   * be run again on what stands in the database now, and that run makes the one record. Default `refuse`.
   */
  readonly ifStale?: 'refuse' | 'leave-open';
}

/** How the rows of one kind of guard are checked, and what the record of a refusal says instead. */
export interface GuardedRows {
  readonly freshOrdinals: string;
  readonly refusal: { readonly info: string; readonly errorCode: string };
}

/**
 * How guards are checked: entities are the app's, so the app says it in SQL. Each `freshOrdinals` is a SELECT that
 * yields one column, the ordinals that still hold. It must lock what it reads (`FOR SHARE OF …`), in a fixed order, so
 * that whoever disables a certificate comes before or after the batch and never in its midst. Sessions are locked first.
 */
export interface GuardCheck {
  /**
   * Reads from the relation `guard (ordinal int, certid text, certificate_version bigint, slot_id text, slot_version
   * bigint, certificate_standing text, slot_standing text)`; standings may be null.
   */
  readonly keys: GuardedRows;
  /** Reads from the relation `guard (ordinal int, token_hash bytea, standing text)`. */
  readonly sessions: GuardedRows;
}
