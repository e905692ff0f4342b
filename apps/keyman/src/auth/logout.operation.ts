import { authLogout, type RequestOf } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { SessionReader } from '../pipeline/session-reader.ts';
import { SessionRepository } from './session.repository.ts';

/** Ends the session that it was called with, on every node at once. */
@Injectable()
@Handles(authLogout)
export class AuthLogout implements Operation<typeof authLogout> {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly reader: SessionReader,
  ) {}

  async execute(_request: RequestOf<typeof authLogout>, context: OperationContext) {
    const { tokenHash } = context.caller.session;
    await context.change((manager) => this.sessions.end(manager, tokenHash));
    this.reader.forget(tokenHash);
    return { result: true };
  }
}
