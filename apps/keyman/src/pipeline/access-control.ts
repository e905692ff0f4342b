import { CodedError } from '@cinnabar/core';
import type { Access } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import type { Caller } from './caller.ts';

/** Whether a caller may use an operation at all; whom and what he may touch with it is its handler's question. */
@Injectable()
export class AccessControl {
  require(access: Access, caller: Caller | undefined): void {
    if (access === 'anyone') return;
    if (caller === undefined) throw new CodedError('not-authenticated', 'log in first');
    if (access === 'admin' && !caller.admin && !caller.superadmin) {
      throw new CodedError('not-authorised', 'this needs admin privileges');
    }
  }
}
