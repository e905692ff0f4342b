export { Argon2Threads, type Argon2Place } from './argon2/argon2-threads.ts';
export type { CodeLedger, CodeRequest, CodeReservation, CodeSlotRequest, OneTimeCode } from './codes/one-time-code.ts';
export type { IssuedCode } from './codes/one-time-codes.ts';
export {
  DEFAULT_CUSTODY_SETTINGS,
  type CodeSettings,
  type CustodySettings,
  type CustodySettingsInput,
  type VaultLimits,
} from './custody-settings.ts';
export type {
  CustodyHealth,
  FirstSlot,
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
  type CodeSlotKdf,
  type KeySlot,
  type KeyType,
  type ProtectedKey,
  type SecretSlotKdf,
  type SlotDescription,
  type SlotKdf,
  type SlotKind,
  type SlotTicket,
  type WrappingMechanism,
} from './protected-key.ts';
export type { SignatureRequest, SignatureScheme, SignedDigest } from './signature-request.ts';
