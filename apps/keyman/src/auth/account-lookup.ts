import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UserEntity } from '../user/user.entity.ts';

/** Finds whom a log-in names. */
@Injectable()
export class AccountLookup {
  constructor(private readonly dataSource: DataSource) {}

  /** By userid, or else by ident, in any case; with the password hash, which no other query reads. */
  async byLogin(login: string): Promise<UserEntity | null> {
    return this.dataSource
      .getRepository(UserEntity)
      .createQueryBuilder('u')
      .addSelect('u.passwordHash')
      .where('lower(u.userid) = lower(:login) OR lower(u.ident) = lower(:login)', { login })
      .orderBy('lower(u.userid) = lower(:login)', 'DESC')
      .limit(1)
      .getOne();
  }
}
