import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes, type KeyObject } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { CodedError, zero } from '@cinnabar/core';
import { pkcs8Of } from '../pkcs8-encoding.ts';
import type { PrivateKeyParts } from '../pkcs8.ts';
import type { WrappingMechanism } from '../protected-key.ts';
import { ckrOf, type Cryptoki } from './cryptoki.ts';
import { readPublicKey } from './key-generation.ts';
import { generatedKeyTemplate, WRAPPING_MECHANISM_TYPES, type Template } from './key-templates.ts';

/** RFC 5649 3: the alternative initial value of AES key wrap with padding. */
const WRAP_PAD_IV = Buffer.from('a65959a6', 'hex');
/** 128 bits of strength (SP 800-57 part 1, table 2). */
const MODULUS_BITS = 3_072;
/** RSAES-OAEP (RFC 8017 7.1) by hash, the better one first: SoftHSM 2.6 knows SHA-1 alone, which OAEP does not suffer from. */
const OAEP_HASHES = [
  { name: 'sha256', hashAlg: pkcs11js.CKM_SHA256, mgf: pkcs11js.CKG_MGF1_SHA256 },
  { name: 'sha1', hashAlg: pkcs11js.CKM_SHA_1, mgf: pkcs11js.CKG_MGF1_SHA1 },
] as const;
const CKZ_DATA_SPECIFIED = 1;

const NOT_THIS_HASH: ReadonlySet<number> = new Set([
  pkcs11js.CKR_ARGUMENTS_BAD,
  pkcs11js.CKR_MECHANISM_INVALID,
  pkcs11js.CKR_MECHANISM_PARAM_INVALID,
]);

type OaepHash = (typeof OAEP_HASHES)[number];

/**
 * An RSA key pair of the session, made by the token: a fresh AES key is encrypted for it with OAEP, and the private key
 * wrapped under that AES key (RFC 5649). The two steps of CKM_RSA_AES_KEY_WRAP, one by one, since fewer HSMs have that
 * mechanism (SoftHSM 2.6 has not).
 */
export class TransportKey {
  readonly #cryptoki: Cryptoki;
  readonly #session: Buffer;
  readonly #mechanism: WrappingMechanism;
  readonly #privateKey: Buffer;
  readonly #publicKey: KeyObject;
  readonly #hash: OaepHash;

  /** @throws Error of pkcs11js when the token does not go along */
  constructor(cryptoki: Cryptoki, session: Buffer, mechanism: WrappingMechanism) {
    this.#cryptoki = cryptoki;
    this.#session = session;
    this.#mechanism = mechanism;
    const pair = cryptoki.C_GenerateKeyPair(
      session,
      { mechanism: pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN },
      PUBLIC_TEMPLATE,
      PRIVATE_TEMPLATE,
    );
    this.#privateKey = pair.privateKey;
    const spkiDer = readPublicKey(cryptoki, session, pair.publicKey, 'RSA');
    this.#publicKey = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
    cryptoki.C_DestroyObject(session, pair.publicKey);
    this.#hash = this.#findHash();
  }

  /** The hash that the token does OAEP with. */
  get oaepHash(): OaepHash['name'] {
    return this.#hash.name;
  }

  /** A session object: extractable to be wrapped, never readable. Leaves the parts alone. */
  import(parts: PrivateKeyParts): Buffer {
    const aesKey = randomBytes(32);
    const pkcs8Der = pkcs8Of(parts);
    try {
      const handle = this.#bring(aesKey, this.#hash);
      try {
        const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, WRAP_PAD_IV);
        const wrapped = Buffer.concat([cipher.update(pkcs8Der), cipher.final()]);
        const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES[this.#mechanism] };
        const template = generatedKeyTemplate(parts.keyType);
        return this.#cryptoki.C_UnwrapKey(this.#session, mechanism, handle, wrapped, template);
      } finally {
        this.#cryptoki.C_DestroyObject(this.#session, handle);
      }
    } finally {
      zero(aesKey, pkcs8Der);
    }
  }

  #findHash(): OaepHash {
    const aesKey = randomBytes(32);
    for (const hash of OAEP_HASHES) {
      try {
        this.#cryptoki.C_DestroyObject(this.#session, this.#bring(aesKey, hash));
        return hash;
      } catch (error) {
        if (!NOT_THIS_HASH.has(ckrOf(error) ?? -1)) throw error;
      }
    }
    throw new CodedError('internal', 'the token unwraps no key with RSA-OAEP');
  }

  /** The AES key as a session object that unwraps and does nothing else. */
  #bring(aesKey: Buffer, { name, hashAlg, mgf }: OaepHash): Buffer {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const encrypted = publicEncrypt({ key: this.#publicKey, padding, oaepHash: name }, aesKey);
    const parameter = { type: pkcs11js.CK_PARAMS_RSA_OAEP, hashAlg, mgf, source: CKZ_DATA_SPECIFIED };
    const mechanism = { mechanism: pkcs11js.CKM_RSA_PKCS_OAEP, parameter };
    return this.#cryptoki.C_UnwrapKey(this.#session, mechanism, this.#privateKey, encrypted, AES_TEMPLATE);
  }
}

const PUBLIC_TEMPLATE: Template = [
  { type: pkcs11js.CKA_TOKEN, value: false },
  { type: pkcs11js.CKA_PRIVATE, value: false },
  { type: pkcs11js.CKA_WRAP, value: true },
  { type: pkcs11js.CKA_MODULUS_BITS, value: MODULUS_BITS },
  { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) },
];

const PRIVATE_TEMPLATE: Template = [
  { type: pkcs11js.CKA_TOKEN, value: false },
  { type: pkcs11js.CKA_PRIVATE, value: true },
  { type: pkcs11js.CKA_SENSITIVE, value: true },
  { type: pkcs11js.CKA_EXTRACTABLE, value: false },
  { type: pkcs11js.CKA_UNWRAP, value: true },
  { type: pkcs11js.CKA_DECRYPT, value: false },
  { type: pkcs11js.CKA_SIGN, value: false },
];

const AES_TEMPLATE: Template = [
  { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
  { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_AES },
  { type: pkcs11js.CKA_TOKEN, value: false },
  { type: pkcs11js.CKA_PRIVATE, value: true },
  { type: pkcs11js.CKA_SENSITIVE, value: true },
  { type: pkcs11js.CKA_EXTRACTABLE, value: false },
  { type: pkcs11js.CKA_UNWRAP, value: true },
  { type: pkcs11js.CKA_WRAP, value: false },
  { type: pkcs11js.CKA_ENCRYPT, value: false },
  { type: pkcs11js.CKA_DECRYPT, value: false },
];
