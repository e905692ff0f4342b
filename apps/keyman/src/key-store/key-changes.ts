import { randomBytes } from 'node:crypto';
import type { KeyCustody } from '@cinnabar/custody';
import { sqlStateOf, type SqlRunner } from '@cinnabar/persistence';
import { Logger } from '@nestjs/common';

/** The channel (PostgreSQL, LISTEN) over which nodes tell each other that a certificate's unlocked keys are stale. */
export const KEY_CHANGES_CHANNEL = 'cinnabar_key_changed';

const NOTIFY = `SELECT pg_notify('${KEY_CHANGES_CHANNEL}', $1)`;
const PAYLOAD = /^([0-9A-F]{12})(?: ([0-9a-f]{16}))?$/;

export interface KeyChange {
  readonly certid: string;
  /** The node that made the change; undefined where somebody else did. */
  readonly node: string | undefined;
}

/** Reads `<certid> <node>`, or `<certid>` alone; undefined for anything else. */
export function readKeyChange(payload: string | undefined): KeyChange | undefined {
  const [, certid, node] = PAYLOAD.exec(payload ?? '') ?? [];
  return certid === undefined ? undefined : { certid, node };
}

/**
 * Makes every node forget a certificate's unlocked keys after a change: disabled, deleted, locked, a new PIN.
 *
 * What keeps a stale key from being used are the versions that are read with each request and again at sealing; this
 * keeps it from staying in memory.
 */
export class KeyChanges {
  /** Names this process among the nodes, so that it does not hear itself: its own vault it clears before it answers. */
  readonly node = randomBytes(8).toString('hex');
  private readonly log = new Logger('KeyChanges');
  private readonly announcing = new Map<string, Promise<void>>();
  private readonly listeners: ((certid: string | undefined) => void)[] = [];

  constructor(
    private readonly custody: Pick<KeyCustody, 'evict' | 'clear'>,
    private readonly database: SqlRunner,
  ) {}

  /** Has `listener` told of each certificate that changed, here or elsewhere; undefined: any of them may have. */
  onChange(listener: (certid: string | undefined) => void): void {
    this.listeners.push(listener);
  }

  /** Forgets what is remembered of a certificate, its unlocked keys first of all. */
  evict(certid: string): Promise<void> {
    for (const listener of this.listeners) listener(certid);
    return this.custody.evict(certid);
  }

  /** Forgets everything: changes may have gone unheard. */
  clear(): Promise<void> {
    for (const listener of this.listeners) listener(undefined);
    return this.custody.clear();
  }

  /** Tells the other nodes, at the commit of the change's own transaction and only then. */
  async announce(transaction: SqlRunner, certid: string): Promise<void> {
    await transaction.query(NOTIFY, [`${certid} ${this.node}`]);
  }

  /**
   * Forgets the keys here, once the change is committed; resolves when signatures in flight are done. An HSM that fails
   * meanwhile does not undo the change, and its objects die with its session: that is logged, not thrown.
   */
  async evictHere(certid: string): Promise<void> {
    try {
      await this.evict(certid);
    } catch (error) {
      this.log.warn(`unlocked keys of ${certid} could not be destroyed: ${nameOf(error)}`);
    }
  }

  /**
   * Tells the other nodes of a PIN that ran out of tries, which custody found out and forgot by itself. Many callers
   * find it out at once: one announcement speaks for those that come while it is under way. Never fails: the count in
   * the database is what locks.
   */
  locked(certid: string): Promise<void> {
    const underWay = this.announcing.get(certid);
    if (underWay !== undefined) return underWay;
    const announcement = this.announce(this.database, certid)
      .catch((error: unknown) => this.log.warn(`a lock could not be announced: ${nameOf(error)}`))
      .finally(() => this.announcing.delete(certid));
    this.announcing.set(certid, announcement);
    return announcement;
  }
}

function nameOf(error: unknown): string {
  return sqlStateOf(error) ?? (error instanceof Error ? error.name : 'unknown error');
}
