import type { Client } from "@libsql/client";
import { type NewRejection, REJECTIONS_KEPT } from "../domain/rejection.ts";

type Db = { readonly $client: Client };

/** The write that keeps rejected events. */
export const rejectionCommands = {
  /** Of each site that has new ones, the oldest go where there are too many. */
  async keepRejections({ $client }: Db, rejections: readonly NewRejection[]): Promise<void> {
    const rows = rejections.map(({ at, siteId, dialect, reason, message, fields, event, isTruncated }) => {
      return [at, siteId, dialect, reason, message, fields, event, isTruncated ? 1 : 0];
    });
    const columns = rows[0]?.map((_, n) => `value ->> ${n}`).join(", ");
    const siteIds = new Set(rejections.map(({ siteId }) => siteId));
    await $client.batch(
      [
        {
          sql: `INSERT INTO rejections (at, site_id, dialect, reason, message, fields, event, is_truncated)
SELECT ${columns} FROM json_each(:rows)`,
          args: { rows: JSON.stringify(rows) },
        },
        ...[...siteIds].map((siteId) => ({
          sql: `DELETE FROM rejections WHERE site_id IS :siteId AND id <= (
  SELECT id FROM rejections WHERE site_id IS :siteId ORDER BY id DESC LIMIT 1 OFFSET ${REJECTIONS_KEPT})`,
          args: { siteId },
        })),
      ],
      "write",
    );
  },
};
