import { expect } from '@jest/globals';
import type { KeymanDatabase } from '../keyman-database.ts';
import type { RawAnswer } from '../raw-http.ts';

/** Nothing of the inside may be seen: stacks, file names, libraries, statements, files of the machine. */
const INSIDE =
  /\bat [\w.<>]+ \(|\.[jt]s:\d+|node_modules|node:internal|\b(Type|Range|Syntax|Reference|Query\w*)Error\b|Cannot (read|set|destructure)|\bis not (a function|iterable)|SELECT |INSERT |relation "|\bzod\b|root:x:/;
/** Generous: other programs share the machine. */
const LIMIT_MS = 10_000;

const STATE = `SELECT (SELECT count(*) FROM audit_record)::int AS records, md5(concat(
  (SELECT string_agg(u::text, '' ORDER BY u.userid) FROM keyman_user u),
  (SELECT string_agg(c::text, '' ORDER BY c.certid) FROM certificate c),
  (SELECT string_agg(s::text, '' ORDER BY s.slot_id) FROM key_slot s),
  (SELECT string_agg(o::text, '' ORDER BY o.orgaid) FROM organisation o),
  (SELECT string_agg(o::text, '' ORDER BY o::text) FROM one_time_code o),
  (SELECT string_agg(encode(l.token_hash, 'hex'), '' ORDER BY l.token_hash) FROM login_session l))) AS contents`;

interface State {
  readonly records: number;
  readonly contents: string;
}

/** Looks at every answer, and at what the database was before and after. */
export class Witness {
  private readonly database: KeymanDatabase;
  private before: State | undefined;
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
    const answer = await this.timed(operation, isSlow, send);
    expect([200, 400, 404, 413, 429]).toContain(answer.status);
    expect(answer.headers['content-type']).toMatch(/^application\/(json|octet-stream)/);
    if (answer.headers['content-type'] === 'application/octet-stream') return answer;
    const { error } = JSON.parse(answer.text) as { error: { code: string; message: string } | null };
    const code = error?.code ?? 'K0000';
    expect(code).toMatch(/^K00\d\d$/);
    expect(code).not.toBe('K0001');
    this.count(`${operation} ${code}`);
    await this.judgeState(error === null ? '' : answer.text);
    return answer;
  }

  async soap(operation: string, isSlow: boolean, send: () => Promise<RawAnswer>): Promise<RawAnswer> {
    const answer = await this.timed(operation, isSlow, send);
    const isFault = /<[\w:]*Fault>/.test(answer.text);
    // SOAP 1.1 section 6.2: a fault comes with HTTP 500.
    expect(isFault ? [400, 404, 413, 415, 429, 500] : [200]).toContain(answer.status);
    expect(answer.text).not.toContain('K0001');
    const code = /<(?:\w+:)?code>(K\d{4})</.exec(answer.text)?.[1];
    this.count(`${operation} soap ${isFault ? `fault ${code ?? ''}` : (code ?? 'K0000')}`);
    await this.judgeState(isFault || code !== undefined ? answer.text : '');
    return answer;
  }

  private async timed(operation: string, isSlow: boolean, send: () => Promise<RawAnswer>): Promise<RawAnswer> {
    const startedAt = performance.now();
    const answer = await send();
    const tookMs = performance.now() - startedAt;
    this.slowest.set(operation, Math.max(this.slowest.get(operation) ?? 0, tookMs));
    if (!isSlow) expect(tookMs).toBeLessThan(LIMIT_MS);
    return answer;
  }

  /** Nothing changes without a record. */
  private async judgeState(refusal: string): Promise<void> {
    expect(INSIDE.exec(refusal)?.[0]).toBeUndefined();
    const after = await this.state();
    if (after.contents !== this.before?.contents) expect(after.records).toBeGreaterThan(this.before?.records ?? 0);
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
