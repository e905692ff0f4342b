import { addressKey, RateLimit } from '@cinnabar/http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RateLog } from '../../pipeline/rate-log.ts';
import { RateRefusal } from '../../pipeline/rate-refusal.ts';
import { SETTINGS } from '../../ports.ts';
import type { KeymanSettings } from '../../settings/index.ts';

/** How fast one address may ask: looked at before anything of a request is read. */
@Injectable()
export class AddressRate {
  private readonly limit: RateLimit | undefined;

  constructor(
    @Inject(SETTINGS) { rates }: KeymanSettings,
    private readonly log: RateLog,
  ) {
    this.limit = rates.address.perSecond === 0 ? undefined : new RateLimit(rates.address);
  }

  get isOn(): boolean {
    return this.limit !== undefined;
  }

  /**
   * Whoever watches over the server is not counted.
   * @throws RateRefusal
   */
  async admit(request: FastifyRequest): Promise<void> {
    if (/^\/health\//i.test(request.url)) return;
    // The socket's address, or a trusted proxy's word, and nobody else's.
    const waitMs = await this.limit?.take(addressKey(request.ip));
    if (waitMs === undefined) return;
    this.log.note('address', request.ip);
    throw new RateRefusal('this address', waitMs);
  }
}
