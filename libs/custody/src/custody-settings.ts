import type { Argon2Cost } from './protected-key.ts';

export interface CustodySettings {
  /** Cost of new slots; a slot keeps the cost that it was made with. */
  readonly slotCost: Argon2Cost;
  /** Threads that hash PINs. Each is a core that signing does not get while it is busy. */
  readonly argon2Threads: number;
  /** PIN evaluations that may wait for a thread, over all slots; one more is answered `too-many-requests`. */
  readonly argon2QueueLimit: number;
  /** Callers that may wait for one slot's turn; one more is answered `too-many-requests`. */
  readonly slotQueueLimit: number;
  readonly vault: VaultLimits;
  readonly code: CodeSettings;
}

/** One-time codes. */
export interface CodeSettings {
  /** Decimal digits, at most 9. */
  readonly digits: number;
  readonly ttlMs: number;
  readonly tries: number;
  /** Signatures, and digests, that one code may be good for. */
  readonly maximumCount: number;
}

/** How many unlocked keys are kept, and for how long. */
export interface VaultLimits {
  readonly maximumKeys: number;
  /** Since the last use. */
  readonly idleTtlMs: number;
  /** Since the unlock. */
  readonly absoluteTtlMs: number;
}

/** The design's defaults. */
export const DEFAULT_CUSTODY_SETTINGS: CustodySettings = {
  slotCost: { memoryKib: 19_456, passes: 2, parallelism: 1 },
  argon2Threads: 1,
  argon2QueueLimit: 256,
  slotQueueLimit: 256,
  vault: { maximumKeys: 10_000, idleTtlMs: 5 * 60_000, absoluteTtlMs: 60 * 60_000 },
  code: { digits: 6, ttlMs: 5 * 60_000, tries: 5, maximumCount: 1_000 },
};

/** Settings as a composition root gives them: what is left out keeps its default. */
export type CustodySettingsInput = Partial<Omit<CustodySettings, 'vault' | 'code'>> & {
  readonly vault?: Partial<VaultLimits>;
  readonly code?: Partial<CodeSettings>;
};

export function withDefaults(input: CustodySettingsInput = {}): CustodySettings {
  const settings = {
    ...DEFAULT_CUSTODY_SETTINGS,
    ...input,
    vault: { ...DEFAULT_CUSTODY_SETTINGS.vault, ...input.vault },
    code: { ...DEFAULT_CUSTODY_SETTINGS.code, ...input.code },
  };
  const { slotCost, vault, code, ...others } = settings;
  const counts = { ...slotCost, ...vault, ...code, ...others };
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new RangeError(`custody setting ${name} must be a whole number of at least 1`);
    }
  }
  if (code.digits > 9) throw new RangeError('custody setting digits must be at most 9');
  return settings;
}
