import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConsentFiles, runBeside, type Ended } from './beside-keyman.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RoleConnection } from './database-roles.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addSigner, addUser, importFor, PASSWORD, PIN, type Signer } from './people.ts';
import type { Answer, RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

/** A program is started many times in each. */
const PATIENCE_MS = 240_000;
const HASH = { algorithm: 'SHA256', digest: Buffer.alloc(32, 5).toString('base64') };

/** In turn on one token: a KEK is made, keys move, and old ones end. */
describe('bin/keys beside a running server', () => {
  const consent = new ConsentFiles();
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let ana: Signer;
  let clara: Signer;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
    ana = await addSigner(keyman, admin, 'ana');
    clara = await addSigner(keyman, admin, 'clara', 'clara');
    await addUser(admin, 'second', { admin: true });
    await database.addOrganisation('Elsewhere', null);
    await addUser(admin, 'stranger', { admin: true });
    await database.query("UPDATE keyman_user SET orgaid = 'Elsewhere' WHERE userid = 'stranger'");
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
    consent.remove();
  });

  const keys = (...args: string[]): Promise<Ended> => runBeside('keys-tool', { CINNABAR_HOME: keyman.home }, args);
  const listed = async (): Promise<string[]> => {
    const { stdout } = await keys('list', '--json');
    return (JSON.parse(stdout) as { label: string; uses: number; state: string }[]).map(
      ({ label, uses, state }) => `${label} ${uses} ${state}`,
    );
  };
  const sign = ({ client, certid }: Signer): Promise<Answer> =>
    client.call('Sign/Hash', { cert: { certid, pin: PIN }, hash: HASH });
  const recorded = (action: string) =>
    database.query(
      "SELECT success, info, oper, data, actiondata FROM audit_record WHERE category = 'Keys' AND action = $1 ORDER BY auditid",
      [action],
    );
  /** The certificate under that KEK again, as a writer to the database could put it. */
  const putUnder = (kek: number, { certid }: Signer) =>
    database.query('UPDATE certificate SET kek_version = $1 WHERE certid = $2', [kek, certid]);

  it(
    'tells what there is, and what is wrong with what was typed',
    async () => {
      expect((await keys('--help')).stdout).toContain('cannot be undone');
      expect((await keys('list')).stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
        'cinnabar-kek-1  2 keys  current',
        'cinnabar-slot-hmac-1  2 slots  current',
        'cinnabar-audit-1  signs checkpoints  current',
        '',
      ]);
      expect((await keys('list', '--kek')).stdout.trim()).toMatch(/^cinnabar-kek-1 .*current$/);
      for (const args of [
        ['explode'],
        ['destroy', 'kek'],
        ['destroy', 'kek', '0'],
        ['destroy', 'pin', '1'],
        ['new-kek', '7'],
      ]) {
        expect((await keys(...args)).code).toBe(2);
      }
      expect((await recorded('List')).length).toBe(2);
    },
    PATIENCE_MS,
  );

  it(
    'refuses the newest keys and unknown ones, and a token that is not there',
    async () => {
      for (const args of [
        ['kek', '1'],
        ['hmac', '1'],
      ]) {
        const { code, stderr } = await keys('destroy', ...args, '--yes', '--lose-keys');
        expect([code, stderr]).toEqual([
          1,
          expect.stringContaining('is the newest of its kind and cannot be destroyed'),
        ]);
      }
      expect((await keys('destroy', 'kek', '7', '--yes')).stderr).toContain('the token has no key cinnabar-kek-7');
      const { code, stderr } = await runBeside('keys-tool', { CINNABAR_HOME: '/nonexistent/home' }, ['list']);
      expect([code, stderr]).toEqual([2, expect.stringContaining('failed: ')]);
    },
    PATIENCE_MS,
  );

  it(
    'new-kek: the running server uses it at once, and a key moves when its owner unlocks it',
    async () => {
      expect((await sign(ana)).code).toBe('K0000');
      const { code, stdout } = await keys('new-kek');
      expect([code, stdout]).toEqual([0, expect.stringContaining('cinnabar-kek-2 made')]);
      await importFor(clara.client, 'ana');
      expect(await listed()).toEqual([
        'cinnabar-kek-1 2 old',
        'cinnabar-kek-2 1 current',
        'cinnabar-slot-hmac-1 3 current',
        'cinnabar-audit-1 0 current',
      ]);
      // Warm: nothing moves, nothing fails. Cold: it moves.
      expect((await sign(ana)).code).toBe('K0000');
      expect((await sign(clara)).code).toBe('K0000');
      expect((await listed()).slice(0, 2)).toEqual(['cinnabar-kek-1 1 old', 'cinnabar-kek-2 2 current']);
    },
    PATIENCE_MS,
  );

  it(
    'destroys nothing that is in use, unless two people want it by name',
    async () => {
      const phrase = 'destroy kek 1 and lose 1 key';
      const first = consent.write('admin', phrase);
      const second = consent.write('second', phrase, PASSWORD);
      const attempts: [args: string[], why: string][] = [
        [['--yes'], 'still under cinnabar-kek-1: 1 key;'],
        [['--lose-keys', '--consent', first, '--consent', second], '--reason'],
        [['--lose-keys', '--reason', 'r', '--consent', first], 'two people must consent'],
        [['--lose-keys', '--reason', 'r', '--consent', first, '--consent', first], 'admin cannot consent twice'],
        [
          [
            '--lose-keys',
            '--reason',
            'r',
            '--consent',
            first,
            '--consent',
            consent.write('ADMIN', phrase, 'admin-of-the-tests-only'),
          ],
          'admin cannot consent twice',
        ],
        [
          ['--lose-keys', '--reason', 'r', '--consent', first, '--consent', consent.write('ana', phrase, PASSWORD)],
          'ana is no admin',
        ],
        [
          [
            '--lose-keys',
            '--reason',
            'r',
            '--consent',
            first,
            '--consent',
            consent.write('stranger', phrase, PASSWORD),
          ],
          'the log-in of stranger is not right',
        ],
        [
          [
            '--lose-keys',
            '--reason',
            'r',
            '--consent',
            first,
            '--consent',
            consent.write('second', phrase, 'wrong password'),
          ],
          'the log-in of second is not right',
        ],
        [
          [
            '--lose-keys',
            '--reason',
            'r',
            '--consent',
            first,
            '--consent',
            consent.write('second', 'destroy kek 1', PASSWORD),
          ],
          `second did not confirm with "${phrase}"`,
        ],
        [
          [
            '--lose-keys',
            '--reason',
            'r',
            '--consent',
            first,
            '--consent',
            consent.write('second', 'destroy kek 1 and lose 2 keys', PASSWORD),
          ],
          'second did not confirm',
        ],
      ];
      for (const [args, why] of attempts) {
        const { code, stderr } = await keys('destroy', 'kek', '1', ...args);
        expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
      }
      const open = consent.write('second', phrase, PASSWORD, 0o644);
      const { code, stderr } = await keys(
        'destroy',
        'kek',
        '1',
        '--lose-keys',
        '--reason',
        'r',
        '--consent',
        first,
        '--consent',
        open,
      );
      expect([code, stderr]).toEqual([2, expect.stringContaining('can be read by others')]);
      const [failures] = await database.query("SELECT failures FROM login_attempts WHERE subject = 'user:second'");
      expect(failures).toBeUndefined(); // a right one gave the tries back
      expect((await recorded('Destroy')).filter(({ success }) => success === true)).toEqual([]);
      expect((await sign(ana)).code).toBe('K0000');
      expect((await listed())[0]).toBe('cinnabar-kek-1 1 old');
    },
    PATIENCE_MS,
  );

  it(
    'a wrong password counts as at any log-in, and locks in the end',
    async () => {
      const wrong = consent.write('locked-out', 'destroy kek 1 and lose 1 key', 'wrong password');
      await addUser(admin, 'locked-out', { admin: true });
      const attempt = () => keys('destroy', 'kek', '1', '--lose-keys', '--reason', 'r', '--consent', wrong);
      await attempt();
      const failures = () => database.query("SELECT failures FROM login_attempts WHERE subject = 'user:locked-out'");
      expect(await failures()).toEqual([{ failures: 1 }]);
      await database.query("UPDATE login_attempts SET failures = 10 WHERE subject = 'user:locked-out'");
      expect((await attempt()).stderr).toContain('too many failed log-ins');
    },
    PATIENCE_MS,
  );

  it(
    'what is stored under a KEK while it is being destroyed is not lost: it waits, counts again, and refuses',
    async () => {
      expect((await keys('new-kek')).code).toBe(0);
      await database.query('UPDATE certificate SET kek_version = 9 WHERE kek_version = 2');
      const writer = await RoleConnection.open(keyman.home, 'server');
      await writer.rows('BEGIN');
      await writer.rows('UPDATE certificate SET kek_version = 2 WHERE kek_version = 9');
      const destroying = keys('destroy', 'kek', '2', '--yes');
      const waiting = "SELECT count(*)::int AS value FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
      while ((await writer.value<number>(waiting)) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await writer.rows('COMMIT');
      await writer.close();
      const { code, stderr } = await destroying;
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('meanwhile 2 keys name it and not 0: nothing was destroyed'),
      ]);
      expect((await listed())[1]).toBe('cinnabar-kek-2 2 old');
    },
    PATIENCE_MS,
  );

  it(
    'destroys a KEK with its keys by the consent of two: who, why and how many is in the audit',
    async () => {
      await putUnder(1, ana);
      const phrase = 'destroy kek 1 and lose 1 key';
      const consents = [consent.write('admin', phrase), consent.write('second', phrase, PASSWORD)];
      const { code, stdout } = await keys(
        'destroy',
        'kek',
        '1',
        '--lose-keys',
        '--reason',
        'the token was copied',
        ...consents.flatMap((path) => ['--consent', path]),
      );
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/CANNOT BE UNDONE.*LOST FOR GOOD.*cinnabar-kek-1 is destroyed/s),
      ]);
      expect((await listed())[0]).toBe('cinnabar-kek-1 1 lost');
      // Its owner hears so at once, though the key was unlocked; everybody else signs.
      expect((await sign(ana)).code).toBe('K0011');
      expect((await sign(clara)).code).toBe('K0000');
      const records = (await recorded('Destroy')).filter(({ success }) => success === true);
      expect(records).toHaveLength(1);
      expect(records[0]).toMatchObject({ actiondata: 'cinnabar-kek-1', oper: 'admin', data: 'admin, second' });
      expect(records[0]?.['info']).toMatch(
        /1 key lost; consent of admin and second; reason: the token was copied; by \S+ at \S+/,
      );
      expect(JSON.stringify(await recorded('Destroy'))).not.toContain(PASSWORD);
    },
    PATIENCE_MS,
  );

  it(
    'nothing can be stored under a destroyed KEK, whoever writes: a node that has not heard says so, and may be asked again',
    async () => {
      await expect(putUnder(1, clara)).rejects.toThrow('the root key kek 1 is retired');
      await database.query("UPDATE root_key SET retired_at = now() WHERE kind = 'kek' AND version = 3");
      expect(await refusal(clara.client)).toBe("K0012 The HSM's keys were changed meanwhile, try again");
      await database.query("UPDATE root_key SET retired_at = NULL WHERE kind = 'kek' AND version = 3");
      expect(await refusal(clara.client)).toBe('');
    },
    PATIENCE_MS,
  );

  it(
    'nor can a slot or a one-time code under a retired HMAC key: the caller may ask again, and then has his code',
    async () => {
      const cert = { certid: clara.certid };
      await clara.client.ok('Otp/Request', { cert: { ...cert, pin: PIN } });
      const requests = [{ cert }, { cert: { ...cert, pin: PIN } }];
      await database.query("UPDATE root_key SET retired_at = now() WHERE kind = 'hmac' AND version = 1");
      for (const request of requests) {
        expect(await clara.client.refusal('Otp/Request', request)).toBe(
          "K0012 The HSM's keys were changed meanwhile, try again",
        );
      }
      await database.query("UPDATE root_key SET retired_at = NULL WHERE kind = 'hmac' AND version = 1");
      for (const request of requests) await clara.client.ok('Otp/Request', request);
      await database.query("DELETE FROM key_slot WHERE kind = 'code'");
    },
    PATIENCE_MS,
  );

  it(
    'destroys at zero: an old KEK when all keys have moved, an old HMAC key when all PINs were set anew',
    async () => {
      expect((await keys('new-hmac')).stdout).toContain('cinnabar-slot-hmac-2 made');
      expect((await keys('destroy', 'hmac', '1', '--yes', '--lose-keys')).stderr).toContain(
        'sealed by cinnabar-slot-hmac-1: 3 slots',
      );
      const pins: [Signer, string][] = [[clara, 'Pin-after-the-hmac']];
      for (const [signer, newpin] of pins) {
        const certids = await database.query('SELECT certid FROM certificate WHERE userid = $1', [signer.userid]);
        for (const { certid } of certids) await signer.client.ok('Cert/PinSet', { cert: { certid, pin: PIN, newpin } });
      }
      await database.query('DELETE FROM certificate WHERE userid = $1', [ana.userid]);
      expect(await keys('destroy', 'hmac', '1', '--yes')).toMatchObject({ code: 0 });
      const answer = await clara.client.call('Sign/Hash', {
        cert: { certid: clara.certid, pin: 'Pin-after-the-hmac' },
        hash: HASH,
      });
      expect(answer.code).toBe('K0000');
    },
    PATIENCE_MS,
  );

  it(
    'leaves an audit that verifies',
    async () => {
      expect((await runBeside('audit-verify', { CINNABAR_HOME: keyman.home })).code).toBe(0);
    },
    PATIENCE_MS,
  );

  /** What an import is refused with; nothing where it is not. */
  async function refusal(client: RestCaller): Promise<string> {
    await database.query("DELETE FROM certificate WHERE userid = 'clara' AND certid <> $1", [clara.certid]);
    try {
      await importFor(client, 'ana');
      return '';
    } catch (error) {
      return error instanceof Error ? error.message.replace('Cert/ImportPFX answered ', '') : String(error);
    }
  }
});
