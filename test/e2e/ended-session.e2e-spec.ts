import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RoleConnection } from './database-roles.ts';
import { addSigner, PIN, type Signer } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';
import { signOnce, SigningLoad } from './signing-load.ts';

const NO_SESSION = 'K0002';

// A server remembers sessions, users and certificates for a moment (ADR 006). None of it may show.
describe('what a server remembers', () => {
  let keyman: RunningKeyman;
  let database: RoleConnection;
  let admin: RestCaller;
  let people = 0;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    database = await RoleConnection.open(keyman.home, 'superuser');
    admin = await keyman.admin();
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  });

  /** Someone whose session, certificate and key are all remembered. */
  async function warmSigner(): Promise<Signer> {
    const signer = await addSigner(keyman, admin, `dora-${(people += 1)}`, 'clara');
    for (const app of ['cold', 'warm']) expect((await signOnce(signer, { app })).code).toBe('K0000');
    return signer;
  }

  const triesSpent = ({ certid }: Signer): Promise<number> =>
    database.value<number>('SELECT tries_in_row AS value FROM key_slot WHERE certid = $1', [certid]);

  it('lets a signature of an unlocked key cost one transaction', async () => {
    const signer = await warmSigner();
    const transactions = async () => {
      // Backends report what they did a second later.
      await setTimeout(2_500);
      return database.value<number>("SELECT xact_commit::int AS value FROM pg_stat_database WHERE datname = 'keyman'");
    };
    const before = await transactions();
    for (let index = 0; index < 200; index += 1) await signOnce(signer, { app: 'counted' });
    expect((await transactions()) - before).toBeLessThan(300);
  });

  it('releases no signature after the answer to a log-out, under a load', async () => {
    const signer = await warmSigner();
    const load = new SigningLoad([signer], 16);
    await load.reaches(100);
    await signer.client.ok('Auth/Logout');
    const loggedOutAtMs = performance.now();
    await load.goesOnAfter(loggedOutAtMs);
    await load.stop();
    const later = load.answers.filter(({ sentAtMs }) => sentAtMs > loggedOutAtMs);
    expect(later.length).toBeGreaterThan(0);
    expect([...new Set(later.map(({ code }) => code))]).toEqual([NO_SESSION]);
    // The last success that is recorded comes before the record of the log-out: that is the order of the chain.
    const successes = await database.value<number>(
      `SELECT count(*)::int AS value FROM audit_chain c JOIN audit_record r USING (auditid)
        WHERE r.oper = $1 AND r.success AND r.action = 'Hash'
          AND c.seq > (SELECT max(seq) FROM audit_chain JOIN audit_record USING (auditid) WHERE oper = $1 AND action = 'Logout')`,
      [signer.userid],
    );
    expect(successes).toBe(0);
    expect(load.lost).toBe(0);
  });

  it('neither counts nor answers a guess of a PIN under a session that ended', async () => {
    const signer = await warmSigner();
    await database.rows('DELETE FROM login_session WHERE userid = $1', [signer.userid]);
    for (const pin of ['Wrong-but-warm', PIN]) {
      expect((await signOnce(signer, { app: 'ended' }, pin)).code).toBe(NO_SESSION);
    }
    expect(await triesSpent(signer)).toBe(0);
    const records = await database.rows(
      "SELECT oper, certid, success, error_code FROM audit_record WHERE app = 'ended' OR (action = 'Hash' AND error_code = 'K0002')",
    );
    // As of anybody without a session: who it was, and which certificate he named, is not known.
    for (const record of records) expect(record).toMatchObject({ oper: null, certid: null, success: false });
    expect(records.length).toBeGreaterThanOrEqual(2);
  });

  it('is never what the audit says: a new name, other rights, another organisation count at once', async () => {
    const signer = await warmSigner();
    await database.rows("UPDATE certificate SET name = 'renamed' WHERE certid = $1", [signer.certid]);
    expect((await signOnce(signer, { app: 'renamed' })).code).toBe('K0000');
    await database.rows("UPDATE login_session SET last_used_at = now() - interval '1 day' WHERE userid = $1", [
      signer.userid,
    ]);
    expect((await signOnce(signer, { app: 'idle' })).code).toBe(NO_SESSION);
    expect(await database.rows("SELECT data FROM audit_record WHERE app = 'renamed' AND success", [])).toEqual([
      { data: 'SHA256 renamed' },
    ]);
  });

  it('does not keep a wrong PIN from being counted, nor the right one from being locked', async () => {
    const signer = await warmSigner();
    const guesses = Array.from({ length: 12 }, (_, index) => `Wrong-${index}-guess`);
    const answers = await Promise.all(guesses.map((pin) => signOnce(signer, { app: 'guessed' }, pin)));
    expect(answers.filter(({ code }) => code === 'K0009')).toHaveLength(4);
    // Not among them: on connections of their own it could come before the fifth, and give the tries back.
    expect((await signOnce(signer, { app: 'guessed' })).code).toBe('K0010');
    expect(await triesSpent(signer)).toBe(5);
  });

  it('does not outlive the certificate’s dates', async () => {
    const signer = await warmSigner();
    await database.rows("UPDATE certificate SET valid_to = now() + interval '3 seconds' WHERE certid = $1", [
      signer.certid,
    ]);
    expect((await signOnce(signer, { app: 'last' })).code).toBe('K0000');
    await setTimeout(3_100);
    const { code, message } = await signOnce(signer, { app: 'too late' });
    expect(`${code} ${message}`).toBe('K0011 The certificate has expired');
  });

  it('writes one record for each answer, whichever way it came', async () => {
    const signers = [await warmSigner(), await warmSigner()];
    const load = new SigningLoad(signers, 8);
    await load.reaches(40);
    for (const { certid } of signers) {
      await database.rows('UPDATE certificate SET descr = $2 WHERE certid = $1', [
        certid,
        randomBytes(4).toString('hex'),
      ]);
      await load.reaches(load.signatures.length + 20);
    }
    await load.stop();
    const records = await database.rows<{ app: string; success: boolean; traceid: string }>(
      'SELECT app, success, traceid FROM audit_record WHERE app = ANY ($1)',
      [load.answers.map(({ app }) => app)],
    );
    const byApp = (left: { app: string }, right: { app: string }) => left.app.localeCompare(right.app);
    expect(records.toSorted(byApp)).toEqual(
      load.answers.map(({ app, traceid }) => ({ app, success: true, traceid })).toSorted(byApp),
    );
  });
});
