import { z } from 'zod';

/** What an organisation asks of new PINs, beyond what the server asks of all (docs/operating.md, "Policies"). */
const pinPolicy = z.strictObject({
  /** Characters at least; counts where it is more than KEYMAN_PIN_MIN_LENGTH. */
  minLength: z.int().min(1).max(64).default(1),
  letters: z.boolean().default(false),
  digits: z.boolean().default(false),
  symbols: z.boolean().default(false),
  /** Different characters at least. */
  distinct: z.int().min(1).max(16).default(1),
});

/** Who may ask for one-time codes on behalf of the organisation's users, and sign with them. */
const codePolicy = z.strictObject({
  /** User ids as they were created, of any organisation. Nobody else may, admins least of all. */
  callers: z.array(z.string().min(1).max(128)).max(100).default([]),
});

/**
 * The column `organisation.policy`. A key that is not known is an error, never a rule that silently does not hold.
 * What is absent asks for nothing.
 */
export const organisationPolicy = z.strictObject({ pin: pinPolicy.prefault({}), otp: codePolicy.prefault({}) });

export type OrganisationPolicy = z.output<typeof organisationPolicy>;
