export interface MemoryLimits {
  /** Beyond it the oldest goes. */
  readonly entries: number;
  /** Since it was read. */
  readonly ageMs: number;
}

/**
 * What was read from the database a moment ago, bounded in number and age. Whoever uses it must have it checked against
 * the database before anything that was made with it leaves: what is in here may be stale at any time.
 */
export class RecentlyRead<Value extends object> {
  /** Oldest first: a value is put at the end when it is read, and stays in its place when it is used. */
  private readonly entries = new Map<string, { readonly value: Value; readonly readAtMs: number }>();

  constructor(private readonly limits: MemoryLimits) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (performance.now() - entry.readAtMs < this.limits.ageMs) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  keep(key: string, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, { value, readAtMs: performance.now() });
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limits.entries) break;
      this.entries.delete(oldest);
    }
  }

  forget(key: string): void {
    this.entries.delete(key);
  }

  /** Looks at every entry: for what happens seldom. */
  forgetWhere(matches: (value: Value) => boolean): void {
    for (const [key, { value }] of this.entries) if (matches(value)) this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
