import type { NewRejection, Rejection, RejectionQuery, RejectionReason, RejectionStore } from "../domain/rejection.ts";
import type { Logger } from "../lib/log.ts";
import type { ReadCell } from "./event-reader.ts";
import { createArguments, type Statement } from "./event-sql.ts";
import type { StoreWriter } from "./event-writer.ts";

const WRITE_EVERY_MS = 1_000;

/** In one transaction: appends wait for it. */
const WRITTEN_AT_ONCE = 100;

/** How many may wait to be written; what comes on top of that is not kept. 4 MB at most. */
const MAX_WAITING = 2_000;

export interface RejectionStoreOptions {
  readonly writer: Pick<StoreWriter, "run">;
  /** Off-thread reads: a page may hold 2 MB. */
  readonly unbounded: ReadCell;
  readonly log: Logger;
  readonly everyMs?: number;
}

/**
 * Gathers rejected events and writes them once a second: to refuse an event must not cost a write, and no
 * client may make the disk or the memory full with what is refused.
 */
export function createRejectionStore(options: RejectionStoreOptions): RejectionStore & AsyncDisposable {
  const { writer, unbounded, log, everyMs = WRITE_EVERY_MS } = options;
  let waiting: NewRejection[] = [];
  let written: Promise<void> = Promise.resolve();

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const some = waiting.slice(0, WRITTEN_AT_ONCE);
      await writer.run("keepRejections", some);
      waiting = waiting.slice(some.length);
    }
  }

  /** One after the other. What could not be written is tried again with what comes next. */
  function write(): Promise<void> {
    written = written
      .then(writeAll)
      .catch((error: unknown) => log.debug({ err: error }, "rejected events could not be written"));
    return written;
  }

  const timer = setInterval(() => void write(), everyMs);
  timer.unref();
  return {
    keep(rejection) {
      if (waiting.length < MAX_WAITING) waiting.push(rejection);
    },
    async list(query) {
      await write();
      const { sql, args } = selectRejections(query);
      const rows = JSON.parse(String(await unbounded(sql, args, { orOlder: true }))) as Row[];
      return rows.map(toRejection);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await write();
    },
  };
}

type Row = [
  id: number,
  at: number,
  siteId: number | null,
  dialect: string,
  reason: RejectionReason,
  message: string,
  fields: string | null,
  event: string | null,
  isTruncated: number,
];

const COLUMNS = "id, at, site_id, dialect, reason, message, fields, event, is_truncated";

function toRejection([id, at, siteId, dialect, reason, message, fields, event, isTruncated]: Row): Rejection {
  return { id, at, siteId, dialect, reason, message, fields, event, isTruncated: isTruncated === 1 };
}

const NOT_OF_DELETED_SITE =
  "NOT EXISTS (SELECT 1 FROM sites WHERE sites.id = rejections.site_id AND sites.deleted_at IS NOT NULL)";

/** One page as one cell, newest first. */
function selectRejections({ siteIds, reason, since, before, limit }: RejectionQuery): Statement {
  const { args, bind } = createArguments();
  const where = [`at >= ${bind(since)}`, NOT_OF_DELETED_SITE];
  if (siteIds !== null) where.push(`site_id IN (SELECT value FROM json_each(${bind(JSON.stringify(siteIds))}))`);
  if (reason !== undefined) where.push(`reason = ${bind(reason)}`);
  if (before !== undefined) where.push(`id < ${bind(before)}`);
  const page = `SELECT ${COLUMNS} FROM rejections WHERE ${where.join(" AND ")} ORDER BY id DESC LIMIT ${bind(limit)}`;
  return { sql: `SELECT json_group_array(json_array(${COLUMNS})) FROM (${page})`, args };
}
