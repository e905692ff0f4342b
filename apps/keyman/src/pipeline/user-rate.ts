import { RateLimit } from '@cinnabar/http';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import type { Caller } from './caller.ts';
import { RateLog } from './rate-log.ts';
import { RateRefusal } from './rate-refusal.ts';

/** How fast one user may ask, whatever the protocol and however many sessions he has. */
@Injectable()
export class UserRate {
  private readonly limit: RateLimit | undefined;

  constructor(
    @Inject(SETTINGS) { rates }: KeymanSettings,
    private readonly log: RateLog,
  ) {
    this.limit = rates.user.perSecond === 0 ? undefined : new RateLimit(rates.user);
  }

  /** @throws RateRefusal */
  async admit({ userid }: Caller): Promise<void> {
    const waitMs = await this.limit?.take(userid.toLowerCase());
    if (waitMs === undefined) return;
    this.log.note('user', userid);
    throw new RateRefusal('this user', waitMs);
  }
}
