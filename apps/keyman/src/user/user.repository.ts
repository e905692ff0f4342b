import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { Caller } from '../pipeline/caller.ts';
import { UserEntity } from './user.entity.ts';

/** What users are looked up by: whole values, in any case. */
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
    const administered = await this.scope.administeredBy(caller);
    const query = this.dataSource
      .getRepository(UserEntity)
      .createQueryBuilder('u')
      .where('(u.userid = :self OR u.orgaid = ANY(:administered))', { self: caller.userid, administered })
      .orderBy('u.userid')
      .limit(limit);
    for (const [column, value] of Object.entries(filter))
      if (value !== undefined) matchWhole(query, column, String(value));
    return query.getMany();
  }

  /** @throws CodedError `not-found` where there is none that the caller may see */
  async oneVisibleTo(caller: Caller, userid: string): Promise<UserEntity> {
    const [user] = await this.visibleTo(caller, { userid }, 1);
    if (user === undefined) throw new CodedError('not-found', 'there is no such user');
    return user;
  }

  async byUserid(userid: string): Promise<UserEntity | null> {
    return this.dataSource
      .getRepository(UserEntity)
      .createQueryBuilder('u')
      .where('lower(u.userid) = lower(:userid)', { userid })
      .getOne();
  }
}

/** The column's name comes from the filter's own keys, never from a caller. */
function matchWhole(query: SelectQueryBuilder<UserEntity>, column: string, value: string): void {
  query.andWhere(`lower(u.${column}) = lower(:${column})`, { [column]: value });
}
