import { and, asc, eq, gt, isNull, or, type SQL, sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { KeyValueStore } from "../domain/ports.ts";
import type { Clock } from "../lib/clock.ts";
import type { StoreWriter } from "./event-writer.ts";
import { answerOf } from "./read-failure.ts";
import { kv } from "./schema.ts";

export function createKvStore(deps: { db: LibSQLDatabase; writer: StoreWriter; clock: Clock }): KeyValueStore {
  const { db, writer, clock } = deps;
  const isAlive = (): SQL | undefined => or(isNull(kv.expiresAt), gt(kv.expiresAt, clock.now()));
  return {
    async get(key) {
      const [row] = await answerOf(
        db
          .select({ value: kv.value })
          .from(kv)
          .where(and(eq(kv.key, key), isAlive())),
      );
      return row?.value ?? null;
    },
    set: (key, value, expiresAtMs) => writer.run("kvSet", { key, value, expiresAtMs: expiresAtMs ?? null }),
    setIfAbsent: (key, value) => writer.run("kvSetIfAbsent", { key, value, nowMs: clock.now() }),
    delete: (key) => writer.run("kvDelete", { key }),
    async list(prefix) {
      // A range on the primary key; LIKE would have to scan. SQLite counts characters, JavaScript UTF-16 units.
      const isPrefixed = sql`${kv.key} >= ${prefix} AND substr(${kv.key}, 1, length(${prefix})) = ${prefix}`;
      return answerOf(
        db.select({ key: kv.key, value: kv.value }).from(kv).where(and(isPrefixed, isAlive())).orderBy(asc(kv.key)),
      );
    },
    takeLease: (lease) => writer.run("kvTakeLease", lease),
    releaseLease: (lease) => writer.run("kvReleaseLease", lease),
  };
}
