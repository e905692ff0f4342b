import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runBeside } from './beside-keyman.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addSigner, addUser, PASSWORD, PIN, type Signer } from './people.ts';
import { ADMIN_PASSWORD, RunningKeyman } from './running-keyman.ts';
import { CTRL_C, CTRL_D, TerminalSession } from './terminal-session.ts';

/** A program is started many times in each. */
const PATIENCE_MS = 240_000;
const HASH = { algorithm: 'SHA256', digest: Buffer.alloc(32, 5).toString('base64') };
const PHRASE = 'destroy kek 1 and lose 1 key';
const WRONG = 'Not-this-password';

/** In turn on one token: KEK 1 with a key under it, KEK 2 with none, KEK 3 is the newest. */
describe('bin/keys destroy at a terminal', () => {
  let keyman: RunningKeyman;
  let clara: Signer;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    const admin = await keyman.admin();
    clara = await addSigner(keyman, admin, 'clara', 'clara');
    await addUser(admin, 'second', { admin: true });
    for (let made = 0; made < 2; made += 1)
      expect(await runBeside('keys-tool', { CINNABAR_HOME: keyman.home }, ['new-kek'])).toMatchObject({ code: 0 });
  }, 120_000);
  afterAll(() => keyman.remove(), 60_000);

  const destroy = (...args: string[]): TerminalSession =>
    new TerminalSession('keys-tool', { CINNABAR_HOME: keyman.home }, ['destroy', 'kek', ...args]);
  const destroyWithKeys = (): TerminalSession => destroy('1', '--lose-keys', '--reason', 'the token was copied');
  const states = async (): Promise<string[]> => {
    const { stdout } = await runBeside('keys-tool', { CINNABAR_HOME: keyman.home }, ['list', '--kek', '--json']);
    return (JSON.parse(stdout) as { label: string; state: string }[]).map(({ label, state }) => `${label} ${state}`);
  };
  const ALL = ['cinnabar-kek-1 old', 'cinnabar-kek-2 old', 'cinnabar-kek-3 current'];

  async function consent(at: TerminalSession, user: string, password: string, confirm = PHRASE): Promise<void> {
    await at.answer(/admin, userid: $/, `${user}\r`);
    await at.answer(/password of .*: $/, `${password}\r`);
    await at.answer(/type "destroy .*": $/, `${confirm}\r`);
  }
  function expectNoSecretOn({ screen }: TerminalSession): void {
    for (const secret of [ADMIN_PASSWORD, PASSWORD, WRONG]) expect(screen).not.toContain(secret);
    expect(screen).not.toContain('*');
  }

  it(
    'refuses wrong answers, whoever gives them, and shows no password',
    async () => {
      const wrong: [string, (at: TerminalSession) => Promise<void>][] = [
        ['refused: the log-in of admin is not right', (at) => consent(at, 'admin', WRONG)],
        ['refused: the log-in of nobody is not right', (at) => consent(at, 'nobody', PASSWORD)],
        ['refused: clara is no admin', (at) => consent(at, 'clara', PASSWORD)],
        ['refused: admin did not confirm', (at) => consent(at, 'admin', ADMIN_PASSWORD, 'destroy kek 1')],
        [
          'refused: admin cannot consent twice',
          async (at) => {
            for (let place = 0; place < 2; place += 1) await consent(at, 'admin', ADMIN_PASSWORD);
          },
        ],
        [
          'refused: the log-in of second is not right',
          async (at) => {
            await consent(at, 'admin', ADMIN_PASSWORD);
            await consent(at, 'second', WRONG);
          },
        ],
      ];
      for (const [refusal, answers] of wrong) {
        const at = destroyWithKeys();
        await answers(at);
        expect([await at.end(), at.screen]).toEqual([1, expect.stringContaining(refusal)]);
        expectNoSecretOn(at);
      }
      expect(await states()).toEqual(ALL);
    },
    PATIENCE_MS,
  );

  it.each([
    ['Ctrl-C', CTRL_C],
    ['Ctrl-D', CTRL_D],
  ])(
    'ends undone when it is left by %s at any question',
    async (_name, key) => {
      for (const left of [/admin, userid: $/, /password of .*: $/, /type ".*": $/]) {
        const at = destroyWithKeys();
        for (const [asked, typed] of [
          [/first admin, userid: $/, 'admin\r'],
          [/password of .*: $/, `${ADMIN_PASSWORD}\r`],
          [/type ".*": $/, `${PHRASE}\r`],
        ] as const) {
          const isLeft = asked.source.includes(left.source);
          await at.answer(asked, isLeft ? key : typed);
          if (isLeft) break;
        }
        expect([await at.end(), at.screen]).toEqual([1, expect.stringContaining('refused: not confirmed')]);
        expectNoSecretOn(at);
      }
      expect(await states()).toEqual(ALL);
    },
    PATIENCE_MS,
  );

  it(
    'asks for one typed confirmation where nothing is lost',
    async () => {
      const unsure = destroy('2');
      await unsure.answer(/type "destroy kek 2": $/, 'yes\r');
      expect([await unsure.end(), unsure.screen]).toEqual([1, expect.stringContaining('refused: not confirmed')]);
      expect(await states()).toEqual(ALL);
      const sure = destroy('2');
      await sure.answer(/type "destroy kek 2": $/, 'destroy kek 2\r');
      expect([await sure.end(), sure.screen]).toEqual([0, expect.stringContaining('cinnabar-kek-2 is destroyed')]);
    },
    PATIENCE_MS,
  );

  it(
    'takes the consent of two, and shows no password, though it be pasted together with the name',
    async () => {
      const at = destroyWithKeys();
      await at.answer(/first admin, userid: $/, `admin\r${ADMIN_PASSWORD}\r`);
      await at.answer(/password of admin: $/, `${ADMIN_PASSWORD}\r`);
      await at.answer(/type ".*": $/, `${PHRASE}\r`);
      await consent(at, 'second', PASSWORD);
      expect([await at.end(), at.screen]).toEqual([0, expect.stringContaining('cinnabar-kek-1 is destroyed')]);
      expectNoSecretOn(at);
      expect(await states()).toEqual(['cinnabar-kek-1 lost', 'cinnabar-kek-2 destroyed', 'cinnabar-kek-3 current']);
      const { code } = await clara.client.call('Sign/Hash', { cert: { certid: clara.certid, pin: PIN }, hash: HASH });
      expect(code).toBe('K0011');
    },
    PATIENCE_MS,
  );
});
