import { CodedError } from '@cinnabar/core';
import { userGet, type RequestOf } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { toUserObject } from './user-object.ts';
import { UserRepository } from './user.repository.ts';

/** Answers the one user that the filters name; the caller where none is given. Several are a wrong filter (K0005). */
@Injectable()
@Handles(userGet)
export class UserGet implements Operation<typeof userGet> {
  constructor(private readonly users: UserRepository) {}

  async execute({ user: filter }: RequestOf<typeof userGet>, context: OperationContext) {
    const asked = Object.keys(filter).length === 0 ? { userid: context.caller.userid } : filter;
    const [user, another] = await this.users.visibleTo(context.caller, asked, 2);
    if (user === undefined) throw new CodedError('not-found', 'there is no such user');
    if (another !== undefined)
      throw new CodedError('invalid-parameter', 'user: several users match; name one by userid');
    context.note.userid = user.userid;
    return { user: toUserObject(user) };
  }
}
