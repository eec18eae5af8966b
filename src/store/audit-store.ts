import type { Audit, AuditAction, AuditEntry, AuditQuery } from "../domain/audit.ts";
import type { Clock } from "../lib/clock.ts";
import type { ReadCell } from "./event-reader.ts";
import { createArguments, type Statement } from "./event-sql.ts";
import type { StoreWriter } from "./event-writer.ts";

export interface AuditStoreOptions {
  readonly writer: StoreWriter;
  readonly clock: Clock;
  /** Off-thread reads: a filter may have to look through all of it. */
  readonly unbounded: ReadCell;
}

type Row = [
  id: number,
  at: number,
  action: AuditAction,
  by: string,
  siteId: number | null,
  subject: string | null,
  events: number | null,
];

export function createAuditStore({ writer, clock, unbounded }: AuditStoreOptions): Audit {
  return {
    record: (entry) => writer.run("recordAudit", { ...entry, at: clock.now() }),
    async list(query) {
      const { sql, args } = selectEntries(query);
      const rows = JSON.parse(String(await unbounded(sql, args, { orOlder: true }))) as Row[];
      return rows.map(
        ([id, at, action, by, siteId, subject, events]): AuditEntry => ({
          id,
          at,
          action,
          by,
          siteId,
          subject,
          events,
        }),
      );
    },
  };
}

/** One page as one cell, newest first. */
function selectEntries({ action, by, siteId, from, to, before, limit }: AuditQuery): Statement {
  const { args, bind } = createArguments();
  const where = ["1"];
  if (before !== undefined) where.push(`id < ${bind(before)}`);
  if (action !== undefined) where.push(`action = ${bind(action)}`);
  if (by !== undefined) where.push(`actor = ${bind(by)}`);
  if (siteId !== undefined) where.push(`site_id = ${bind(siteId)}`);
  if (from !== undefined) where.push(`at >= ${bind(from)}`);
  if (to !== undefined) where.push(`at <= ${bind(to)}`);
  const page = `SELECT * FROM audit WHERE ${where.join(" AND ")} ORDER BY id DESC LIMIT ${bind(limit)}`;
  return {
    sql: `SELECT json_group_array(json_array(id, at, action, actor, site_id, subject, events)) FROM (${page})`,
    args,
  };
}
