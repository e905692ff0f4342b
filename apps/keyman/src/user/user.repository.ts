import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { matching } from '../database/text-filter.ts';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { Caller } from '../pipeline/caller.ts';
import { UserEntity } from './user.entity.ts';

/** What users are looked up by: whole values in any case, `*` a wildcard. */
export interface UserFilter {
  readonly userid?: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly lastname?: string | undefined;
  readonly ident?: string | undefined;
}

@Injectable()
export class UserRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly scope: OrganisationScope,
  ) {}

  /** Users that match and that the caller may see: himself, and those whom he administers. */
  async visibleTo(caller: Caller, filter: UserFilter, limit: number): Promise<UserEntity[]> {
    const query = (await this.seenBy(caller)).orderBy('u.userid').limit(limit);
    // Columns are named by the filter's own keys, never by a caller.
    for (const [column, value] of Object.entries(filter))
      if (value !== undefined) query.andWhere(...matching('u', column, String(value)));
    return query.getMany();
  }

  /** By the very userid, in any case: `*` is no wildcard here. @throws CodedError `not-found` where there is none that the caller may see */
  async oneVisibleTo(caller: Caller, userid: string): Promise<UserEntity> {
    const user = await (await this.seenBy(caller)).andWhere('lower(u.userid) = lower(:userid)', { userid }).getOne();
    if (user === null) throw new CodedError('not-found', 'there is no such user');
    return user;
  }

  private async seenBy(caller: Caller): Promise<SelectQueryBuilder<UserEntity>> {
    return this.dataSource
      .getRepository(UserEntity)
      .createQueryBuilder('u')
      .where('(u.userid = :self OR u.orgaid = ANY(:administered))', {
        self: caller.userid,
        administered: await this.scope.administeredBy(caller),
      });
  }
}
