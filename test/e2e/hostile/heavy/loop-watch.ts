import { Agent, request } from 'node:http';

/** How often the server is asked something cheap. */
const EVERY_MS = 5;

/** Asks the server for its health all the while: how long its event loop lets others wait. */
export class LoopWatch {
  private readonly url: string;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private longestMs = 0;
  private isOn = false;

  constructor(url: string) {
    this.url = url;
  }

  /** @returns what the work gave, and the longest that one such request waited for its answer meanwhile, in milliseconds */
  async during<Result extends object>(work: () => Promise<Result>): Promise<Result & { readonly waitedMs: number }> {
    this.longestMs = 0;
    this.isOn = true;
    const watching = this.watch();
    let result: Result;
    try {
      result = await work();
    } finally {
      this.isOn = false;
      await watching;
    }
    return { ...result, waitedMs: this.longestMs };
  }

  close(): void {
    this.agent.destroy();
  }

  private async watch(): Promise<void> {
    while (this.isOn) {
      const startedAt = performance.now();
      await this.ask();
      this.longestMs = Math.max(this.longestMs, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  private ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      request(`${this.url}/health/live`, { agent: this.agent }, (answer) => {
        answer.resume();
        answer.on('end', resolve);
      })
        .on('error', reject)
        .end();
    });
  }
}
