import { HttpConnection } from './http-connection.ts';
import { LatencyRecord } from './latency-record.ts';

export interface Target {
  readonly url: string;
  readonly token: string;
}

/** Has each of `connections` send the next request as soon as its last one is answered. An answer with an error stops the run. */
export async function runLoad(
  target: Target,
  path: string,
  bodyOf: () => string,
  seconds: number,
  connections: number,
): Promise<LatencyRecord> {
  const record = new LatencyRecord();
  const opened = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(target.url)));
  const until = performance.now() + seconds * 1000;
  try {
    await Promise.all(
      opened.map(async (connection) => {
        while (performance.now() < until) {
          const startedAt = performance.now();
          const answer = await connection.post(path, target.token, bodyOf());
          if (!answer.startsWith('{"error":null')) throw new Error(`the server answered ${answer.slice(0, 200)}`);
          record.add(performance.now() - startedAt);
        }
      }),
    );
  } finally {
    for (const connection of opened) connection.close();
  }
  return record;
}
