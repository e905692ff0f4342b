import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { clientConfig, type DatabaseAddress } from '../database-address.ts';
import { isConnectionLoss, sqlStateOf } from '../database-errors.ts';
import { startRefusal } from '../start-refusal.ts';
import { clusterPassword, passwordFile } from './cluster-passwords.ts';
import { type ClusterPlace, clusterPlace } from './cluster-place.ts';
import { ensureRolesAndDatabase, MIGRATOR } from './cluster-roles.ts';
import { clusterMajor, initialiseCluster, logTail, SUPERUSER } from './initialise-cluster.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { PORT, removeLeftBehindLocks, startPostmaster, stopPostmaster } from './postmaster.ts';
import { postmasterState } from './postmaster-pid.ts';
import { awaitSetUpTurn, enter, enterAsServer, leave, serverName } from './presence.ts';

export interface PrivateClusterOptions {
  /** `$CINNABAR_HOME`: the cluster is `<home>/pg`, its passwords are in `<home>/secrets`. */
  readonly home: string;
  /** Name of this program, shown to whoever is refused because of it. */
  readonly program: string;
  /** True for the server, of which a home has one; tools come beside it. */
  readonly isServer: boolean;
  readonly database: string;
  readonly serverRole: string;
  /** False only for throw-away clusters of tests: no fsync. Default true. */
  readonly durable?: boolean;
  /** Told when the cluster was lost and could not be brought back. */
  readonly onLost?: (error: unknown) => void;
}

const ATTACH_DEADLINE_MS = 30_000;
/** A server that was killed a moment ago may hold its lock until PostgreSQL sees the connection end. */
const PREDECESSOR_MS = 2_000;

/** The private PostgreSQL cluster of one home, used by one or several programs at once; the last one switches it off. */
export class PrivateCluster {
  readonly #options: PrivateClusterOptions;
  readonly #place: ClusterPlace;
  readonly #binaries: PostgresBinaries;
  readonly #superuserPassword: string;
  #passwords = { migrator: '', server: '' };
  #presence: pg.Client | undefined;
  #comingBack: Promise<void> | undefined;
  #isClosing = false;

  private constructor(
    options: PrivateClusterOptions,
    place: ClusterPlace,
    binaries: PostgresBinaries,
    superuserPassword: string,
  ) {
    this.#options = options;
    this.#place = place;
    this.#binaries = binaries;
    this.#superuserPassword = superuserPassword;
  }

