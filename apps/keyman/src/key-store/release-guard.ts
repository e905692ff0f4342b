import type { GuardCheck } from '@cinnabar/audit';
import { KEYMAN_ERRORS } from '@cinnabar/keyman-api';
import { lockedSql, type AttemptLimits } from './postgres-attempt-ledger.ts';

/**
 * What must still hold when a signature's record is sealed: the certificate and the slot are at the versions that signed,
 * enabled, and not locked. Rows are locked in the order of certid, so that two nodes' batches never wait for each other.
 */
export function releaseGuard(limits: AttemptLimits): GuardCheck {
  return {
    freshOrdinals: `
      SELECT guard.ordinal
        FROM guard
        JOIN certificate c ON c.certid = guard.certid AND c.version = guard.certificate_version
        JOIN key_slot s ON s.slot_id = guard.slot_id AND s.version = guard.slot_version AND s.certid = c.certid
       WHERE NOT c.disabled AND NOT ${lockedSql(limits)}
       ORDER BY guard.certid, guard.slot_id
         FOR SHARE OF c, s`,
    refusal: {
      info: 'refused: the certificate or its PIN was changed while it signed',
      errorCode: KEYMAN_ERRORS['certificate-not-usable'].code,
    },
  };
}
