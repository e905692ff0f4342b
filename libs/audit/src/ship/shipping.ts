import type { SqlRunner } from '@cinnabar/persistence';
import type { CheckpointSink } from './checkpoint-sink.ts';

const PAGE = 100;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;

/** How far one sink has come. */
interface Route {
  readonly sink: CheckpointSink;
  /** Last checkpoint that it took. */
  number: string;
  /** 0 while it works. */
  retryMs: number;
  dueAtMs: number;
}

/**
 * Sends this process's checkpoints to every sink, in order, from the table: what a sink could not take waits there and
 * not in memory. A sink that fails is tried again, later and later.
 */
export class Shipping {
  readonly #server: SqlRunner;
  readonly #maker: string;
  readonly #routes: readonly Route[];
  readonly #onNotice: (sentence: string) => void;

  constructor(server: SqlRunner, maker: number, sinks: readonly CheckpointSink[], onNotice: (text: string) => void) {
    this.#server = server;
    this.#maker = String(maker);
    this.#routes = sinks.map((sink) => ({ sink, number: '0', retryMs: 0, dueAtMs: 0 }));
    this.#onNotice = onNotice;
  }

  /** Does a sink that failed want another try? */
  isDue(nowMs: number): boolean {
    return this.#routes.some(({ retryMs, dueAtMs }) => retryMs > 0 && dueAtMs <= nowMs);
  }

  /** Never rejects. */
  async ship(): Promise<void> {
    const ready = this.#routes.filter(({ dueAtMs }) => dueAtMs <= performance.now());
    await Promise.all(ready.map((route) => this.#serve(route)));
  }

  /** One more try for all that waits, then good-bye. Never rejects. */
  async close(): Promise<void> {
    for (const route of this.#routes) route.dueAtMs = 0;
    await this.ship();
    for (const { sink } of this.#routes) {
      await sink.close().catch(() => this.#onNotice(`${sink.name} could not be closed`));
    }
  }

  async #serve(route: Route): Promise<void> {
    try {
      for (;;) {
        const rows = await this.#linesAfter(route.number);
        const last = rows.at(-1);
        if (last === undefined) break;
        await route.sink.send(rows.map(({ line }) => line));
        route.number = last.number;
      }
      if (route.retryMs > 0) this.#onNotice(`audit checkpoints reach ${route.sink.name} again`);
      route.retryMs = 0;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      if (route.retryMs === 0) this.#onNotice(`audit checkpoints do not reach ${route.sink.name}: ${code}`);
      route.retryMs = Math.min(Math.max(FIRST_RETRY_MS, 2 * route.retryMs), LONGEST_RETRY_MS);
      route.dueAtMs = performance.now() + route.retryMs;
    }
  }

  async #linesAfter(number: string): Promise<readonly { number: string; line: string }[]> {
    return (await this.#server.query(
      `SELECT number::text, line FROM audit_checkpoint WHERE maker = $1 AND number > $2
        ORDER BY audit_checkpoint.number LIMIT ${PAGE}`,
      [this.#maker, number],
    )) as { number: string; line: string }[];
  }
}
