import { z } from 'zod';
import { bytes, digestAlgorithm, text } from '../members.ts';
import { onWire } from '../shape/wire-form.ts';

/** Signature policy of the `epes` extension. */
export const signaturePolicy = onWire(
  { object: 'SignaturePolicy' },
  z.object({
    policyidentifier: text(512).optional(),
    policyidentifieraddqualifier: text(512).optional(),
    policydescription: text(1024).optional(),
    policydigest: bytes().optional(),
    policydigestalgorithm: digestAlgorithm().optional(),
    policyqualifieruri: text(1024).optional(),
  }),
);
