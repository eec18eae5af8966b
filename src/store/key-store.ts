import { asc, eq } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import type { Permission, StoredApiKey } from "../domain/api-key.ts";
import type { KeyStore } from "../domain/ports.ts";
import type { StoreWriter } from "./event-writer.ts";
import { answerOf } from "./read-failure.ts";
import type { Recall } from "./recall.ts";
import { apiKeys } from "./schema.ts";

type Row = typeof apiKeys.$inferSelect;

const toKey = (row: Row): StoredApiKey => ({ ...row, permissions: row.permissions as Permission[] });

export function createKeyStore(deps: {
  db: LibSQLDatabase;
  writer: StoreWriter;
  recall: Recall<StoredApiKey>;
}): KeyStore {
  const { db, writer, recall } = deps;
  return {
    async addKey(key) {
      await writer.run("addKey", key);
      recall.forget();
    },
    async listKeys() {
      const rows = await answerOf(db.select().from(apiKeys).orderBy(asc(apiKeys.createdAt), asc(apiKeys.id)));
      return rows.map(toKey);
    },
    findKey(id) {
      return recall.find(id, async () => {
        const [row] = await answerOf(db.select().from(apiKeys).where(eq(apiKeys.id, id)));
        return row ? toKey(row) : null;
      });
    },
    async revokeKey(id, atMs) {
      const revoked = await writer.run("revokeKey", { id, atMs });
      recall.forget();
      return revoked;
    },
  };
}
