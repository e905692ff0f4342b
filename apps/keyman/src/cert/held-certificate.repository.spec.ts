import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KEYMAN_MIGRATIONS } from '@cinnabar/keyman-migrations';
import { connectDataSource, preparedQueries } from '@cinnabar/persistence';
import { createPostgres, type TestPostgres } from '@cinnabar/testing';
import type { DataSource } from 'typeorm';
import { KeyChanges } from '../key-store/key-changes.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { HeldCertificateRepository } from './held-certificate.repository.ts';

const CERTID = 'AB0123456789';
const nothing = () => Promise.resolve();

describe('the certificate that someone holds', () => {
  let postgres: TestPostgres;
  let dataSource: DataSource;
  let changes: KeyChanges;
  let certificates: HeldCertificateRepository;

  beforeAll(async () => {
    postgres = await createPostgres();
    await postgres.migrate(...KEYMAN_MIGRATIONS);
    dataSource = await connectDataSource(postgres.server, { applicationName: 'spec', poolSize: 2, entities: [] });
    await dataSource.query("INSERT INTO organisation (orgaid, name, created_at) VALUES ('TEST', 'Test', now())");
    await dataSource.query(
      "INSERT INTO keyman_user (userid, orgaid, created_at) VALUES ('ana', 'TEST', now()), ('bob', 'TEST', now())",
    );
    await dataSource.query(
      `INSERT INTO certificate (certid, orgaid, userid, oper, name, origin, created_at, certificate_der, public_key_spki, subject, issuer, serial,
         signalg, key_size, valid_from, valid_to, fingerprint_sha1, key_version, kek_version, wrapping_mechanism, key_type, sealed_key)
       VALUES ($1, 'TEST', 'ana', 'ana', 'first', 'imported', now(), '', '', '', '', '1', '', 2048, now(), now() + interval '1 day', 'F', 1, 1, 'KWP', 'RSA', '')`,
      [CERTID],
    );
  }, 60_000);
  afterAll(async () => {
    await dataSource.destroy();
    await postgres.close();
  });
  beforeEach(async () => {
    await dataSource.query('DELETE FROM key_slot');
    changes = new KeyChanges({ evict: nothing, clear: nothing }, dataSource);
    const settings = { attemptLimits: { triesInRow: 5, triesPerDay: 20 } } as KeymanSettings;
    certificates = new HeldCertificateRepository(preparedQueries(dataSource), settings, changes);
  });

  async function addSlot(slotId: string, kind: string, holder: string, more: Record<string, unknown> = {}) {
    const columns = {
      slot_id: slotId,
      certid: CERTID,
      kind,
      holder,
      version: 1,
      key_version: 1,
      kdf: {},
      salt: '',
      ...more,
    };
    const row = { ...columns, sealed_data_key: '' };
    await dataSource.query(
      `INSERT INTO key_slot (${Object.keys(row).join(', ')}) VALUES (${Object.keys(row)
        .map((_, index) => `$${index + 1}`)
        .join(', ')})`,
      Object.values(row),
    );
  }

  const slotOf = async (holder: string, operation?: string) => {
    const found = await certificates.find(CERTID, holder, operation);
    return [found?.ticket?.slotId, found?.covered];
  };

  it('is found without a slot for somebody who has none, and with those of no other kind', async () => {
    for (const kind of ['activation', 'code']) await addSlot(kind, kind, 'bob');
    expect(await slotOf('bob', 'Sign/Hash')).toEqual([undefined, false]);
    expect(await certificates.find('000000000000', 'bob')).toBeUndefined();
  });

  it('comes with the owner’s own slot before one that was delegated to him', async () => {
    await addSlot('1-delegate', 'delegate', 'ana');
    await addSlot('2-pin', 'pin', 'ana');
    expect(await slotOf('ana', 'Sign/Hash')).toEqual(['2-pin', true]);
    expect(await slotOf('ana')).toEqual(['2-pin', true]);
  });

  it('comes with the delegation that is for the operation, and of this time', async () => {
    await addSlot('1-pades', 'delegate', 'bob', { operations: ['Signature/Pades'] });
    expect(await slotOf('bob', 'Sign/Hash')).toEqual(['1-pades', false]);
    expect(await slotOf('bob', 'Signature/Pades')).toEqual(['1-pades', true]);
    await addSlot('2-past', 'delegate', 'bob', { valid_to: new Date(Date.now() - 60_000) });
    await addSlot('3-future', 'delegate', 'bob', { valid_from: new Date(Date.now() + 60_000) });
    expect((await slotOf('bob', 'Sign/Hash'))[1]).toBe(true);
    await addSlot('4-now', 'delegate', 'bob', { valid_from: new Date(Date.now() - 60_000), operations: ['Sign/Hash'] });
    expect(await slotOf('bob', 'Sign/Hash')).toEqual(['4-now', true]);
    // To look after his PIN he needs no operation.
    expect((await slotOf('bob'))[1]).toBe(true);
  });

  describe('is remembered', () => {
    const remembered = (holder = 'ana') => certificates.remembered(CERTID, holder, 'Sign/Hash');

    it('for whom and what it was found, under a guard that tells any change of it', async () => {
      await addSlot('pin', 'pin', 'ana');
      await certificates.find(CERTID, 'ana', 'Sign/Hash');
      const { guard } = remembered() ?? {};
      expect(guard).toMatchObject({ certid: CERTID, certificateVersion: 1, slotId: 'pin', slotVersion: 1 });
      expect(remembered('bob')).toBeUndefined();
      expect(certificates.remembered(CERTID, 'ana', 'Signature/Pades')).toBeUndefined();
      await dataSource.query("UPDATE key_slot SET tries_in_row = 1 WHERE slot_id = 'pin'");
      await certificates.find(CERTID, 'ana', 'Sign/Hash');
      expect(remembered()?.guard).toEqual(guard);
      await dataSource.query("UPDATE key_slot SET operations = '{Sign/Hash}' WHERE slot_id = 'pin'");
      await dataSource.query("UPDATE certificate SET name = 'second'");
      await certificates.find(CERTID, 'ana', 'Sign/Hash');
      expect(remembered()?.guard.slotStanding).not.toBe(guard?.slotStanding);
      expect(remembered()?.guard.certificateStanding).not.toBe(guard?.certificateStanding);
    });

    it('not where it cannot be used: locked, or not for the operation', async () => {
      await addSlot('pin', 'pin', 'ana', { tries_in_row: 5 });
      await addSlot('other', 'delegate', 'bob', { operations: ['Signature/Pades'] });
      for (const holder of ['ana', 'bob']) {
        await certificates.find(CERTID, holder, 'Sign/Hash');
        expect(remembered(holder)).toBeUndefined();
      }
    });

    it('until a change is heard of, of it or of nobody knows what', async () => {
      await addSlot('pin', 'pin', 'ana');
      for (const change of [() => changes.evict(CERTID), () => changes.clear(), () => changes.evictHere(CERTID)]) {
        await certificates.find(CERTID, 'ana', 'Sign/Hash');
        await changes.evict('FFFFFFFFFFFF');
        expect(remembered()).toBeDefined();
        await change();
        expect(remembered()).toBeUndefined();
      }
    });
  });
});
