import { CodedError } from '@cinnabar/core';
import type { RequestOf, userSet } from '@cinnabar/keyman-api';
import type { Caller } from '../pipeline/caller.ts';
import type { UserEntity } from './user.entity.ts';

type WantedUser = RequestOf<typeof userSet>['user'];

const TEXTS = ['lang', 'email', 'name', 'lastname', 'ident', 'phone'] as const;
const FLAGS = ['disabled', 'admin', 'superadmin'] as const;
/** Where codes go, and what tells people apart: whoever changes these could make codes his. */
const REACH = ['email', 'phone', 'ident'] as const;

export type UserColumns = Partial<Pick<UserEntity, (typeof TEXTS)[number] | (typeof FLAGS)[number]>>;

/** What a User/Set changes, compared with what stands: members that a form sends back as they were change nothing. */
export interface UserChange {
  readonly columns: UserColumns;
  readonly pass: string | undefined;
  /** Names of all that changes, for the audit and the letter. */
  readonly members: readonly string[];
  /** E-mail, phone or identifier are among it, or the user is being disabled: his codes are suspended. */
  readonly suspendsCodes: boolean;
}

/** An empty text clears its column. */
export function userChangeOf(user: UserEntity, wanted: WantedUser): UserChange {
  const columns: Record<string, unknown> = {};
  for (const name of TEXTS) {
    const value = wanted[name] === '' ? null : wanted[name];
    if (value !== undefined && value !== user[name]) columns[name] = value;
  }
  for (const name of FLAGS) if (wanted[name] !== undefined && wanted[name] !== user[name]) columns[name] = wanted[name];
  return {
    columns,
    pass: wanted.pass,
    members: [...Object.keys(columns), ...(wanted.pass === undefined ? [] : ['pass'])],
    suspendsCodes: REACH.some((name) => name in columns) || columns['disabled'] === true,
  };
}

/**
 * Whether the caller may change the user, whom he sees already (contract, "Who may"): his own data but not what he is
 * allowed; an admin those below him. Whoever could change the password of somebody with more rights would have them.
 *
 * @throws CodedError `not-authorised`
 */
export function requireMayChange(caller: Caller, user: UserEntity, { columns }: UserChange): void {
  const isAbove = caller.superadmin && caller.orgaid !== user.orgaid;
  if (user.userid === caller.userid) {
    const flag = FLAGS.find((name) => name in columns);
    if (flag !== undefined)
      throw new CodedError('not-authorised', `user.${flag} is set by somebody else, never by oneself`);
    return;
  }
  if ((user.superadmin || columns.superadmin !== undefined) && !isAbove)
    throw new CodedError('not-authorised', 'a superadmin is changed by a superadmin of an organisation above');
  if ((user.admin || columns.admin !== undefined) && !caller.superadmin)
    throw new CodedError('not-authorised', 'an admin is changed by a superadmin');
}
