import type { KeyCustody } from '../key-custody.ts';
import { withDefaults, type CustodySettingsInput } from '../custody-settings.ts';
import type { CustodyPorts } from '../ports.ts';
import { SlotCustody } from '../slot-custody.ts';
import { MemoryToken } from './memory-token.ts';

export { InMemoryAttemptLedger } from './in-memory-attempt-ledger.ts';
export { InMemoryCodeLedger } from './in-memory-code-ledger.ts';
export { InMemoryKeyMover } from './in-memory-key-mover.ts';
export { InMemorySlotStore } from './in-memory-slot-store.ts';

/** Custody without an HSM, for tests that are about something else. Same slots, tries and vault as the real one. */
export function openMemoryCustody(ports: CustodyPorts, settings?: CustodySettingsInput): KeyCustody {
  return new SlotCustody(new MemoryToken(ports.random), ports, withDefaults(settings));
}
