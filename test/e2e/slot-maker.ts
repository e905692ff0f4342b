import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@cinnabar/core';
import type { CodeRequest, CustodySettingsInput, KeyCustody, NewSlotRequest, SlotTicket } from '@cinnabar/custody';
import { findPkcs11Module, openPkcs11Custody } from '@cinnabar/custody/pkcs11';
import { connectDataSource } from '@cinnabar/persistence';
import { useSoftHsmConfiguration } from '@cinnabar/testing';
import type { DataSource } from 'typeorm';
import { CertificateEntity } from '../../apps/keyman/src/cert/certificate.entity.ts';
import { toKeySlotEntity } from '../../apps/keyman/src/key-store/key-records.ts';
import { KeySlotEntity } from '../../apps/keyman/src/key-store/key-slot.entity.ts';
import { PostgresAttemptLedger } from '../../apps/keyman/src/key-store/postgres-attempt-ledger.ts';
import { PostgresCodeLedger } from '../../apps/keyman/src/key-store/postgres-code-ledger.ts';
import { TypeOrmSlotStore } from '../../apps/keyman/src/key-store/typeorm-slot-store.ts';
import { databaseAddress } from './database-roles.ts';

/** A custody of the test's own on a server's token and database: makes slots and codes that no operation makes (yet), with the owner's PIN. */
export class SlotMaker {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly custody: KeyCustody,
  ) {}

  /** Works on the token of that home until it is closed; to be closed before the server is removed. */
  static async open(home: string, settings: CustodySettingsInput = {}): Promise<SlotMaker> {
    const token = join(home, 'softhsm');
    await useSoftHsmConfiguration(join(token, 'softhsm2.conf'));
    const dataSource = await connectDataSource(databaseAddress(home, 'server'), {
      applicationName: 'e2e',
      poolSize: 2,
      entities: [CertificateEntity, KeySlotEntity],
    });
    const custody = await openPkcs11Custody(
      {
        modulePath: findPkcs11Module(),
        tokenLabel: 'cinnabar',
        readPin: () => readFileSync(join(token, 'pin'), 'utf8').trim(),
      },
      {
        clock: systemClock,
        random: systemRandom,
        slotStore: new TypeOrmSlotStore(dataSource),
        attemptLedger: new PostgresAttemptLedger(dataSource, { triesInRow: 5, triesPerDay: 20 }),
        codeLedger: new PostgresCodeLedger(dataSource),
      },
      { slotCost: { memoryKib: 8_192, passes: 1, parallelism: 1 }, ...settings },
    );
    return new SlotMaker(dataSource, custody);
  }

  /** A further slot beside the owner's. */
  async add(certid: string, ownerPin: string, slot: NewSlotRequest): Promise<void> {
    const made = await this.custody.addSlot(await this.ticket(certid, 'pin'), ownerPin, slot);
    await this.dataSource.manager.insert(KeySlotEntity, toKeySlotEntity(made));
  }

  /** Brings a key to the state of a new one, whose owner has an activation code and no PIN. */
  async deactivate(certid: string, ownerPin: string, holder: string, code: string, validToAt: Date): Promise<void> {
    const slot = { kind: 'activation', holder, secret: code, validToAt } as const;
    await this.add(certid, ownerPin, slot);
    await this.dataSource.query("DELETE FROM key_slot WHERE certid = $1 AND kind = 'pin'", [certid]);
  }

  /** A code that nobody mails. */
  async newCode(certid: string, request: CodeRequest): Promise<string> {
    return (await this.custody.requestCode(await this.ticket(certid, 'code'), request)).code;
  }

  async close(): Promise<void> {
    await this.custody.close();
    await this.dataSource.destroy();
  }

  private async ticket(certid: string, kind: string): Promise<SlotTicket> {
    const { slotId, version, keyVersion } = await this.dataSource
      .getRepository(KeySlotEntity)
      .findOneByOrFail({ certid, kind: kind as KeySlotEntity['kind'] });
    return { certid, slotId, slotVersion: version, keyVersion, locked: false };
  }
}

/** A digest of something, as requests send it. */
export function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('base64');
}
