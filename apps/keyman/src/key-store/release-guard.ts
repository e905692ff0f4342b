import type { GuardCheck } from '@cinnabar/audit';
import { KEYMAN_ERRORS } from '@cinnabar/keyman-api';
import { lockedSql, type AttemptLimits } from './postgres-attempt-ledger.ts';

/** SQL for the state of a `certificate` row named `c`: another after every change of the row, whatever it was. */
export const CERTIFICATE_STANDING = 'c.xmin::text';

/** SQL for what a use of a `key_slot` row named `s` depends on; the counts of tries, which each cold PIN moves, are not in it. */
export const SLOT_STANDING =
  '(s.version, s.key_version, s.kind, s.holder, s.delegation, s.valid_from, s.valid_to, s.operations)::text';

/** SQL for what a `keyman_user` row named `u` lets a caller do. */
export const USER_STANDING = '(u.userid, u.orgaid, u.admin, u.superadmin, u.auditor)::text';

export interface ReleaseLimits {
  readonly attempts: AttemptLimits;
  readonly sessionIdleMs: number;
}

/**
 * What must still hold when a signature's record is sealed: the session stands and its user is who he was; certificate
 * and slot are at the versions that signed, enabled, and not locked. Rows are locked in the order of their keys, so
 * that two nodes' batches never wait for each other, and users before all else, as whoever changes one does.
 */
export function releaseGuard({ attempts, sessionIdleMs }: ReleaseLimits): GuardCheck {
  return {
    sessions: {
      freshOrdinals: `
        SELECT guard.ordinal
          FROM guard
          JOIN login_session l ON l.token_hash = guard.token_hash
          JOIN keyman_user u ON u.userid = l.userid
         WHERE l.expires_at > now() AND l.last_used_at > now() - interval '${sessionIdleMs} milliseconds'
           AND NOT u.disabled AND ${USER_STANDING} = guard.standing
         ORDER BY u.userid, l.token_hash
           FOR SHARE OF u, l`,
      refusal: {
        info: 'refused: the session ended while it signed',
        errorCode: KEYMAN_ERRORS['not-authenticated'].code,
      },
    },
    keys: {
      freshOrdinals: `
        SELECT guard.ordinal
          FROM guard
          JOIN certificate c ON c.certid = guard.certid AND c.version = guard.certificate_version
          JOIN key_slot s ON s.slot_id = guard.slot_id AND s.version = guard.slot_version AND s.certid = c.certid
         WHERE NOT c.disabled AND NOT ${lockedSql(attempts)}
           AND (guard.certificate_standing IS NULL OR guard.certificate_standing = ${CERTIFICATE_STANDING})
           AND (guard.slot_standing IS NULL OR guard.slot_standing = ${SLOT_STANDING})
         ORDER BY guard.certid, guard.slot_id
           FOR SHARE OF c, s`,
      refusal: {
        info: 'refused: the certificate or its PIN was changed while it signed',
        errorCode: KEYMAN_ERRORS['certificate-not-usable'].code,
      },
    },
  };
}
