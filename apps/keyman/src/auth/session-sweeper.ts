import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SessionRepository } from './session.repository.ts';

const EVERY_MS = 10 * 60 * 1000;

/** Removes expired sessions and old log-in failures, so that neither table grows with time. */
@Injectable()
export class SessionSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Sessions');
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly sessions: SessionRepository) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.sessions.removeExpired().catch((error: unknown) => {
        this.log.warn(`expired sessions were not removed: ${error instanceof Error ? error.name : 'unknown error'}`);
      });
    }, EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
