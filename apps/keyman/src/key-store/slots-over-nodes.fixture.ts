import { KEYMAN_MIGRATIONS } from '@cinnabar/keyman-migrations';
import { systemRandom } from '@cinnabar/core';
import type { KeyCustody, KeySlot, ProtectedKey, SlotTicket } from '@cinnabar/custody';
import { openPkcs11Custody } from '@cinnabar/custody/pkcs11';
import { connectDataSource } from '@cinnabar/persistence';
import {
  createKeyPair,
  createPostgres,
  createSoftHsm,
  TestClock,
  type TestKeyPair,
  type TestPostgres,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { DataSource } from 'typeorm';
import { CertificateEntity } from '../cert/certificate.entity.ts';
import { toKeySlotEntity } from './key-records.ts';
import { KeySlotEntity } from './key-slot.entity.ts';
import { lockedSql, PostgresAttemptLedger } from './postgres-attempt-ledger.ts';
import { PostgresCodeLedger } from './postgres-code-ledger.ts';
import { TypeOrmSlotStore } from './typeorm-slot-store.ts';

export const OWNER_PIN = 'the owner alone';
export const LIMITS = { triesInRow: 5, triesPerDay: 20 };

/** Two nodes as the server composes them: one database, one token, a custody and a pool of connections each. */
export class SlotsOverNodes {
  readonly key: TestKeyPair = createKeyPair('prime256v1');
  private certificates = 0;

  private constructor(
    readonly clock: TestClock,
    readonly dataSources: readonly [DataSource, DataSource],
    readonly nodes: readonly [KeyCustody, KeyCustody],
    private readonly softHsm: TestSoftHsm,
    private readonly postgres: TestPostgres,
  ) {}

  static async open(): Promise<SlotsOverNodes> {
    const softHsm = await createSoftHsm();
    const postgres = await createPostgres();
    await postgres.migrate(...KEYMAN_MIGRATIONS);
    const connect = () =>
      connectDataSource(postgres.server, {
        applicationName: 'spec',
        poolSize: 6,
        entities: [CertificateEntity, KeySlotEntity],
      });
    const dataSources = [await connect(), await connect()] as const;
    const clock = new TestClock();
    const node = (dataSource: DataSource) =>
      openPkcs11Custody(
        softHsm,
        {
          clock,
          random: systemRandom,
          slotStore: new TypeOrmSlotStore(dataSource),
          attemptLedger: new PostgresAttemptLedger(dataSource, LIMITS),
          codeLedger: new PostgresCodeLedger(dataSource),
        },
        { slotCost: { memoryKib: 1_024, passes: 1, parallelism: 1 } },
      );
    const nodes = [await node(dataSources[0]), await node(dataSources[1])] as const;
    return new SlotsOverNodes(clock, dataSources, nodes, softHsm, postgres);
  }

  /** A key of its own in custody, under OWNER_PIN. */
  async owner(): Promise<SlotTicket> {
    this.certificates += 1;
    const certid = `C0FFEE${String(this.certificates).padStart(6, '0')}`;
    const { key, slot } = await this.nodes[0].protect({
      certid,
      holder: 'ana',
      privateKeyPkcs8Der: this.key.pkcs8Der,
      publicKeySpkiDer: this.key.spkiDer,
      pin: OWNER_PIN,
    });
    await this.storeCertificate(key);
    return this.store(slot);
  }

  async store(slot: KeySlot): Promise<SlotTicket> {
    await this.dataSources[0].manager.insert(KeySlotEntity, toKeySlotEntity(slot));
    return this.ticket(slot.slotId);
  }

  /** As the server reads it with each request. */
  async ticket(slotId: string): Promise<SlotTicket> {
    const [row] = await this.dataSources[1].query<SlotTicket[]>(
      `SELECT s.certid, s.slot_id AS "slotId", s.version AS "slotVersion", s.key_version AS "keyVersion", ${lockedSql(LIMITS)} AS locked
         FROM key_slot s WHERE slot_id = $1`,
      [slotId],
    );
    if (row === undefined) throw new Error(`no slot ${slotId}`);
    return row;
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.close();
    for (const dataSource of this.dataSources) await dataSource.destroy();
    await this.postgres.close();
    await this.softHsm.dispose();
  }

  private async storeCertificate(key: ProtectedKey): Promise<void> {
    const [{ manager }] = this.dataSources;
    await manager.query(
      `INSERT INTO organisation (orgaid, name, created_at) VALUES ('Main', 'Main', now()) ON CONFLICT DO NOTHING`,
    );
    await manager.query(
      `INSERT INTO keyman_user (userid, orgaid, created_at) VALUES ('ana', 'Main', now()) ON CONFLICT DO NOTHING`,
    );
    const now = this.clock.now();
    await manager.insert(CertificateEntity, {
      ...{ certid: key.certid, orgaid: 'Main', userid: 'ana', oper: 'ana', name: 'a key', disabled: false, version: 1 },
      ...{ origin: 'imported', createdAt: now, certificateDer: Buffer.alloc(1), chainDer: [] },
      ...{ publicKeySpki: Buffer.from(this.key.spkiDer), subject: 'CN=ana', issuer: 'CN=ca', serial: '01' },
      ...{ signalg: 'ECDSA', keySize: 256, validFrom: now, validTo: now, fingerprintSha1: key.certid },
      ...{ keyVersion: key.keyVersion, kekVersion: key.kekVersion, wrappingMechanism: key.wrappingMechanism },
      ...{ keyType: key.keyType, sealedKey: Buffer.from(key.sealedKey) },
    });
  }
}
