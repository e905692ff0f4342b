/** Hash functions by the names that the API uses (contract, "Hashes"). */
export const DIGEST_ALGORITHMS = ['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512', 'MD5'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

interface DigestFacts {
  /** Length of the digest in bytes. */
  readonly length: number;
  /** Object identifier (RFC 8017 B.1, RFC 3370). */
  readonly oid: string;
  /** Name in OpenSSL and `node:crypto`. */
  readonly nodeName: string;
  /** Name in the Web Cryptography API; MD5 and SHA-224 have none. */
  readonly webCryptoName?: string;
}

export const DIGESTS: Readonly<Record<DigestAlgorithm, DigestFacts>> = {
  MD5: { length: 16, oid: '1.2.840.113549.2.5', nodeName: 'md5' },
  SHA1: { length: 20, oid: '1.3.14.3.2.26', nodeName: 'sha1', webCryptoName: 'SHA-1' },
  SHA224: { length: 28, oid: '2.16.840.1.101.3.4.2.4', nodeName: 'sha224' },
  SHA256: { length: 32, oid: '2.16.840.1.101.3.4.2.1', nodeName: 'sha256', webCryptoName: 'SHA-256' },
  SHA384: { length: 48, oid: '2.16.840.1.101.3.4.2.2', nodeName: 'sha384', webCryptoName: 'SHA-384' },
  SHA512: { length: 64, oid: '2.16.840.1.101.3.4.2.3', nodeName: 'sha512', webCryptoName: 'SHA-512' },
};

/** An MD5 digest followed by a SHA-1 digest, as TLS 1.0 signs them (RFC 2246 7.4.3). */
export const MD5_SHA1_LENGTH = DIGESTS.MD5.length + DIGESTS.SHA1.length;
