import type { KeyMover, ProtectedKey } from '@cinnabar/custody';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { CertificateEntity } from '../cert/certificate.entity.ts';

/** Keeps keys that moved to the newest KEK at their owner's unlock: in the place of exactly what they were made from. */
export class TypeOrmKeyMover implements KeyMover {
  private readonly log = new Logger('KeyMover');

  constructor(private readonly dataSource: DataSource) {}

  async store({ previous, moved }: { readonly previous: ProtectedKey; readonly moved: ProtectedKey }): Promise<void> {
    const { certid, keyVersion, kekVersion } = previous;
    const { wrappingMechanism, sealedKey } = moved;
    // Nothing that a signature under way depends on changes, so neither does the certificate's version.
    await this.dataSource
      .getRepository(CertificateEntity)
      .update(
        { certid, keyVersion, kekVersion },
        { kekVersion: moved.kekVersion, wrappingMechanism, sealedKey: Buffer.from(sealedKey) },
      );
  }

  failed(previous: ProtectedKey, reason: unknown): void {
    const why = reason instanceof Error ? reason.name : 'unknown error';
    this.log.warn(`the key of ${previous.certid} stays under KEK ${previous.kekVersion}: ${why}`);
  }
}
