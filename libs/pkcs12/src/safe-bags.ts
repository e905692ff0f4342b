import { zero } from '@cinnabar/core';
import { type BerElement, parseBer } from './ber/ber-element.ts';
import { childrenOf, explicitContent, objectIdentifierOf, octetsOf, TAG } from './ber/ber-values.ts';
import { decrypt } from './decryption/decrypt.ts';
import type { IterationBudget } from './iteration-budget.ts';
import {
  ID_CERT_BAG,
  ID_DATA,
  ID_ENCRYPTED_DATA,
  ID_ENVELOPED_DATA,
  ID_FRIENDLY_NAME,
  ID_KEY_BAG,
  ID_LOCAL_KEY_ID,
  ID_SAFE_CONTENTS_BAG,
  ID_SHROUDED_KEY_BAG,
  ID_X509_CERTIFICATE,
} from './oids.ts';
import { damaged, unsupported } from './pfx-errors.ts';
import type { PfxPassword } from './pfx-password.ts';
import { type ContentInfo, readAuthenticatedSafe } from './pfx-structure.ts';

interface BagAttributes {
  readonly friendlyName: string | undefined;
  /** Hex. */
  readonly localKeyId: string | undefined;
}

export interface KeyBag extends BagAttributes {
  /** PrivateKeyInfo as the file has it; a copy, owned by whoever reads the bags. */
  readonly privateKeyInfo: Uint8Array;
}

export interface CertBag extends BagAttributes {
  readonly certificateDer: Uint8Array;
}

export interface Bags {
  readonly keys: KeyBag[];
  readonly certificates: CertBag[];
}

/** The password does not decrypt a part of the file. */
export class WrongKey extends Error {}

const MAX_KEYS = 16;
const MAX_CERTIFICATES = 64;
const MAX_NESTED_SAFES = 4;

/**
 * Reads all keys and certificates of an AuthenticatedSafe (RFC 7292 4.1 and 4.2). Throws `WrongKey` where the password
 * does not decrypt; the keys that were found by then are zeroed. CRLs and secrets are passed over.
 */
export function readBags(authenticatedSafe: Uint8Array, password: PfxPassword, budget: IterationBudget): Bags {
  const bags: Bags = { keys: [], certificates: [] };
  const reader = new BagReader(bags, password, budget);
  try {
    for (const contentInfo of readAuthenticatedSafe(authenticatedSafe)) reader.readContentInfo(contentInfo);
  } catch (error) {
    zero(...bags.keys.map(({ privateKeyInfo }) => privateKeyInfo));
    throw error;
  }
  return bags;
}

class BagReader {
  readonly #bags: Bags;
  readonly #password: PfxPassword;
  readonly #budget: IterationBudget;

  constructor(bags: Bags, password: PfxPassword, budget: IterationBudget) {
    this.#bags = bags;
    this.#password = password;
    this.#budget = budget;
  }

  readContentInfo({ content, contentType }: ContentInfo): void {
    switch (contentType) {
      case ID_DATA:
        this.#readSafeContents(parseBer(octetsOf(content)), 0);
        return;
      case ID_ENCRYPTED_DATA:
        this.#readEncryptedData(content);
        return;
      case ID_ENVELOPED_DATA:
        throw unsupported('encrypted for a certificate instead of under a password');
      default:
        throw damaged('damaged (an unexpected content type)');
    }
  }

  /** EncryptedData (RFC 5652 8) around SafeContents. */
  #readEncryptedData(content: BerElement): void {
    const [, encryptedContentInfo] = childrenOf(content, TAG.sequence);
    const [, algorithm, encryptedContent] = childrenOf(encryptedContentInfo, TAG.sequence);
    const { element, plaintext } = this.#decrypt(algorithm, octetsOf(encryptedContent, 0x80));
    try {
      this.#readSafeContents(element, 0);
    } finally {
      zero(plaintext);
    }
  }

  #readSafeContents(safeContents: BerElement, depth: number): void {
    if (depth > MAX_NESTED_SAFES) throw damaged('nested too deeply');
    for (const bag of childrenOf(safeContents, TAG.sequence)) this.#readBag(bag, depth);
  }

  #readBag(bag: BerElement, depth: number): void {
    const [bagId, bagValue, attributeSet] = childrenOf(bag, TAG.sequence);
    const value = (): BerElement => explicitContent(bagValue, 0);
    switch (objectIdentifierOf(bagId)) {
      case ID_KEY_BAG:
        this.#addKey(Uint8Array.from(value().encoding), attributeSet);
        return;
      case ID_SHROUDED_KEY_BAG: {
        // EncryptedPrivateKeyInfo (RFC 5208 6)
        const [algorithm, encryptedKey] = childrenOf(value(), TAG.sequence);
        this.#addKey(this.#decrypt(algorithm, octetsOf(encryptedKey)).plaintext, attributeSet);
        return;
      }
      case ID_CERT_BAG:
        this.#addCertificate(value(), attributeSet);
        return;
      case ID_SAFE_CONTENTS_BAG:
        this.#readSafeContents(value(), depth + 1);
        return;
      default:
        return;
    }
  }

  #addKey(privateKeyInfo: Uint8Array, attributeSet: BerElement | undefined): void {
    this.#bags.keys.push({ privateKeyInfo, ...readAttributes(attributeSet) });
    if (this.#bags.keys.length > MAX_KEYS) throw damaged('too many keys');
  }

  #addCertificate(certBag: BerElement, attributeSet: BerElement | undefined): void {
    const [certId, certValue] = childrenOf(certBag, TAG.sequence);
    if (objectIdentifierOf(certId) !== ID_X509_CERTIFICATE) return;
    // A copy: the plaintext that holds it will be zeroed.
    const certificateDer = Uint8Array.from(octetsOf(explicitContent(certValue, 0)));
    this.#bags.certificates.push({ certificateDer, ...readAttributes(attributeSet) });
    if (this.#bags.certificates.length > MAX_CERTIFICATES) throw damaged('too many certificates');
  }

  /** One wrong key in 256 leaves what looks like padding, but hardly ever one well-formed element and nothing else. */
  #decrypt(algorithm: BerElement | undefined, ciphertext: Uint8Array): { plaintext: Buffer; element: BerElement } {
    const plaintext = decrypt(algorithm, ciphertext, this.#password, this.#budget);
    if (!plaintext) throw new WrongKey('the padding is wrong');
    try {
      return { plaintext, element: parseBer(plaintext) };
    } catch (cause) {
      zero(plaintext);
      throw new WrongKey('the plaintext is no structure', { cause });
    }
  }
}

/** PKCS12Attribute (RFC 7292 4.2); what is not understood is passed over. */
function readAttributes(attributeSet: BerElement | undefined): BagAttributes {
  let friendlyName: string | undefined;
  let localKeyId: string | undefined;
  for (const attribute of attributeSet ? childrenOf(attributeSet, TAG.set) : []) {
    const [type, values] = childrenOf(attribute, TAG.sequence);
    const [value] = childrenOf(values, TAG.set);
    const oid = objectIdentifierOf(type);
    if (oid === ID_FRIENDLY_NAME && value?.tag === TAG.bmpString) friendlyName = decodeBmpString(value.contents);
    if (oid === ID_LOCAL_KEY_ID) localKeyId = Buffer.from(octetsOf(value)).toString('hex');
  }
  return { friendlyName, localKeyId };
}

function decodeBmpString(contents: Uint8Array): string {
  const whole = contents.subarray(0, contents.length - (contents.length % 2));
  return Buffer.from(whole).swap16().toString('utf16le');
}
