/** What an operation tells the audit beyond its name and caller. Never a secret; texts are bounded where they are stored. */
export interface AuditNote {
  certid?: string;
  certsha1sum?: string;
  serial?: string;
  /** The operation's main input: a hash algorithm, a profile, a name. */
  actiondata?: string;
  /** On whom the action is performed, where that is not the caller. */
  userid?: string;
  /** The organisation that the record belongs to, where that is not the caller's. */
  orgaid?: string;
  /** Who acts, where no session says it (log-in). */
  oper?: string;
  app?: string;
  host?: string;
  location?: string;
  module?: string;
  modver?: string;
  data?: string;
  info?: string;
}
