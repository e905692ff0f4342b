import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RoleConnection } from './database-roles.ts';
import { addSigner, PIN, type Signer } from './people.ts';
import { RunningKeyman } from './running-keyman.ts';

const HASH = { algorithm: 'SHA256', digest: Buffer.alloc(32, 9).toString('base64') };
const WRONG_PIN = 'K0009 Wrong PIN, 4 tries left';
const MALLORYS_PIN = 'Pin-of-mallory-7';

/** Mallory has an account, a certificate, a PIN of his own, and writes to the running server's database as he likes. */
describe('a database writer', () => {
  let keyman: RunningKeyman;
  let writer: RoleConnection;
  let ana: Signer;
  let mallory: Signer;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    writer = await RoleConnection.open(keyman.home, 'superuser');
    const admin = await keyman.admin();
    ana = await addSigner(keyman, admin, 'ana');
    mallory = await addSigner(keyman, admin, 'mallory', 'clara');
    await mallory.client.ok('Cert/PinSet', { cert: { certid: mallory.certid, pin: PIN, newpin: MALLORYS_PIN } });
    await keep();
  }, 90_000);
  afterAll(async () => {
    await writer.close();
    await keyman.remove();
  });

  beforeEach(forgetUnlocked);
  afterEach(async () => {
    await writer.rows('DELETE FROM certificate');
    await writer.rows('INSERT INTO certificate SELECT * FROM kept_certificate');
    await writer.rows('INSERT INTO key_slot SELECT * FROM kept_slot');
  });

  async function keep(): Promise<void> {
    await writer.rows('CREATE TABLE kept_certificate AS TABLE certificate');
    await writer.rows('CREATE TABLE kept_slot AS TABLE key_slot');
  }
  /** Mallory may also wait until nothing is unlocked. */
  async function forgetUnlocked(): Promise<void> {
    await writer.rows("SELECT pg_notify('cinnabar_key_changed', '')");
    await writer.rows('SELECT pg_sleep(0.05)');
  }
  const sign = (who: Signer, certid: string, pin: string): Promise<string> =>
    who.client.refusal('Sign/Hash', { cert: { certid, pin }, hash: HASH });
  /** The answer without what names this one request. */
  const plain = (answer: string): string => answer.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '…');
  const triesSpent = (certid: string): Promise<number> =>
    writer.value('SELECT tries_in_row AS value FROM key_slot WHERE certid = $1', [certid]);
  const change = (table: 'certificate' | 'key_slot', assignment: string, certid = ana.certid) =>
    writer.rows(`UPDATE ${table} SET ${assignment} WHERE certid = $1`, [certid]);

  it('signs with his own key, as everybody does', async () => {
    expect(await sign(mallory, mallory.certid, MALLORYS_PIN)).toBe('K0000 ');
    expect(await sign(ana, ana.certid, PIN)).toBe('K0000 ');
  });

  it('does not get into another’s certificate by making it his, and his slot its slot', async () => {
    await change('certificate', "userid = 'mallory'");
    await change('key_slot', "holder = 'mallory'");
    expect(await sign(mallory, ana.certid, MALLORYS_PIN)).toBe(WRONG_PIN);
    expect(await sign(mallory, ana.certid, PIN)).toBe('K0009 Wrong PIN, 3 tries left');
    // The contents of his slot, and then the whole of it.
    await change(
      'key_slot',
      `(salt, sealed_data_key, kdf, tries_in_row) = (SELECT salt, sealed_data_key, kdf, 0 FROM kept_slot WHERE holder = 'mallory')`,
    );
    expect(await sign(mallory, ana.certid, MALLORYS_PIN)).toBe(WRONG_PIN);
    await writer.rows('DELETE FROM key_slot');
    await writer.rows("INSERT INTO key_slot SELECT * FROM kept_slot WHERE holder = 'mallory'");
    await change('key_slot', `certid = '${ana.certid}'`, mallory.certid);
    expect(await sign(mallory, ana.certid, MALLORYS_PIN)).toBe(WRONG_PIN);
  });

  it('swaps two users’ slots: neither opens, each looks like a wrong PIN and spends a try', async () => {
    await writer.rows(
      `UPDATE key_slot s SET salt = k.salt, sealed_data_key = k.sealed_data_key, kdf = k.kdf
         FROM kept_slot k WHERE k.slot_id <> s.slot_id`,
    );
    for (const [who, certid, pins] of [
      [ana, ana.certid, [PIN, MALLORYS_PIN]],
      [mallory, mallory.certid, [MALLORYS_PIN, PIN]],
    ] as const) {
      expect([await sign(who, certid, pins[0]), await sign(who, certid, pins[1])]).toEqual([
        WRONG_PIN,
        'K0009 Wrong PIN, 3 tries left',
      ]);
      expect(await triesSpent(certid)).toBe(2);
    }
  });

  it.each([
    ['the kind, and who may use it', "kind = 'pin', holder = 'ana', delegation = 'D1'"],
    ['the begin', "valid_from = '2000-01-01'"],
    ['the end', "valid_to = '2999-01-01'"],
    ['the operations', "operations = '{Sign/Hash}'"],
    ['the version', 'version = version + 1'],
    ['the memory of Argon2id', `kdf = jsonb_set(kdf, '{memoryKib}', '64')`],
    ['the passes of Argon2id', `kdf = jsonb_set(kdf, '{passes}', '2')`],
    ['the lanes of Argon2id', `kdf = jsonb_set(kdf, '{parallelism}', '2')`],
    ['the salt', `salt = '\\x00112233445566778899aabbccddeeff'`],
  ])('changes %s of a slot: the right PIN is answered and counted as a wrong one', async (_what, assignment) => {
    await change('key_slot', assignment);
    expect(await sign(ana, ana.certid, PIN)).toBe(WRONG_PIN);
    expect(await triesSpent(ana.certid)).toBe(1);
  });

  it('moves a key to his own certificate: with his PIN it is an inner error, the same for every key, and tells nothing', async () => {
    const moved = `(sealed_key, kek_version, key_version, key_type, wrapping_mechanism) =
      (SELECT sealed_key, kek_version, key_version, key_type, wrapping_mechanism FROM kept_certificate WHERE userid = 'ana')`;
    await change('certificate', moved, mallory.certid);
    const answer = plain(await sign(mallory, mallory.certid, MALLORYS_PIN));
    expect(answer).toMatch(/^K0001 Internal error/);
    await change('certificate', `sealed_key = '\\x01${'00'.repeat(80)}'`, mallory.certid);
    expect(plain(await sign(mallory, mallory.certid, MALLORYS_PIN))).toBe(answer);
    // A wrong PIN stays a wrong PIN: what else is wrong with the row is found out after it alone.
    expect(await sign(mallory, mallory.certid, PIN)).toBe(WRONG_PIN);
    // The operator is told more than Mallory.
    expect(keyman.output).toContain('sealed key does not open');
  });

  it('changes what a key says of itself: an inner error after the right PIN, none after a wrong one', async () => {
    const answers = new Set<string>();
    for (const assignment of [
      'kek_version = 7',
      "wrapping_mechanism = 'CKM_AES_KEY_WRAP_KWP'",
      'sealed_key = sealed_key || sealed_key',
    ]) {
      await change('certificate', assignment);
      answers.add(plain(await sign(ana, ana.certid, PIN)));
      expect(await sign(ana, ana.certid, 'Wrong-guess')).toBe(WRONG_PIN);
      await change('key_slot', 'tries_in_row = 0');
      await writer.rows(
        `UPDATE certificate c SET kek_version = k.kek_version, wrapping_mechanism = k.wrapping_mechanism, sealed_key = k.sealed_key
           FROM kept_certificate k WHERE k.certid = c.certid`,
      );
    }
    expect([...answers]).toEqual([expect.stringMatching(/^K0001 Internal error/)]);
  });

  it('puts another’s certificate beside a key: no document is signed in that one’s name, whatever the PIN', async () => {
    const signDocument = (pin: string): Promise<string> =>
      ana.client.refusal('Signature/Pades', {
        cert: { certid: ana.certid, pin },
        profile: 'enhanced',
        document: samplePdf('A letter').toString('base64'),
      });
    expect(await signDocument(PIN)).toBe('K0000 ');
    await forgetUnlocked();
    await change(
      'certificate',
      `(certificate_der, chain_der) = (SELECT certificate_der, chain_der FROM kept_certificate WHERE userid = 'mallory')`,
    );
    const answers = [await signDocument(PIN), await signDocument('Wrong-guess')].map(plain);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^K0001 Internal error/);
    expect(await triesSpent(ana.certid)).toBe(0);
    expect(keyman.output).toContain('certificate is over another key');
    // With the key that it is over, the own check: ana's key does not sign for mallory's.
    await change(
      'certificate',
      `(public_key_spki, key_type) = (SELECT public_key_spki, key_type FROM kept_certificate WHERE userid = 'mallory')`,
    );
    expect(plain(await signDocument(PIN))).toBe(answers[0]);
  });

  it('names costs that no slot has: refused before the PIN is looked at, right or wrong, and no try is spent', async () => {
    await change('key_slot', `kdf = jsonb_set(kdf, '{memoryKib}', '4194304')`);
    const answers = [await sign(ana, ana.certid, PIN), await sign(ana, ana.certid, 'Wrong-guess')].map(plain);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^K0001 Internal error/);
    expect(await triesSpent(ana.certid)).toBe(0);
  });

  describe('puts rows back as they were, which nothing prevents', () => {
    it('tries: he guesses on, as fast as the server evaluates and in the sight of the audit', async () => {
      for (let round = 0; round < 3; round += 1) {
        for (const left of ['4 tries', '3 tries', '2 tries', '1 try']) {
          expect(await sign(ana, ana.certid, `Guess-${round}`)).toBe(`K0009 Wrong PIN, ${left} left`);
        }
        await change('key_slot', 'tries_in_row = 0, tries_today = 0');
      }
      const wrong = await writer.value<number>(
        "SELECT count(*)::int AS value FROM audit_record WHERE certid = $1 AND error_code = 'K0009' AND info LIKE '%Sign/Hash%'",
        [ana.certid],
      );
      expect(wrong).toBeGreaterThanOrEqual(12);
    });

    it('an old slot: the old PIN opens again, and the audit has the new one', async () => {
      await ana.client.ok('Cert/PinSet', { cert: { certid: ana.certid, pin: PIN, newpin: 'Pin-that-is-new' } });
      await forgetUnlocked();
      expect(await sign(ana, ana.certid, PIN)).toBe(WRONG_PIN);
      await writer.rows('DELETE FROM key_slot WHERE certid = $1', [ana.certid]);
      await writer.rows('INSERT INTO key_slot SELECT * FROM kept_slot WHERE certid = $1', [ana.certid]);
      await forgetUnlocked();
      expect(await sign(ana, ana.certid, PIN)).toBe('K0000 ');
      const set = await writer.value<number>(
        "SELECT count(*)::int AS value FROM audit_record WHERE certid = $1 AND action = 'PinSet' AND success",
        [ana.certid],
      );
      expect(set).toBe(1);
    });

    it('what a row says of a certificate is believed: its end, its revocation, how its key came; the audit says otherwise', async () => {
      await change('certificate', "valid_to = '2020-01-01', revoked = true");
      expect(await sign(ana, ana.certid, PIN)).toMatch(/^K0011 /);
      await change('certificate', "valid_to = '2099-01-01', revoked = false, origin = 'generated'");
      expect(await sign(ana, ana.certid, PIN)).toBe('K0000 ');
      expect((await ana.client.ok('Cert/Get', { certid: ana.certid }))['cert']).toMatchObject({ origin: 'generated' });
      const imported = await writer.value<number>(
        "SELECT count(*)::int AS value FROM audit_record WHERE certid = $1 AND action = 'ImportPFX' AND success",
        [ana.certid],
      );
      expect(imported).toBe(1);
    });

    it('a disabled certificate is enabled', async () => {
      await change('certificate', 'disabled = true, version = version + 1');
      expect(await sign(ana, ana.certid, PIN)).toMatch(/^K0011 /);
      await change('certificate', 'disabled = false, version = version - 1');
      expect(await sign(ana, ana.certid, PIN)).toBe('K0000 ');
    });
  });
});
