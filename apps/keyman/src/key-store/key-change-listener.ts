import type { KeyCustody } from '@cinnabar/custody';
import { clientConfig, sqlStateOf, type DatabaseAddress } from '@cinnabar/persistence';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { ROOT_KEYS_CHANNEL } from '../root-keys/root-key-news.ts';
import { KEY_CHANGES_CHANNEL, readKeyChange } from './key-changes.ts';

export interface KeyChangeListenerOptions {
  /** The server's role. A transaction-mode pooler in between would swallow notifications. */
  readonly address: DatabaseAddress;
  /** What forgets, unlocked keys and what else is remembered of certificates, and who is told of new root keys. */
  readonly custody: Pick<KeyCustody, 'evict' | 'clear' | 'refreshRootKeys'>;
  /** This process among the nodes: its own changes it knows already. */
  readonly node: string;
  /** How often the connection is tried, in milliseconds. Default 5 s. */
  readonly pulseMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const PULSE_MS = 5_000;

/**
 * Hears of key changes on a connection of its own, and forgets unlocked keys; also of new root keys. While nothing can be heard nothing may be
 * remembered from before: a lost connection empties the vault, and so does its return, since keys were unlocked meanwhile.
 */
export class KeyChangeListener {
  private readonly options: KeyChangeListenerOptions;
  private readonly log = new Logger('KeyChanges');
  private client: pg.Client | undefined;
  private pulse: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  private closed = false;

  private constructor(options: KeyChangeListenerOptions) {
    this.options = options;
  }

  /** Resolves when it listens. @throws what node-postgres says of a database that cannot be reached */
  static async open(options: KeyChangeListenerOptions): Promise<KeyChangeListener> {
    const listener = new KeyChangeListener(options);
    await listener.listen();
    // What was made between the opening of custody and now nobody told us.
    await listener.refreshRootKeys();
    return listener;
  }

  /** Resolves when the connection has ended; nothing is heard after it. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    const { client } = this;
    this.forget();
    await client?.end();
  }

  private async listen(): Promise<void> {
    const pulseMs = this.options.pulseMs ?? PULSE_MS;
    const client = new pg.Client({
      ...clientConfig(this.options.address, {
        applicationName: 'keyman key changes',
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
      }),
      // A network that swallows everything says nothing by itself.
      query_timeout: pulseMs,
    });
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client));
    client.on('notification', ({ channel, payload }) => {
      if (channel === ROOT_KEYS_CHANNEL) void this.refreshRootKeys();
      else this.hear(payload);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${KEY_CHANGES_CHANNEL}; LISTEN ${ROOT_KEYS_CHANNEL}`);
    } catch (error) {
      abandon(client);
      throw error;
    }
    if (this.closed) {
      abandon(client);
      return;
    }
    this.client = client;
    this.pauseMs = FIRST_PAUSE_MS;
    this.pulse = setInterval(() => {
      client.query('SELECT 1').catch((error: unknown) => this.lose(client, error));
    }, pulseMs).unref();
  }

  private hear(payload: string | undefined): void {
    const change = readKeyChange(payload);
    if (change?.node === this.options.node) return;
    // What cannot be understood may have meant any key.
    if (change === undefined) this.clear();
    else this.settle(this.options.custody.evict(change.certid));
  }

  private lose(client: pg.Client, error?: unknown): void {
    if (this.client !== client) return;
    this.forget();
    abandon(client);
    this.log.warn(`key changes cannot be heard: all unlocked keys are forgotten (${nameOf(error)})`);
    this.clear();
    this.listenAgain();
  }

  private listenAgain(): void {
    if (this.closed) return;
    const pauseMs = this.pauseMs;
    this.pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    this.retry = setTimeout(() => {
      this.listen().then(
        () => {
          this.clear();
          void this.refreshRootKeys();
          this.log.log('key changes are heard again');
        },
        (error: unknown) => {
          this.log.warn(`key changes cannot be heard yet (${nameOf(error)})`);
          this.listenAgain();
        },
      );
    }, pauseMs).unref();
  }

  private forget(): void {
    this.client = undefined;
    clearInterval(this.pulse);
  }

  private clear(): void {
    this.settle(this.options.custody.clear());
  }

  /** Never fails: an HSM that is away is looked at anew when it comes back. */
  private async refreshRootKeys(): Promise<void> {
    try {
      await this.options.custody.refreshRootKeys();
    } catch (error) {
      this.log.warn(`the HSM's root keys could not be looked at: ${nameOf(error)}`);
    }
  }

  /** The keys are out of reach at once; what can fail later is their destruction in an HSM that is gone. */
  private settle(eviction: Promise<void>): void {
    eviction.catch((error: unknown) => this.log.warn(`unlocked keys could not be destroyed: ${nameOf(error)}`));
  }
}

/** Ends a connection that may be broken: nobody waits for its farewell. */
function abandon(client: pg.Client): void {
  client.end().catch(() => undefined);
}

function nameOf(error: unknown): string {
  return sqlStateOf(error) ?? (error instanceof Error ? error.name : 'connection ended');
}
