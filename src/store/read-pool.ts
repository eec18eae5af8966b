import { type AsyncDatabase, type AsyncStatement, openAsync, type SqlValue } from "./async-database.ts";
import { connectionPragmas } from "./database.ts";
import { createPlaces, type Hold, MAX_WAIT_MS } from "./places.ts";
import { tooSlow } from "./read-failure.ts";
import { overloaded } from "./write-failure.ts";

export type { SqlValue } from "./async-database.ts";

/** A read that may take long: one cell of text, or null. */
export interface ReadPool {
  /**
   * @param sql selects exactly one row with one column: only the first step runs off the main thread.
   * @throws `deadline_exceeded` when it runs longer than the deadline, `overloaded` when too many wait,
   *   or it has waited too long.
   */
  query(sql: string, args: readonly SqlValue[]): Promise<Cell>;
  /** Lets those that come wait until none runs any more: see `Places.holdAll`. */
  hold(hold: Hold): Promise<Disposable | null>;
  /** Stops what runs, and resolves when nothing does. */
  close(): Promise<void>;
}

export type Cell = string | number | null;

export interface ReadPoolOptions {
  readonly path: string;
  /** As many as there are cores: more only slow each other down. */
  readonly connections: number;
  readonly maxWaiting: number;
  /** How long a read may wait for its turn; {@link MAX_WAIT_MS} where it is not said. */
  readonly maxWaitMs?: number;
  /** How long it may run from then on. */
  readonly deadlineMs: number;
  /** Whether what has to be sorted or grouped goes to temporary files where it is much, instead of filling the memory. */
  readonly spills?: boolean;
}

interface Connection {
  readonly database: AsyncDatabase;
  /**
   * Every result of this connection, so that none becomes garbage while it is in use.
   *
   * Garbage is finalized on the main thread, and SQLite makes that wait for the connection's running
   * query: the event loop would stand still, and with it the timer that stops the query.
   */
  readonly kept: unknown[];
  /** The same of its statements, by their SQL: compiled once, and as many at most as it makes reads. */
  readonly statements: Map<string, AsyncStatement>;
}

/** A connection is closed after this many reads: what it kept may become garbage then. */
const MAX_READS = 200;

/** `interrupt()` only stops what is running at that very moment, so it is repeated until the query settles. */
const INTERRUPT_EVERY_MS = 15;

/**
 * Reads beside the event loop, each stopped at its deadline.
 *
 * `@libsql/client` blocks the loop and cannot be stopped; `libsql/promise` runs the first step of a
 * statement in a thread, and `interrupt()` ends it within milliseconds.
 */
export function createReadPool(options: ReadPoolOptions): ReadPool {
  const idle: Connection[] = [];
  const busy = new Set<Connection>();
  const places = createPlaces({
    total: options.connections,
    maxWaiting: options.maxWaiting,
    maxWaitMs: options.maxWaitMs ?? MAX_WAIT_MS,
  });
  let closed = false;

  async function connect(): Promise<Connection> {
    const database = openAsync(options.path);
    try {
      for (const pragma of connectionPragmas("reader", "full")) await database.exec(pragma);
      if (options.spills) await database.exec("PRAGMA temp_store = FILE");
    } catch (error) {
      database.close();
      throw error;
    }
    return { database, kept: [], statements: new Map() };
  }

  async function run(connection: Connection, sql: string, args: readonly SqlValue[]): Promise<Cell> {
    const { database, kept, statements } = connection;
    const statement = statements.get(sql) ?? (await database.prepare(sql));
    statements.set(sql, statement);
    const rows = await statement.raw().iterate(args);
    kept.push(rows);
    let cell: Cell = null;
    // To the end, which lets go of the snapshot; there is one row.
    for (const row of rows) cell = row[0] as Cell;
    return cell;
  }

  async function giveBack(connection: Connection): Promise<void> {
    const { database, kept } = connection;
    if (closed || kept.length < MAX_READS) {
      idle.push(connection);
      return;
    }
    // SQLite keeps the connection until its statements are collected, but not its page cache.
    await database.exec("PRAGMA shrink_memory").catch(() => {});
    database.close();
  }

  async function interruptible(connection: Connection, sql: string, args: readonly SqlValue[]) {
    let repeated: Timer | undefined;
    let expired = false;
    // Real time, not the injected clock: a deadline is about this machine's work.
    const timer = setTimeout(() => {
      expired = true;
      connection.database.interrupt();
      repeated = setInterval(() => connection.database.interrupt(), INTERRUPT_EVERY_MS);
    }, options.deadlineMs);
    busy.add(connection);
    try {
      return await run(connection, sql, args);
    } catch (error) {
      if (closed) throw stopping(error);
      throw expired ? tooSlow(error) : error;
    } finally {
      busy.delete(connection);
      clearTimeout(timer);
      clearInterval(repeated);
    }
  }

  return {
    async query(sql, args) {
      if (closed) throw stopping();
      await places.take();
      try {
        const connection = idle.pop() ?? (await connect());
        try {
          if (closed) throw stopping();
          return await interruptible(connection, sql, args);
        } finally {
          await giveBack(connection);
        }
      } finally {
        places.giveBack();
      }
    },
    hold: places.holdAll,
    async close() {
      closed = true;
      places.refuseWaiting(stopping);
      // Closing a connection under a running query would free memory that its thread still reads.
      while (places.taken() > 0) {
        for (const { database } of busy) database.interrupt();
        await Bun.sleep(INTERRUPT_EVERY_MS);
      }
      for (const { database } of idle.splice(0)) database.close();
    },
  };
}

const stopping = (cause?: unknown) => overloaded("The server is stopping", cause);
