import type { Statement } from "../../src/store/event-sql.ts";
import type { TestDatabase } from "./store.ts";

/** How SQLite says that it would run a statement. */
export async function planOf(database: TestDatabase, { sql, args }: Statement): Promise<string[]> {
  const { rows } = await database.sql.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: [...args] });
  return rows.map((row) => String(row.detail));
}
