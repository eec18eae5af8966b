import LibsqlDatabase from "libsql/promise";
import { BUSY_TIMEOUT_MS } from "./database.ts";

export type SqlValue = string | number | bigint | null;

/** What `libsql/promise` has and its type declarations leave open: statements in a thread of their own. */
export interface AsyncDatabase {
  prepare(sql: string): Promise<AsyncStatement>;
  exec(sql: string): Promise<void>;
  interrupt(): void;
  close(): void;
}

export interface AsyncStatement {
  raw(): AsyncStatement;
  /** Only the first step runs off the main thread. */
  iterate(args: readonly SqlValue[]): Promise<Iterable<unknown[]>>;
}

export function openAsync(path: string): AsyncDatabase {
  return new LibsqlDatabase(path, { timeout: BUSY_TIMEOUT_MS }) as unknown as AsyncDatabase;
}

/** The first column of what a statement selects; short results only, which are collected on the main thread. */
export async function readColumn(
  database: AsyncDatabase,
  sql: string,
  args: readonly SqlValue[] = [],
): Promise<readonly unknown[]> {
  const statement = await database.prepare(sql);
  return [...(await statement.raw().iterate(args))].map(([value]) => value);
}

export const readCell = async (database: AsyncDatabase, sql: string): Promise<unknown> =>
  (await readColumn(database, sql))[0];
