import { CodedError } from '@cinnabar/core';
import type { Certificate } from '@cinnabar/x509';
import { Injectable } from '@nestjs/common';

const RSA_MIN_BITS = 2048;

/** Which keys are taken into custody. */
@Injectable()
export class ImportPolicy {
  /** @throws CodedError `refused-by-policy` for a key too weak to be trusted; custody itself refuses kinds it cannot hold */
  check({ publicKeyAlgorithm }: Certificate): void {
    const { name, keySizeBits } = publicKeyAlgorithm;
    if (name === 'RSA' && (keySizeBits ?? 0) < RSA_MIN_BITS) {
      throw new CodedError(
        'refused-by-policy',
        `an RSA key of ${keySizeBits ?? 0} bits is too weak; ${RSA_MIN_BITS} are needed`,
      );
    }
  }
}
