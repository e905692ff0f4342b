import { CodedError } from '@cinnabar/core';
import { ContentInfo, SignedData, SignedDataVerifyError } from 'pkijs';
import { cmsCryptoEngine } from './crypto-engine.ts';
import { ID_SIGNED_DATA } from './oids.ts';

export interface SignedDataToVerify {
  /** ContentInfo in DER. */
  readonly signedDataDer: Uint8Array;
  /** The content of a detached signature; must not be empty. */
  readonly content?: Uint8Array;
}

const MAX_SIGNED_DATA_BYTES = 1024 * 1024;

/**
 * Does the first signer's signature hold over the content and the signed attributes? The mathematics only: no path, no
 * dates, no revocation. It reads with pkijs, which shares nothing with the encoder of this library: a second opinion on
 * what `assembleSignedData` made.
 *
 * A signature that does not hold is `false`, also where its algorithm is unknown to the Web Cryptography API (MD5,
 * SHA-224). What is not SignedData of at most 1 MiB is an `invalid-parameter` that names `signature`.
 */
export async function verifySignedData({ content, signedDataDer }: SignedDataToVerify): Promise<boolean> {
  const signedData = readSignedData(signedDataDer);
  const detached = content && { data: Uint8Array.from(content).buffer };
  try {
    return await signedData.verify({ signer: 0, checkChain: false, ...detached }, cmsCryptoEngine);
  } catch (error) {
    // pkijs tells every reason why a signature does not hold by throwing this one.
    if (error instanceof SignedDataVerifyError) return false;
    throw error;
  }
}

function readSignedData(signedDataDer: Uint8Array): SignedData {
  if (signedDataDer.length > MAX_SIGNED_DATA_BYTES) {
    throw new CodedError('invalid-parameter', `signature: larger than ${MAX_SIGNED_DATA_BYTES} bytes`);
  }
  try {
    const contentInfo = ContentInfo.fromBER(Uint8Array.from(signedDataDer).buffer);
    if (contentInfo.contentType === ID_SIGNED_DATA) return new SignedData({ schema: contentInfo.content as unknown });
  } catch (cause) {
    throw new CodedError('invalid-parameter', 'signature: not a CMS structure', { cause });
  }
  throw new CodedError('invalid-parameter', 'signature: not SignedData');
}
