import { Keyman1760000000001 } from './1760000000001-keyman.ts';
import { Audit1760000000002 } from './1760000000002-audit.ts';
import { AuditCheckpoints1760000000004 } from './1760000000004-audit-checkpoints.ts';
import { BornKeys1760000000005 } from './1760000000005-born-keys.ts';
import { OneTimeCodes1760000000006 } from './1760000000006-one-time-codes.ts';
import { AuditTombstones1760000000007 } from './1760000000007-audit-tombstones.ts';
import { RootKeys1760000000010 } from './1760000000010-root-keys.ts';

/** Every migration of keyman's database, in order; a new one is added here by name. */
export const KEYMAN_MIGRATIONS = [
  Keyman1760000000001,
  Audit1760000000002,
  AuditCheckpoints1760000000004,
  BornKeys1760000000005,
  OneTimeCodes1760000000006,
  AuditTombstones1760000000007,
  RootKeys1760000000010,
];
