import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RoleConnection } from './database-roles.ts';
import { addSigner, addUser, importFor, PASSWORD, pki, type Signer } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';
import { signOnce, SigningLoad } from './signing-load.ts';

const CLIENTS = 16;
/** How long the change stays uncommitted: requests meanwhile sign under the old state. Below the sealer's lock timeout. */
const OPEN_CHANGE_MS = 300;

/** As for a wrong PIN, somebody else’s certificate, one without a slot, or a fault of the server’s: nothing tells why. */
const OPENS_NOT =
  /^(K0009 Wrong PIN, \d (tries|try) left|K0001 Internal error \([0-9a-f-]{36}\)|K0006 There is no such certificate|K0003 Only the owner of a certificate uses its key|K0008 The key has no PIN yet; .*)$/;

const OWNER = '(SELECT userid FROM certificate WHERE certid = $1)';
const CHANGED_MEANWHILE = 'K0011 The certificate or its PIN was changed while it signed';
const NO_SESSION = 'K0002 No session, or it has ended; log in';

describe('a change behind the server’s back', () => {
  let keyman: RunningKeyman;
  let database: RoleConnection;
  let admin: RestCaller;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    database = await RoleConnection.open(keyman.home, 'superuser');
    admin = await keyman.admin();
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  });

  const countReleased = ({ certid }: Signer): Promise<number> =>
    database.value<number>(
      "SELECT count(*)::int AS value FROM audit_record WHERE certid = $1 AND success AND action = 'Hash'",
      [certid],
    );

  it.each([
    {
      what: 'certificate is disabled',
      change: 'UPDATE certificate SET disabled = true, version = version + 1 WHERE certid = $1',
      refusal: 'K0011 The certificate is disabled',
    },
    {
      what: 'slot is suspended',
      change: 'UPDATE key_slot SET suspended_at = now() WHERE certid = $1',
      refusal: 'K0010 The PIN is locked',
    },
    {
      what: 'user is disabled',
      change: `UPDATE keyman_user SET disabled = true WHERE userid = ${OWNER}`,
      refusal: NO_SESSION,
    },
    {
      what: 'session is ended',
      change: `DELETE FROM login_session WHERE userid = ${OWNER}`,
      refusal: NO_SESSION,
    },
    {
      what: 'session is let expire',
      change: `UPDATE login_session SET expires_at = now() WHERE userid = ${OWNER}`,
      refusal: NO_SESSION,
    },
  ])('while its $what under a load, no signature is released from the commit on', async ({ change, refusal }) => {
    const signer = await addSigner(keyman, admin, `clara-${performance.now()}`, 'clara');
    const load = new SigningLoad([signer], CLIENTS);
    await load.reaches(50);
    await database.rows('BEGIN');
    await database.rows(change, [signer.certid]);
    // From here on the row is ours: whatever was released under the old state is committed and counted.
    const released = await countReleased(signer);
    await setTimeout(OPEN_CHANGE_MS);
    await database.rows('COMMIT');
    const committedAtMs = performance.now();
    await load.goesOnAfter(committedAtMs);
    await load.stop();

    expect(await countReleased(signer)).toBe(released);
    expect(load.signatures.length).toBeLessThanOrEqual(released);
    expect(load.lost).toBe(0);
    const refused = load.answers.filter(({ isSignature }) => !isSignature);
    const sentLater = load.answers.filter(({ sentAtMs }) => sentAtMs > committedAtMs);
    expect(sentLater.length).toBeGreaterThan(0);
    expect(sentLater.filter(({ isSignature }) => isSignature)).toEqual([]);
    // Some had signed already, and were held back at the very end.
    const heldBack = refused.filter(({ sentAtMs }) => sentAtMs <= committedAtMs);
    expect(heldBack.length).toBeGreaterThan(0);
    // Held back or not: the answer is what the database says now, and never that something was remembered.
    // One that had to ask the database at its beginning is told that something changed meanwhile.
    const told = new Set(refused.map(({ code, message }) => `${code} ${message}`));
    told.delete(CHANGED_MEANWHILE);
    expect([...told]).toEqual([refusal]);
    const records = await database.rows<{ success: boolean; code: string; traceid: string }>(
      'SELECT success, error_code AS code, traceid FROM audit_record WHERE traceid = ANY ($1)',
      [refused.map(({ traceid }) => traceid)],
    );
    const byTrace = (left: { traceid: string }, right: { traceid: string }) =>
      left.traceid.localeCompare(right.traceid);
    expect(records.toSorted(byTrace)).toEqual(
      refused.map(({ code, traceid }) => ({ success: false, code, traceid })).toSorted(byTrace),
    );
  });

  it.each([
    {
      what: 'certificate is disabled',
      change: 'UPDATE certificate SET disabled = true, version = version + 1 WHERE certid = $1',
      answer: CHANGED_MEANWHILE,
      record: { code: 'K0011', info: 'refused: the certificate or its PIN was changed while it signed' },
    },
    {
      what: 'session is ended',
      change: `DELETE FROM login_session WHERE userid = ${OWNER}`,
      answer: NO_SESSION,
      record: { code: 'K0002', info: 'refused: the session ended while it signed' },
    },
  ])('a signature that its key was unlocked for is held back too when its $what meanwhile', async (each) => {
    const signer = await addSigner(keyman, admin, `clara-${performance.now()}`, 'clara');
    await database.rows('BEGIN');
    await database.rows(each.change, [signer.certid]);
    // Nothing is remembered and nothing unlocked: it reads the state before the change, which is not committed yet.
    const app = `cold ${each.what}`;
    const signing = signOnce(signer, { app });
    await setTimeout(OPEN_CHANGE_MS);
    await database.rows('COMMIT');
    const { code, message } = await signing;
    expect(`${code} ${message}`).toBe(each.answer);
    expect(
      await database.rows('SELECT success, error_code AS code, info FROM audit_record WHERE app = $1', [app]),
    ).toEqual([{ success: false, ...each.record }]);
  });

  it('an enabled certificate signs again, and a disabled one says so before it looks at the PIN', async () => {
    const signer = await addSigner(keyman, admin, 'clara-again', 'clara');
    const set = (disabled: boolean) =>
      database.rows('UPDATE certificate SET disabled = $2, version = version + 1 WHERE certid = $1', [
        signer.certid,
        disabled,
      ]);
    await set(true);
    const refusal = await signOnce(signer, { app: 'disabled' }, 'Wrong-pin-too');
    expect(`${refusal.code} ${refusal.message}`).toBe('K0011 The certificate is disabled');
    await set(false);
    expect((await signOnce(signer, { app: 'enabled' })).code).toBe('K0000');
  });

  it('a bumped slot version stops a key that is unlocked', async () => {
    const signer = await addSigner(keyman, admin, 'clara-bumped', 'clara');
    expect((await signOnce(signer, { app: 'warm' })).code).toBe('K0000');
    const bump = (by: number) =>
      database.rows('UPDATE key_slot SET version = version + $2 WHERE certid = $1', [signer.certid, by]);
    await bump(1);
    const { code, message } = await signOnce(signer, { app: 'bumped' });
    expect(`${code} ${message}`).toMatch(OPENS_NOT);
    await bump(-1);
    expect((await signOnce(signer, { app: 'as before' })).code).toBe('K0000');
  });

  describe('that moves one user’s key to another', () => {
    const ATTACKERS_PIN = 'Pin-of-the-attacker';
    let victim: Signer;
    let attacker: Signer;

    beforeAll(async () => {
      victim = await addSigner(keyman, admin, 'victim', 'ana');
      await addUser(admin, 'attacker');
      const client = await keyman.logIn('attacker', PASSWORD);
      const certid = await importFor(client, 'ana', { newpin: ATTACKERS_PIN });
      attacker = { userid: 'attacker', certid, identity: pki.identity('ana'), client };
    });

    /** Both sign as they should, with the given PINs. */
    async function bothSign(): Promise<void> {
      expect((await signOnce(victim, { app: 'as it was' })).code).toBe('K0000');
      expect((await signOnce(attacker, { app: 'as it was' }, ATTACKERS_PIN)).code).toBe('K0000');
    }

    /** Every PIN for every certificate that its user may name. */
    async function refusals(): Promise<string[]> {
      const answers = [
        await signOnce(victim, { app: 'swapped' }),
        await signOnce(attacker, { app: 'swapped' }, ATTACKERS_PIN),
        await signOnce(victim, { app: 'swapped' }, ATTACKERS_PIN),
        await signOnce(attacker, { app: 'swapped' }),
        await signOnce({ ...attacker, certid: victim.certid }, { app: 'not his' }, ATTACKERS_PIN),
      ];
      return answers.map(({ code, message }) => `${code} ${message}`);
    }

    const swapColumns = (table: string, columns: readonly string[]): string =>
      `UPDATE ${table} AS mine SET ${columns.map((name) => `${name} = other.${name}`).join(', ')} FROM ${table} AS other
        WHERE mine.certid <> other.certid AND mine.certid IN ($1, $2) AND other.certid IN ($1, $2)`;

    const SLOT = ['kdf', 'salt', 'sealed_data_key'];

    it.each([
      ['sealed keys', [swapColumns('certificate', ['sealed_key'])]],
      ['slots', [swapColumns('key_slot', SLOT)]],
      ['slots and keys', [swapColumns('key_slot', SLOT), swapColumns('certificate', ['sealed_key'])]],
      ['slots’ data keys', [swapColumns('key_slot', ['sealed_data_key'])]],
      ['slots’ holders', [swapColumns('key_slot', ['holder'])]],
    ])('%s that changed places open for nobody, and the answers tell nothing', async (_what, statements) => {
      const swap = async () => {
        for (const statement of statements) await database.rows(statement, [victim.certid, attacker.certid]);
      };
      await bothSign();
      await swap();
      await forgetUnlockedKeys();
      for (const refusal of await refusals()) expect(refusal).toMatch(OPENS_NOT);
      await swap();
      await database.rows('UPDATE key_slot SET tries_in_row = 0, tries_today = 0');
      await bothSign();
    });

    /** A version up and down again: entries of the vault are of one version. */
    async function forgetUnlockedKeys(): Promise<void> {
      for (const step of [1, -1]) {
        await database.rows('UPDATE key_slot SET key_version = key_version + $1', [step]);
        if (step > 0) {
          await signOnce(victim, { app: 'forget' }, 'Wrong-to-forget');
          await signOnce(attacker, { app: 'forget' }, 'Wrong-to-forget');
        }
      }
    }
  });
});
