import { z } from 'zod';
import { PDF_EXAMPLE } from '../examples/objects.ts';
import { answeredDocument, bytes, digestAlgorithm, documentBytes, flag, pairs, text, word } from '../members.ts';
import { callerObject } from '../objects/caller.ts';
import { pdfSignParams } from '../objects/pdf-sign-params.ts';
import { signingCert } from '../objects/signing-cert.ts';
import { signaturePolicy } from '../objects/signature-policy.ts';
import { tstampserver, tstampservers } from '../objects/time-stamp-server.ts';
import { operation, type RawRequest } from '../operation.ts';
import { rename } from '../request-shapes.ts';
import { PIN_ERRORS } from './pin-errors.ts';
import { onWire } from '../shape/wire-form.ts';

const readDoc = rename('doc', 'document');
const readExtension = rename('extension', 'extensions');

export const signaturePades = operation('Signature/Pades', {
  summary: 'Signs a PDF document.',
  access: 'user',
  document: true,
  adapt: (raw: RawRequest) => readExtension(readDoc(raw)),
  request: z.object({
    cert: signingCert(),
    document: documentBytes(),
    profile: word(['basic', 'enhanced']),
    hashalgorithm: digestAlgorithm().optional(),
    extensions: text(256).optional(),
    operation: word(['sign', 'cosign', 'upgrade', 'append']).optional(),
    force: flag().optional(),
    extradata: pairs(64).optional(),
    caller: callerObject,
    parameters: onWire(
      { object: 'SignPadesParams' },
      z.object({
        tstampserver: tstampserver.optional(),
        tstampservers: tstampservers.optional(),
        pdfparameters: pdfSignParams.optional(),
        biometry: z.object({ data: bytes().optional(), cer: bytes().optional() }).optional(),
        policy: signaturePolicy.optional(),
        cause: text(256).optional(),
        location: text(256).optional(),
        contactinfo: text(256).optional(),
      }),
    ).prefault({}),
  }),
  response: z.object({ data: answeredDocument() }),
  errors: [
    ...PIN_ERRORS,
    'document-unreadable',
    'document-password',
    'refused-in-state',
    'not-supported',
    'refused-by-policy',
  ],
  example: {
    request: {
      cert: { certid: '8A05B4C5CC92', pin: '123456' },
      document: PDF_EXAMPLE,
      profile: 'enhanced',
      hashalgorithm: 'SHA256',
      parameters: {
        cause: 'Aprobado',
        location: 'Valencia',
        contactinfo: 'testuser@example.test',
      },
    },
    response: { data: PDF_EXAMPLE },
  },
});
