import { expect } from '@jest/globals';
import type { KeymanDatabase } from '../keyman-database.ts';
import type { RawAnswer } from '../raw-http.ts';
import { ANSWER_LIMIT_MS, timedShare } from './in-one-second.ts';
import { Pace } from './pace.ts';

/** Nothing of the inside may be seen: stacks, file names, libraries, statements, files of the machine. */
const INSIDE =
  /\bat [\w.<>]+ \(|\.[jt]s:\d+|node_modules|node:internal|\b(Type|Range|Syntax|Reference|Query\w*)Error\b|Cannot (read|set|destructure)|\bis not (a function|iterable)|SELECT |INSERT |relation "|\bzod\b|root:x:/;
/** All that operations change, row by row; of a session not when it was last used, which is no change that anybody asked for. */
const STATE = `SELECT
  (SELECT count(*) FROM audit_record)::int AS records,
  (SELECT json_build_object('operation', category || '/' || action, 'success', success) FROM audit_record ORDER BY auditid DESC LIMIT 1) AS last,
  md5(concat(
    (SELECT string_agg(u::text, '' ORDER BY u.userid) FROM keyman_user u),
    (SELECT string_agg(c::text, '' ORDER BY c.certid) FROM certificate c),
    (SELECT string_agg(s::text, '' ORDER BY s.slot_id) FROM key_slot s),
    (SELECT string_agg(o::text, '' ORDER BY o.orgaid) FROM organisation o),
    (SELECT string_agg(o::text, '' ORDER BY o::text) FROM one_time_code o),
    (SELECT string_agg((to_jsonb(l) - 'last_used_at')::text, '' ORDER BY l.token_hash) FROM login_session l),
    (SELECT string_agg(a::text, '' ORDER BY a.subject) FROM login_attempts a),
    (SELECT string_agg(k::text, '' ORDER BY k::text) FROM root_key k))) AS contents`;

interface State {
  readonly records: number;
  /** The newest record. */
  readonly last: { readonly operation: string; readonly success: boolean } | null;
  readonly contents: string;
}

/** Looks at every answer, and at what the database was before and after. */
export class Witness {
  private readonly database: KeymanDatabase;
  private before: State | undefined;
  private readonly pace = new Pace();
  readonly slowest = new Map<string, number>();
  readonly codes = new Map<string, number>();

  constructor(database: KeymanDatabase) {
    this.database = database;
  }

  /** What the test itself does is not judged. */
  async begin(): Promise<void> {
    this.before = await this.state();
  }

  async rest(operation: string, isSlow: boolean, send: () => Promise<RawAnswer>): Promise<RawAnswer> {
    return this.inTime(operation, isSlow, send, (answer) => this.judgeRest(operation, answer));
  }

  async soap(operation: string, isSlow: boolean, send: () => Promise<RawAnswer>): Promise<RawAnswer> {
    return this.inTime(operation, isSlow, send, (answer) => this.judgeSoap(operation, answer));
  }

  private async judgeRest(operation: string, answer: RawAnswer): Promise<void> {
    expect([200, 400, 404, 413, 429]).toContain(answer.status);
    expect(answer.headers['content-type']).toMatch(/^application\/(json|octet-stream)/);
    if (answer.headers['content-type'] === 'application/octet-stream') {
      await this.judgeState(operation, true, '');
      return;
    }
    const { error } = JSON.parse(answer.text) as { error: { code: string; message: string } | null };
    const code = error?.code ?? 'K0000';
    expect(code).toMatch(/^K00\d\d$/);
    expect(code).not.toBe('K0001');
    this.count(`${operation} ${code}`);
    await this.judgeState(operation, code === 'K0000', code === 'K0000' ? '' : answer.text);
  }

  private async judgeSoap(operation: string, answer: RawAnswer): Promise<void> {
    const isFault = /<[\w:]*Fault>/.test(answer.text);
    // SOAP 1.1 section 6.2: a fault comes with HTTP 500.
    expect(isFault ? [400, 404, 413, 415, 429, 500] : [200]).toContain(answer.status);
    expect(answer.text).not.toContain('K0001');
    const code = /<(?:\w+:)?code>(K\d{4})</.exec(answer.text)?.[1];
    this.count(`${operation} soap ${isFault ? `fault ${code ?? ''}` : (code ?? 'K0000')}`);
    const isSuccess = !isFault && (code === undefined || code === 'K0000');
    await this.judgeState(operation, isSuccess, isSuccess ? '' : answer.text);
  }

  private async inTime(
    operation: string,
    isSlow: boolean,
    send: () => Promise<RawAnswer>,
    judge: (answer: RawAnswer) => Promise<void>,
  ): Promise<RawAnswer> {
    const { answer, tookMs } = await timed(send);
    this.slowest.set(operation, Math.max(this.slowest.get(operation) ?? 0, tookMs));
    await judge(answer);
    if (isSlow || tookMs <= ANSWER_LIMIT_MS) return answer;
    // What is heavy is heavy each time; a machine that was busy meanwhile is not.
    const { share } = await timedShare(this.pace, async () => {
      const again = await timed(send);
      await judge(again.answer);
      return { ...again, waitedMs: 0 };
    });
    expect(share).toBeLessThan(1);
    return answer;
  }

  /** Nothing changes without a record, and the record is of this operation and says how it went. */
  private async judgeState(operation: string, isSuccess: boolean, refusal: string): Promise<void> {
    expect(INSIDE.exec(refusal)?.[0]).toBeUndefined();
    const after = await this.state();
    if (after.contents !== this.before?.contents) {
      expect(after.records).toBeGreaterThan(this.before?.records ?? 0);
      expect(after.last).toEqual({ operation, success: isSuccess });
    }
    this.before = after;
  }

  private async state(): Promise<State> {
    const [row] = await this.database.query(STATE);
    return row as unknown as State;
  }

  private count(what: string): void {
    this.codes.set(what, (this.codes.get(what) ?? 0) + 1);
  }
}

async function timed(send: () => Promise<RawAnswer>): Promise<{ readonly answer: RawAnswer; readonly tookMs: number }> {
  const startedAt = performance.now();
  const answer = await send();
  return { answer, tookMs: performance.now() - startedAt };
}
