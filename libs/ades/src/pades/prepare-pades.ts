import type { Hash } from 'node:crypto';
import { type DigestAlgorithm, type Random } from '@cinnabar/core';
import { prepareSignedAttributes } from '@cinnabar/cms';
import {
  AppendedByteSource,
  type ByteRange,
  type ByteSource,
  continueDigest,
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

/** An update of a document that is laid out and waits for the digest of what it covers. It can be cloned. */
export interface PadesLayout {
  /** Length of the original in bytes. */
  readonly originalLength: number;
  /** With zeros for the signature. */
  readonly incrementBytes: Uint8Array;
  /** Offset of the placeholder in the increment, and the bytes of DER that it holds. */
  readonly contentsAt: number;
  readonly capacity: number;
  readonly byteRange: ByteRange;
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
  const layout = layOutPades(source, parameters, random);
  const withIncrement = new AppendedByteSource(source, layout.incrementBytes);
  const contentDigest = await digestByteRange(withIncrement, layout.byteRange, parameters.digestAlgorithm);
  return completePades(layout, parameters, contentDigest);
}

/**
 * The same, where the original was hashed while it arrived: of a large document only its structure is read.
 *
 * @param originalHash of the parameters' digest algorithm, behind the original's last byte; it is copied
 */
export function prepareHashedPades(
  layout: PadesLayout,
  parameters: PadesParameters,
  originalHash: Hash,
): PreparedPades {
  const { originalLength, incrementBytes, byteRange } = layout;
  return completePades(layout, parameters, continueDigest(originalHash, originalLength, incrementBytes, byteRange));
}

function completePades(
  layout: PadesLayout,
  { digestAlgorithm, profile, signatureScheme, signerCertificateDer, chainDer, signingTimeAt }: PadesParameters,
  contentDigest: Uint8Array,
): PreparedPades {
  const { signedAttributesDer } = prepareSignedAttributes({
    contentDigest,
    digestAlgorithm,
    signerCertificateDer,
    // EN 319 142-1 6.3: PAdES has the time in /M and no attribute for it; the older profile has it in both places.
    ...(profile === 'basic' && { signingTimeAt }),
  });
  const { originalLength, incrementBytes, contentsAt, capacity, byteRange } = layout;
  const state: PadesState = {
    format: 'pades-1',
    originalLength,
    incrementBase64: toBase64(incrementBytes),
    contentsAt,
    capacity,
    byteRange,
    digestAlgorithm,
    signatureScheme,
    contentDigestBase64: toBase64(contentDigest),
    signedAttributesBase64: toBase64(signedAttributesDer),
    signerCertificateBase64: toBase64(signerCertificateDer),
    chainBase64: chainDer.map(toBase64),
  };
  return { state, toBeSigned: signedAttributesDer, digestAlgorithm };
}

/** Lays out the update alone; errors as `preparePades`. */
export function layOutPades(source: ByteSource, parameters: PadesParameters, random: Random): PadesLayout {
  const capacity = placeholderCapacity(parameters);
  const document = PdfDocument.open(source, { password: parameters.password });
  for (;;) {
    const wasRepaired = document.isRepaired;
    const layout = layOutIncrement(document, parameters, capacity, random);
    // Damage may show only now: then object numbers were chosen by a cross-reference that is no longer in force.
    if (document.isRepaired === wasRepaired) return layout;
  }
}

function layOutIncrement(
  document: PdfDocument,
  parameters: PadesParameters,
  capacity: number,
  random: Random,
): PadesLayout {
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
  return {
    originalLength,
    incrementBytes: written.bytes,
    contentsAt: byteRange[1] - originalLength,
    capacity,
    byteRange,
  };
}
