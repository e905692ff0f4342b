import { parseArgs } from 'node:util';
import type { RootKeyKind } from '@cinnabar/custody/pkcs11';

export const HELP = `bin/keys: the HSM's root keys, which everything in the database hangs on.

  bin/keys list [--kek] [--json]    root keys on the token, and how many keys and slots still name each
  bin/keys new-kek                  make the next key-encryption key (KEK): new keys go under it at once, present ones move
                                    there when their owners next unlock them
  bin/keys new-hmac                 make the next HMAC key: new PINs are sealed by it, present ones when they are next set
  bin/keys destroy kek N            destroy KEK N, under which nothing may be left
  bin/keys destroy hmac N           destroy HMAC key N, by which no slot may be sealed

destroy cannot be undone. It says first what that means and asks for a typed confirmation; --yes confirms where nothing is lost.
Where keys are left under a KEK, they are lost with it, and two people must want that:

  --lose-keys          destroy the KEK with the keys that are left under it
  --reason TEXT        why; goes into the audit
  --consent FILE       given twice: instead of the terminal, files of two different admins or superadmins of the
                       organisation Main, readable by their owner only, of the form
                         user: NAME
                         password: PASSWORD
                         confirm: destroy kek N and lose M keys

It works beside running servers, which learn of new and destroyed keys by themselves. Each command is in the audit (category Keys).
CINNABAR_HOME, DATABASE_URL and PKCS11_… say which token and database, as for bin/up.

Exit code: 0 done, 1 refused, 2 could not be done or not understood.
`;

export interface ListOrder {
  readonly command: 'list';
  readonly onlyKeks: boolean;
  readonly json: boolean;
}

export interface NewKeyOrder {
  readonly command: 'new';
  readonly kind: RootKeyKind;
}

export interface DestroyOrder {
  readonly command: 'destroy';
  readonly kind: RootKeyKind;
  readonly version: number;
  readonly loseKeys: boolean;
  readonly confirmed: boolean;
  readonly reason: string | undefined;
  readonly consentFiles: readonly string[];
}

export type KeysOrder = ListOrder | NewKeyOrder | DestroyOrder;

const REASON_MAX = 200;

/** @throws Error with a sentence for the one who typed */
export function readOrder(args: readonly string[]): KeysOrder | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      kek: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      'lose-keys': { type: 'boolean', default: false },
      reason: { type: 'string' },
      consent: { type: 'string', multiple: true, default: [] },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) return 'help';
  if (command !== 'destroy' && rest.length > 0) throw new Error(`${command} takes no further words`);
  switch (command) {
    case 'list':
      return { command, onlyKeks: values.kek, json: values.json };
    case 'new-kek':
      return { command: 'new', kind: 'kek' };
    case 'new-hmac':
      return { command: 'new', kind: 'hmac' };
    case 'destroy':
      return {
        command,
        ...destroyed(rest),
        loseKeys: values['lose-keys'],
        confirmed: values.yes,
        reason: reasonOf(values.reason),
        consentFiles: values.consent,
      };
    default:
      throw new Error(`there is no command ${command}`);
  }
}

function destroyed([kind, number, ...rest]: readonly string[]): { kind: RootKeyKind; version: number } {
  if ((kind !== 'kek' && kind !== 'hmac') || !/^[1-9]\d{0,5}$/.test(number ?? '') || rest.length > 0) {
    throw new Error('destroy takes a kind and a number: destroy kek 1, or destroy hmac 1');
  }
  return { kind, version: Number(number) };
}

function reasonOf(text: string | undefined): string | undefined {
  const reason = text?.trim();
  if (reason !== undefined && (reason === '' || reason.length > REASON_MAX)) {
    throw new Error(`--reason takes 1 to ${REASON_MAX} characters`);
  }
  return reason;
}
