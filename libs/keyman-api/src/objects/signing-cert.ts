import { z } from 'zod';
import { certId, secret } from '../members.ts';

/**
 * The certificate that signs, and what shows that its key may be used: the holder's PIN, a one-time code that was mailed
 * to the owner, or both, which then must both be right.
 */
export const signingCert = () =>
  z.object({ certid: certId(), pin: secret().optional(), otp: secret(64).optional() }).prefault({} as never);
export type SigningCert = z.output<ReturnType<typeof signingCert>>;
