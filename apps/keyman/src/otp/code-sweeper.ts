import type { Clock } from '@cinnabar/core';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK } from '../ports.ts';

const EVERY_MS = 60 * 1000;

/** Removes one-time codes that have ended, so that what was sealed for a few digits does not lie about. */
@Injectable()
export class CodeSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('OneTimeCodes');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const sweep = () => {
      this.removeEnded().catch((error: unknown) => {
        this.log.warn(`ended codes were not removed: ${error instanceof Error ? error.name : 'unknown error'}`);
      });
    };
    sweep();
    this.timer = setInterval(sweep, EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async removeEnded(): Promise<void> {
    await this.dataSource.query('DELETE FROM one_time_code WHERE expires_at <= $1', [this.clock.now()]);
  }
}
