import LibsqlDatabase from "libsql/promise";
import { BUSY_TIMEOUT_MS, connectionPragmas } from "./database.ts";
import { tooSlow } from "./read-failure.ts";
import { overloaded } from "./write-failure.ts";

/** A read that may take long: one cell of text, or null. */
export interface ReadPool {
  /**
   * @param sql selects exactly one row with one column: only the first step runs off the main thread.
   * @throws `deadline_exceeded` when it runs longer than the deadline, `overloaded` when too many wait.
   */
  query(sql: string, args: readonly SqlValue[]): Promise<string | number | null>;
  /** Stops what runs, and resolves when nothing does. */
  close(): Promise<void>;
}

export type SqlValue = string | number | bigint | null;

export interface ReadPoolOptions {
  readonly path: string;
  /** As many as there are cores: more only slow each other down. */
  readonly connections: number;
  readonly maxWaiting: number;
  readonly deadlineMs: number;
}

/** What `libsql/promise` has and its type declarations leave open. */
interface AsyncConnection {
  prepare(sql: string): Promise<{ raw(): { all(args: readonly SqlValue[]): Promise<unknown[][]> } }>;
  exec(sql: string): Promise<void>;
  interrupt(): void;
  close(): void;
}

/** `interrupt()` only stops what is running at that very moment, so it is repeated until the query settles. */
const INTERRUPT_EVERY_MS = 15;

/**
 * Reads beside the event loop, each stopped at its deadline.
 *
 * `@libsql/client` blocks the loop and cannot be stopped; `libsql/promise` runs the first step of a
 * statement in a thread, and `interrupt()` ends it within milliseconds.
 */
export function createReadPool(options: ReadPoolOptions): ReadPool {
  const idle: AsyncConnection[] = [];
  const busy = new Set<AsyncConnection>();
  const places = createPlaces(options.connections, options.maxWaiting);
  let closed = false;

  async function connect(): Promise<AsyncConnection> {
    const connection = new LibsqlDatabase(options.path, { timeout: BUSY_TIMEOUT_MS }) as unknown as AsyncConnection;
    try {
      for (const pragma of connectionPragmas("reader", "full")) await connection.exec(pragma);
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  async function run(connection: AsyncConnection, sql: string, args: readonly SqlValue[]): Promise<unknown[][]> {
    const statement = await connection.prepare(sql);
    return statement.raw().all(args);
  }

  async function interruptible(connection: AsyncConnection, sql: string, args: readonly SqlValue[], ms: number) {
    let repeated: Timer | undefined;
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      connection.interrupt();
      repeated = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
    }, ms);
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
      // Real time, not the injected clock: a deadline is about this machine's work.
      const expiresAt = performance.now() + options.deadlineMs;
      await places.take(expiresAt);
      try {
        const connection = idle.pop() ?? (await connect());
        try {
          if (closed) throw stopping();
          const rows = await interruptible(connection, sql, args, Math.max(1, expiresAt - performance.now()));
          return (rows[0]?.[0] ?? null) as string | number | null;
        } finally {
          idle.push(connection);
        }
      } finally {
        places.giveBack();
      }
    },
    async close() {
      closed = true;
      places.refuseWaiting();
      // Closing a connection under a running query would free memory that its thread still reads.
      while (places.taken() > 0) {
        for (const connection of busy) connection.interrupt();
        await Bun.sleep(INTERRUPT_EVERY_MS);
      }
      for (const connection of idle.splice(0)) connection.close();
    },
  };
}

/** A number of places, and a bounded queue of those who wait for one. */
function createPlaces(total: number, maxWaiting: number) {
  const waiting = new Set<PromiseWithResolvers<void>>();
  let taken = 0;
  return {
    taken: () => taken,
    async take(expiresAt: number): Promise<void> {
      if (taken < total) {
        taken += 1;
        return;
      }
      if (waiting.size >= maxWaiting) throw overloaded("Too many long reads are waiting");
      const turn = Promise.withResolvers<void>();
      waiting.add(turn);
      const timer = setTimeout(() => {
        if (waiting.delete(turn)) turn.reject(tooSlow());
      }, expiresAt - performance.now());
      await turn.promise.finally(() => clearTimeout(timer));
    },
    /** Hands the place on to the one that waits longest. */
    giveBack(): void {
      const [next] = waiting;
      if (!next) {
        taken -= 1;
        return;
      }
      waiting.delete(next);
      next.resolve();
    },
    refuseWaiting(): void {
      for (const turn of waiting) turn.reject(stopping());
      waiting.clear();
    },
  };
}

const stopping = (cause?: unknown) => overloaded("The server is stopping", cause);
