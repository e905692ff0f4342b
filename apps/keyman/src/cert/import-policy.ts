import { CodedError } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';

/** Whether keys from outside are taken into custody at all; which kinds, custody itself says. */
@Injectable()
export class ImportPolicy {
  constructor(@Inject(SETTINGS) private readonly settings: KeymanSettings) {}

  /** @throws CodedError `refused-by-policy` */
  requireAllowed(): void {
    if (this.settings.importBy === 'none')
      throw new CodedError('refused-by-policy', 'this server holds only keys that are born in its HSM (Cert/RSAGen)');
  }
}
