import type { Environment } from './running-keyman.ts';

/** The cheapest Argon2id that the settings take: for specs that promise nothing about its cost. */
export const CHEAP_HASHING: Environment = {
  KEYMAN_PASSWORD_ARGON2_MEMORY_KIB: '8192',
  KEYMAN_PASSWORD_ARGON2_PASSES: '1',
  KEYMAN_PIN_ARGON2_MEMORY_KIB: '8192',
  KEYMAN_PIN_ARGON2_PASSES: '1',
};
