import { sign } from 'node:crypto';
import { systemRandom } from '@cinnabar/core';
import { type ByteSource, MemoryByteSource } from '@cinnabar/pdf';
import { createTestPki } from '@cinnabar/testing';
import { verifySignedData } from '@cinnabar/cms';
import { finishPades } from './finish-pades.ts';
import type { PadesParameters } from './pades-parameters.ts';
import { preparePades } from './prepare-pades.ts';

const ana = createTestPki().identity('ana');

export const ANA: PadesParameters = {
  profile: 'enhanced',
  digestAlgorithm: 'SHA256',
  signatureScheme: 'pkcs1',
  signerCertificateDer: ana.certificateDer,
  chainDer: ana.chainDer,
  signingTimeAt: new Date('2026-03-04T05:06:07Z'),
};

/** Signs a document with Ana's key, through both halves and the JSON between them. */
export async function signWithAna(source: ByteSource, parameters: Partial<PadesParameters> = {}): Promise<Buffer> {
  const { state, toBeSigned } = await preparePades(source, { ...ANA, ...parameters }, systemRandom);
  const signatureValue = sign('sha256', toBeSigned, ana.privateKey);
  const stored = JSON.parse(JSON.stringify(state)) as typeof state;
  const { incrementBytes } = await finishPades(source, stored, signatureValue);
  return Buffer.concat([source.read(0, source.length), incrementBytes]);
}

export const signText = (text: string, parameters: Partial<PadesParameters> = {}): Promise<Buffer> =>
  signWithAna(new MemoryByteSource(Buffer.from(text, 'latin1')), parameters);

/** What a signature in a document says, read with nothing but a regular expression. */
export interface FoundSignature {
  readonly byteRange: readonly number[];
  readonly signedDataDer: Buffer;
  readonly covered: Buffer;
  readonly dictionary: string;
}

/** All signatures, in the order of the document. */
export function signaturesIn(signed: Buffer): readonly FoundSignature[] {
  const text = signed.toString('latin1');
  return [...text.matchAll(/<<\/Type \/Sig\n[^]*?\/ByteRange \[(\d+) (\d+) (\d+) (\d+)\][^]*?\nendobj/g)].map(
    (match) => {
      const [start = 0, length = 0, second = 0, rest = 0] = match.slice(1).map(Number);
      const hex = text.slice(start + length + 1, second - 1);
      return {
        byteRange: [start, length, second, rest],
        signedDataDer: trimmed(Buffer.from(hex, 'hex')),
        covered: Buffer.concat([signed.subarray(start, start + length), signed.subarray(second, second + rest)]),
        dictionary: match[0],
      };
    },
  );
}

/** Without the zeros behind the DER structure. */
function trimmed(bytes: Buffer): Buffer {
  return bytes.subarray(0, 4 + bytes.readUInt16BE(2));
}

export async function holds({ covered, signedDataDer }: FoundSignature): Promise<boolean> {
  return await verifySignedData({ signedDataDer, content: covered });
}
