export { Argon2Threads, type Argon2Place } from './argon2/argon2-threads.ts';
export {
  DEFAULT_CUSTODY_SETTINGS,
  type CustodySettings,
  type CustodySettingsInput,
  type VaultLimits,
} from './custody-settings.ts';
export type {
  CustodyHealth,
  GenerateRequest,
  KeyCustody,
  NewSlotRequest,
  ProtectRequest,
  Secret,
} from './key-custody.ts';
export { KEY_SPECIFICATIONS, type KeySpecification } from './key-specification.ts';
export type { AttemptLedger, CustodyPorts, KeyMover, Reservation, SlotStore } from './ports.ts';
export {
  KEY_TYPES,
  SLOT_KINDS,
  WRAPPING_MECHANISMS,
  type Argon2Cost,
  type KeySlot,
  type KeyType,
  type ProtectedKey,
  type SlotDescription,
  type SlotKdf,
  type SlotKind,
  type SlotTicket,
  type WrappingMechanism,
} from './protected-key.ts';
export type { SignatureRequest, SignatureScheme, SignedDigest } from './signature-request.ts';
