import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';
import type { Addressee } from '../mail/addressee.ts';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { Caller } from '../pipeline/caller.ts';
import { UserRepository } from '../user/user.repository.ts';

export interface KeyOwner {
  readonly userid: string;
  readonly orgaid: string;
  /** Where letters to him go; undefined: he is the caller, and needs none. */
  readonly addressee?: Addressee;
}

/** For whom a caller may take a key into custody: himself, and users of the organisations that he administers. */
@Injectable()
export class KeyOwners {
  constructor(
    private readonly users: UserRepository,
    private readonly scope: OrganisationScope,
  ) {}

  /**
   * @param userid in any case; undefined: the caller
   * @param doing begins the refusal: `importing`
   * @throws CodedError `not-authorised` for a user whom the caller sees but does not administer, `not-found` for any other
   */
  async for(caller: Caller, userid: string | undefined, doing: string): Promise<KeyOwner> {
    if (userid === undefined || userid.toLowerCase() === caller.userid.toLowerCase())
      return { userid: caller.userid, orgaid: caller.orgaid };
    const user = await this.users.oneVisibleTo(caller, userid);
    if (!(await this.scope.administeredBy(caller)).includes(user.orgaid)) {
      throw new CodedError('not-authorised', `${doing} for another user needs admin privileges`);
    }
    return { userid: user.userid, orgaid: user.orgaid, addressee: user };
  }
}
