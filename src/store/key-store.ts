import { asc, eq } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { Permission, StoredApiKey } from "../domain/api-key.ts";
import type { KeyStore } from "../domain/ports.ts";
import type { StoreWriter } from "./event-writer.ts";
import type { KeyUses } from "./key-uses.ts";
import { answerOf } from "./read-failure.ts";
import type { Recall } from "./recall.ts";
import { apiKeys, keyUses } from "./schema.ts";

type Row = typeof apiKeys.$inferSelect;

const toKey = (row: Row): StoredApiKey => ({ ...row, permissions: row.permissions as Permission[] });

export function createKeyStore(deps: {
  db: LibSQLDatabase;
  writer: StoreWriter;
  recall: Recall<StoredApiKey>;
  uses: KeyUses;
}): KeyStore {
  const { db, writer, recall, uses } = deps;

  function forget<T>(result: T): T {
    recall.forget();
    return result;
  }

  return {
    addKey: async (key) => forget(await writer.run("addKey", key)),
    async listKeys() {
      const rows = await answerOf(
        db
          .select({ key: apiKeys, lastUsedAt: keyUses.lastUsedAt })
          .from(apiKeys)
          .leftJoin(keyUses, eq(keyUses.keyId, apiKeys.id))
          .orderBy(asc(apiKeys.createdAt), asc(apiKeys.id)),
      );
      return rows.map(({ key, lastUsedAt }) => ({ ...toKey(key), lastUsedAt: uses.latest(key.id) ?? lastUsedAt }));
    },
    findKey(id) {
      return recall.find(id, async () => {
        const [row] = await answerOf(db.select().from(apiKeys).where(eq(apiKeys.id, id)));
        return row ? toKey(row) : null;
      });
    },
    revokeKey: async (id, atMs) => forget(await writer.run("revokeKey", { id, atMs })),
    rotateKey: async (id, secretHash, previousUntil) =>
      forget(await writer.run("rotateKey", { id, secretHash, previousUntil })),
    noteUse: uses.note,
  };
}
