import { HttpConnection } from './http-connection.ts';
import { LatencyRecord } from './latency-record.ts';

export interface Target {
  readonly url: string;
  readonly token: string;
}

/** Asked before each request: is another one to be sent? */
export type GoesOn = () => boolean;

export function forSeconds(seconds: number): GoesOn {
  const until = performance.now() + seconds * 1000;
  return () => performance.now() < until;
}

export function forRequests(count: number): GoesOn {
  let sent = 0;
  return () => sent++ < count;
}

/** Has each of `connections` send the next request as soon as its last one is answered. An answer with an error stops the run. */
export async function runLoad(
  target: Target,
  path: string,
  bodyOf: () => string,
  goesOn: GoesOn,
  connections: number,
): Promise<LatencyRecord> {
  const record = new LatencyRecord();
  const opened = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(target.url)));
  try {
    await Promise.all(
      opened.map(async (connection) => {
        while (goesOn()) {
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
