import type pg from 'pg';

/**
 * Who uses the cluster, kept as advisory locks of one connection per program: they vanish with the program, however it
 * ends, and cannot be left behind as lock files are. First number: "CINB"; second: which of the two.
 */
const LOCKS = 0x43_49_4e_42;
/** Held shared by everybody; whoever gets it alone is the last and switches the cluster off. */
const PRESENT = 1;
/** Held alone by the one server of this home. */
const SERVER = 2;
/** Held alone while roles and database are made. */
const SET_UP = 3;

interface Held {
  held: boolean;
}

/** Says that this program uses the cluster. False: somebody is switching it off right now. */
export async function enter(client: pg.Client): Promise<boolean> {
  return await ask(client, 'SELECT pg_try_advisory_lock_shared($1, $2) AS held', PRESENT);
}

/** Says that this program is the home's server. False: there is one already. */
export async function enterAsServer(client: pg.Client): Promise<boolean> {
  return await ask(client, 'SELECT pg_try_advisory_lock($1, $2) AS held', SERVER);
}

/** Gives up this program's presence. True: nobody else is there, and nobody comes in until this connection ends. */
export async function leave(client: pg.Client): Promise<boolean> {
  await ask(client, 'SELECT pg_advisory_unlock_shared($1, $2) AS held', PRESENT);
  return await ask(client, 'SELECT pg_try_advisory_lock($1, $2) AS held', PRESENT);
}

/** Waits for its turn to make roles and database; given back when the connection ends. */
export async function awaitSetUpTurn(client: pg.Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1, $2)', [LOCKS, SET_UP]);
}

/** `application_name` of the program that is the home's server, for a sentence; undefined: it left meanwhile. */
export async function serverName(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ application_name: string }>(
    `SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted`,
    [LOCKS, SERVER],
  );
  return rows[0]?.application_name;
}

async function ask(client: pg.Client, statement: string, lock: number): Promise<boolean> {
  const { rows } = await client.query<Held>(statement, [LOCKS, lock]);
  return rows[0]?.held === true;
}
