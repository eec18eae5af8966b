import LibsqlDatabase from "libsql/promise";
import { AppError } from "../domain/errors.ts";
import { BUSY_TIMEOUT_MS, connectionPragmas } from "./database.ts";

/** A read that may take long: one cell of text, or null. */
export interface ReadPool {
  /**
   * @param sql selects exactly one row with one column: only the first step runs off the main thread.
   * @throws `deadline_exceeded` when it runs longer than the deadline, `overloaded` when too many wait.
   */
  query(sql: string, args: readonly SqlValue[]): Promise<string | null>;
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
  const open = new Set<AsyncConnection>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  let closed = false;

  async function connect(): Promise<AsyncConnection> {
    const connection = new LibsqlDatabase(options.path, { timeout: BUSY_TIMEOUT_MS }) as unknown as AsyncConnection;
    open.add(connection);
    for (const pragma of connectionPragmas("reader", "full")) await connection.exec(pragma);
    return connection;
  }

  async function run(connection: AsyncConnection, sql: string, args: readonly SqlValue[]): Promise<unknown[][]> {
    const statement = await connection.prepare(sql);
    return statement.raw().all(args);
  }

  async function acquire(expiresAt: number): Promise<void> {
    if (busy < options.connections) {
      busy += 1;
      return;
    }
    if (waiting.length >= options.maxWaiting) {
      throw new AppError("overloaded", "Too many long reads are waiting; try again", { retryAfter: 1 });
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(resolve), 1);
      reject(tooSlow());
    }, expiresAt - performance.now());
    waiting.push(resolve);
    await promise.finally(() => clearTimeout(timer));
  }

  /** Hands the place on to the one that waits longest. */
  function release(): void {
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  }

  async function interruptible(connection: AsyncConnection, sql: string, args: readonly SqlValue[], ms: number) {
    let repeated: Timer | undefined;
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      connection.interrupt();
      repeated = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
    }, ms);
    try {
      return await run(connection, sql, args);
    } catch (error) {
      throw expired ? tooSlow(error) : error;
    } finally {
      clearTimeout(timer);
      clearInterval(repeated);
    }
  }

  return {
    async query(sql, args) {
      if (closed) throw new AppError("overloaded", "The server is stopping; try again", { retryAfter: 1 });
      // Real time, not the injected clock: a deadline is about this machine's work.
      const expiresAt = performance.now() + options.deadlineMs;
      await acquire(expiresAt);
      try {
        const connection = idle.pop() ?? (await connect());
        try {
          const rows = await interruptible(connection, sql, args, Math.max(1, expiresAt - performance.now()));
          return (rows[0]?.[0] ?? null) as string | null;
        } finally {
          idle.push(connection);
        }
      } finally {
        release();
      }
    },
    async close() {
      closed = true;
      // Closing a connection under a running query would free memory that its thread still reads.
      while (busy > 0) {
        for (const connection of open) connection.interrupt();
        await Bun.sleep(INTERRUPT_EVERY_MS);
      }
      for (const connection of open) connection.close();
    },
  };
}

function tooSlow(cause?: unknown): AppError {
  return new AppError("deadline_exceeded", "The read took too long: narrow it, for example by a time range", {
    retryAfter: 1,
    cause,
  });
}
