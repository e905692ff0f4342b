import { CodedError, zero } from '@cinnabar/core';
import type { PfxReader } from '@cinnabar/pkcs12';
import { orderChain, parseCertificate, type Certificate } from '@cinnabar/x509';
import { Inject, Injectable } from '@nestjs/common';
import { PFX_READER } from '../ports.ts';

/** Certificates that a file may bring; a path has seldom more than four. */
const CERTIFICATES_MAX = 32;

export interface PfxContent {
  readonly certificate: Certificate;
  /** Issuers that came along, from the certificate's own upwards. */
  readonly chainDer: readonly Uint8Array[];
  /** PrivateKeyInfo (RFC 5208); whoever asked for it zeroes it. */
  readonly privateKeyPkcs8Der: Uint8Array;
}

/** Reads a PFX file into a key, its certificate and that one's issuers. */
@Injectable()
export class PfxImport {
  constructor(@Inject(PFX_READER) private readonly reader: PfxReader) {}

  /** @throws CodedError `invalid-parameter` naming `pfxdata` or `pfxpass`, `not-supported`, `too-many-requests` */
  async read(pfxDer: Uint8Array, password: string): Promise<PfxContent> {
    const { privateKeyPkcs8, certificatesDer } = await this.reader.read(pfxDer, password);
    try {
      if (certificatesDer.length > CERTIFICATES_MAX)
        throw new CodedError('invalid-parameter', `pfxdata: holds more than ${CERTIFICATES_MAX} certificates`);
      const [own, ...others] = certificatesDer.map((der) => parseCertificate(der, 'pfxdata'));
      if (own === undefined) throw new CodedError('invalid-parameter', 'pfxdata: holds no certificate');
      const [, ...issuers] = orderChain(own, others);
      return {
        certificate: own,
        chainDer: issuers.map((each) => each.certificateDer),
        privateKeyPkcs8Der: privateKeyPkcs8,
      };
    } catch (error) {
      zero(privateKeyPkcs8);
      throw error;
    }
  }
}
