import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

const MINUTE_MS = 60_000;

interface Refused {
  count: number;
  /** Of the last one. */
  whose: string;
}

/** Tells once a minute how many requests were refused for coming too fast: a line for each would be a flood of its own. */
@Injectable()
export class RateLog implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Rate');
  private readonly refused = new Map<string, Refused>();
  private timer: NodeJS.Timeout | undefined;

  onModuleInit(): void {
    this.timer = setInterval(() => this.tell(), MINUTE_MS).unref();
  }

  /** @param kind `address` or `user`; @param whose the one that was refused */
  note(kind: 'address' | 'user', whose: string): void {
    const known = this.refused.get(kind);
    if (known === undefined) this.refused.set(kind, { count: 1, whose });
    else {
      known.count += 1;
      known.whose = whose;
    }
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.tell();
  }

  private tell(): void {
    for (const [kind, { count, whose }] of this.refused) {
      this.log.warn(`${count} requests refused by the rate per ${kind} in the last minute, the last of ${whose}`);
    }
    this.refused.clear();
  }
}
