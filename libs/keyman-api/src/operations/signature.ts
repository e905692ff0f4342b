import { z } from 'zod';
import {
  answeredDocument,
  bytes,
  certId,
  digestAlgorithm,
  documentBytes,
  flag,
  pairs,
  secret,
  text,
  word,
} from '../members.ts';
import { callerObject } from '../objects/caller.ts';
import { pdfSignParams } from '../objects/pdf-sign-params.ts';
import { signaturePolicy } from '../objects/signature-policy.ts';
import { tstampserver, tstampservers } from '../objects/time-stamp-server.ts';
import { operation, type RawRequest } from '../operation.ts';
import { rename } from '../request-shapes.ts';
import { onWire } from '../shape/wire-form.ts';

const readDoc = rename('doc', 'document');
const readExtension = rename('extension', 'extensions');

export const signaturePades = operation('Signature/Pades', {
  summary: 'Signs a PDF document.',
  access: 'user',
  document: true,
  adapt: (raw: RawRequest) => readExtension(readDoc(raw)),
  request: z.object({
    cert: z.object({ certid: certId(), pin: secret() }).prefault({} as never),
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
});