  /**
   * Makes, starts or joins the cluster.
   * @throws CodedError with a sentence: no PostgreSQL, a second server on the same home, somebody else's cluster, …
   */
  static async open(options: PrivateClusterOptions): Promise<PrivateCluster> {
    const place = await clusterPlace(options.home);
    const durable = options.durable ?? true;
    const major = await clusterMajor(place);
    const superuser = await clusterPassword(options.home, 'superuser');
    if (major !== undefined && superuser.isNew) {
      throw startRefusal(
        `The private database is there, but its password was lost: ${passwordFile(options.home, 'superuser')} was missing. Restore it from a backup.`,
      );
    }
    const binaries =
      major === undefined
        ? await initialiseCluster(place, superuser.password, { durable })
        : await findPostgresBinaries(major);
    const cluster = new PrivateCluster(options, place, binaries, superuser.password);
    await cluster.#enter();
    try {
      await cluster.#ensureRoles();
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** The role that the server works under. */
  get server(): DatabaseAddress {
    return this.#address(this.#options.database, this.#options.serverRole, this.#passwords.server);
  }

  /** The role that owns the schema. */
  get migrator(): DatabaseAddress {
    return this.#address(this.#options.database, MIGRATOR, this.#passwords.migrator);
  }

  /** For set-up and for tests that play an attacker with all rights. */
  get superuser(): DatabaseAddress {
    return this.#address(this.#options.database, SUPERUSER, this.#superuserPassword);
  }

  /** Leaves; the last program to leave switches the cluster off (fast shutdown) and waits until it is gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#comingBack;
    const presence = this.#presence;
    this.#presence = undefined;
    if (presence === undefined) return;
    try {
      const state = await postmasterState(this.#place.dataFolder);
      const isLast = state.kind === 'running' && (await leave(presence));
      if (isLast) await stopPostmaster(state.postmaster.pid);
    } catch (error) {
      // A connection that broke at this very moment: whoever comes next takes the cluster over.
      if (!isConnectionLoss(error)) throw error;
    } finally {
      await presence.end();
    }
  }

  async #ensureRoles(): Promise<void> {
    const { home, database, serverRole } = this.#options;
    const migrator = await clusterPassword(home, 'migrator');
    const server = await clusterPassword(home, 'server');
    this.#passwords = { migrator: migrator.password, server: server.password };
    const maintenance = new pg.Client(clientConfig(this.#maintenanceAddress(), { applicationName: 'cinnabar set-up' }));
    await maintenance.connect();
    try {
      await awaitSetUpTurn(maintenance);
      await ensureRolesAndDatabase(maintenance, (name) => this.#address(name, SUPERUSER, this.#superuserPassword), {
        database,
        migrator,
        serverRole,
        server,
      });
    } finally {
      await maintenance.end();
    }
  }

  /** Brings a postmaster up, whoever starts it, and puts this program's locks there. */
  async #enter(): Promise<void> {
    const deadline = performance.now() + ATTACH_DEADLINE_MS;
    let lastFailure: unknown;
    while (performance.now() < deadline) {
      const state = await postmasterState(this.#place.dataFolder);
      // While closing, a database that is down stays down; one that is up is entered, so that `close` can stop it.
      if (this.#isClosing && state.kind !== 'running') return;
      if (state.kind === 'left-behind') await removeLeftBehindLocks(this.#place, state.pid);
      else if (state.kind === 'none') lastFailure = (await this.#start()) ?? lastFailure;
      else if (state.kind === 'running' && state.postmaster.isReady) {
        const client = await this.#connect();
        if (client instanceof pg.Client) {
          if (await this.#takeLocks(client)) return;
        } else lastFailure = client;
      }
      await sleep(10);
    }
    throw startRefusal(`The private database does not come up; see ${this.#place.logFile}.`, lastFailure);
  }

  /**
   * Starts a postmaster and waits until one is ready (undefined) or ours has ended (why). It may lose against another
   * program that starts the same cluster; then that one's is as good, once ours has seen it: an attempt that is left
   * alone could come up after that one was switched off, and run on for nobody.
   */
  async #start(): Promise<Error | undefined> {
    const { pid, ended } = await startPostmaster(this.#place, this.#binaries, {
      durable: this.#options.durable ?? true,
    });
    let hasEnded = false as boolean;
    void ended.then(() => (hasEnded = true));
    for (;;) {
      const state = await postmasterState(this.#place.dataFolder);
      const isUp = state.kind === 'running' && state.postmaster.isReady;
      if (isUp && (hasEnded || state.postmaster.pid === pid)) return undefined;
      if (hasEnded) {
        await sleep(200);
        return new Error(await logTail(this.#place));
      }
      await sleep(5);
    }
  }

  async #connect(): Promise<unknown> {
    const { program } = this.#options;
    const client = new pg.Client(
      clientConfig(this.#maintenanceAddress(), { applicationName: `${program} (pid ${process.pid})` }),
    );
    client.on('error', () => undefined); // 'end' follows, and is listened to.
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (sqlStateOf(error) !== '28P01') return error;
      const file = passwordFile(this.#options.home, 'superuser');
      throw startRefusal(
        `The private database does not accept the password in ${file}: restore it from a backup.`,
        error,
      );
    }
  }

  /** False: the cluster is being switched off, come again. */
  async #takeLocks(client: pg.Client): Promise<boolean> {
    try {
      if (!(await enter(client))) {
        await client.end();
        return false;
      }
      if (this.#options.isServer) await this.#becomeServer(client);
    } catch (error) {
      await client.end();
      if (isConnectionLoss(error)) return false; // switched off while we came in
      throw error;
    }
    this.#presence = client;
    client.on('end', () => {
      if (this.#presence === client) this.#presence = undefined;
      if (!this.#isClosing) this.#comingBack = this.#comeBack();
    });
    return true;
  }

  async #becomeServer(client: pg.Client): Promise<void> {
    const deadline = performance.now() + PREDECESSOR_MS;
    while (!(await enterAsServer(client))) {
      if (performance.now() > deadline) {
        const other = (await serverName(client)) ?? 'another server';
        throw startRefusal(`${other} already runs on ${this.#options.home}: stop it, or set another CINNABAR_HOME.`);
      }
      await sleep(50);
    }
  }

  /** A lost connection means that a backend crashed or that somebody killed the postmaster: bring it back. */
  async #comeBack(): Promise<void> {
    try {
      await this.#enter();
    } catch (error) {
      if (!this.#isClosing) this.#options.onLost?.(error);
    } finally {
      this.#comingBack = undefined;
    }
  }

  #maintenanceAddress(): DatabaseAddress {
    return this.#address('postgres', SUPERUSER, this.#superuserPassword);
  }

  #address(database: string, user: string, password: string): DatabaseAddress {
    return { kind: 'socket', socketFolder: this.#place.socketFolder, port: PORT, database, user, password };
  }
}
