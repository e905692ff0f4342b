import { type DigestAlgorithm, type Random } from '@cinnabar/core';
import { prepareSignedAttributes } from '@cinnabar/cms';
import {
  AppendedByteSource,
  type ByteRange,
  type ByteSource,
  createPlaceholder,
  digestByteRange,
  fillByteRange,
  PdfDocument,
  PdfIncrement,
} from '@cinnabar/pdf';
import { fillField, findEmptyField } from './existing-field.ts';
import { lockReferences } from './field-lock.ts';
import { readForm, updateForm } from './form.ts';
import { addInvisibleField } from './new-field.ts';
import type { PadesParameters } from './pades-parameters.ts';
import { type PadesState, toBase64 } from './pades-state.ts';
import { signatureDictionary } from './signature-dictionary.ts';
import { placeholderCapacity } from './signature-length.ts';
import { requireSigningAllowed } from './signing-permission.ts';

/** A document that waits for its signature value. */
export interface PreparedPades {
  readonly state: PadesState;
  /** The signed attributes in DER: what is hashed with `digestAlgorithm` and signed. */
  readonly toBeSigned: Uint8Array;
  readonly digestAlgorithm: DigestAlgorithm;
}

/**
 * First half of a PAdES signature: lays out the update of the document and gives what is to be signed. The private key
 * may be anywhere; `finishPades` takes its answer.
 *
 * Errors: `document-unreadable`, `document-password`, `not-supported` (public-key encryption, key type),
 * `refused-in-state` (permissions, certification, locks), `invalid-parameter` (signfieldname, certificates).
 * @param random for the initialisation vectors of encrypted documents
 */
export async function preparePades(
  source: ByteSource,
  parameters: PadesParameters,
  random: Random,
): Promise<PreparedPades> {
  const capacity = placeholderCapacity(parameters);
  const { incrementBytes, contentsAt, byteRange } = layOut(source, parameters, capacity, random);
  const { digestAlgorithm, profile, signatureScheme, signerCertificateDer, signingTimeAt } = parameters;
  const withIncrement = new AppendedByteSource(source, incrementBytes);
  const contentDigest = await digestByteRange(withIncrement, byteRange, digestAlgorithm);
  const { signedAttributesDer } = prepareSignedAttributes({
    contentDigest,
    digestAlgorithm,
    signerCertificateDer,
    // EN 319 142-1 6.3: PAdES has the time in /M and no attribute for it; the older profile has it in both places.
    ...(profile === 'basic' && { signingTimeAt }),
  });
  const state: PadesState = {
    format: 'pades-1',
    originalLength: source.length,
    incrementBase64: toBase64(incrementBytes),
    contentsAt,
    capacity,
    byteRange,
    digestAlgorithm,
    signatureScheme,
    contentDigestBase64: toBase64(contentDigest),
    signedAttributesBase64: toBase64(signedAttributesDer),
    signerCertificateBase64: toBase64(signerCertificateDer),
    chainBase64: parameters.chainDer.map(toBase64),
  };
  return { state, toBeSigned: signedAttributesDer, digestAlgorithm };
}

interface Layout {
  readonly incrementBytes: Uint8Array;
  /** In the increment. */
  readonly contentsAt: number;
  readonly byteRange: ByteRange;
}

function layOut(source: ByteSource, parameters: PadesParameters, capacity: number, random: Random): Layout {
  const document = PdfDocument.open(source, { password: parameters.password });
  for (;;) {
    const wasRepaired = document.isRepaired;
    const layout = layOutIncrement(document, parameters, capacity, random);
    // Damage may show only now: then object numbers were chosen by a cross-reference that is no longer in force.
    if (document.isRepaired === wasRepaired) return layout;
  }
}

function layOutIncrement(document: PdfDocument, parameters: PadesParameters, capacity: number, random: Random): Layout {
  const form = readForm(document);
  const { fieldName } = parameters;
  const existing = fieldName === undefined ? undefined : findEmptyField(form, fieldName);
  requireSigningAllowed(document, form, fieldName);
  const increment = new PdfIncrement(document, random);
  const placeholder = createPlaceholder(capacity);
  const signature = increment.allocate();
  const references = existing ? lockReferences(document, existing.dictionary) : [];
  increment.set(signature, signatureDictionary(parameters, placeholder, references));
  if (existing) {
    fillField(document, increment, existing, signature);
    updateForm(document, increment, form, undefined);
  } else {
    updateForm(document, increment, form, addInvisibleField(document, increment, form, signature));
  }
  const written = increment.write();
  const originalLength = document.source.length;
  const byteRange = fillByteRange(written, originalLength, placeholder);
  return { incrementBytes: written.bytes, contentsAt: byteRange[1] - originalLength, byteRange };
}
