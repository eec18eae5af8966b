import { Database } from "bun:sqlite";
import type { TestServer } from "../../support/server.ts";
import type { ListedEvent } from "./ledger.ts";

const PAGE = 1_000;

/** Bounds a walk that would never end. */
const MAX_PAGES = 10_000;

/** Every event of a site, as the list gives it page by page, and the total that it states. */
export async function readAllEvents(
  server: Pick<TestServer, "request">,
  trackingCode: string,
): Promise<{ events: ListedEvent[]; total: number }> {
  const events: ListedEvent[] = [];
  let total = -1;
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const rest: string = cursor === null ? "" : `&count=false&cursor=${cursor}`;
    const answer = await server.request(`/api/v1/events?trackingCode=${trackingCode}&limit=${PAGE}${rest}`);
    if (answer.status !== 200) throw new Error(`The list answers ${answer.status}: ${await answer.text()}`);
    const list = (await answer.json()) as {
      events: ListedEvent[];
      pagination: { total: number | null; nextCursor: string | null };
    };
    events.push(...list.events);
    total = list.pagination.total ?? total;
    cursor = list.pagination.nextCursor;
    if (cursor === null) return { events, total };
  }
  throw new Error(`The list has more than ${MAX_PAGES} pages`);
}

/** What another implementation of the file format says of a database. */
export interface FileState {
  /** `["ok"]`, or what is wrong. */
  readonly integrity: readonly string[];
  readonly events: number;
  /** Counted by type, and by type and day. */
  readonly totals: number;
  readonly dayCounts: number;
  /** Event ids of the whole file that exist more than once. */
  readonly repeatedKeys: number;
}

/** Reads the file itself; a server may have it open. */
export function inspectFile(path: string): FileState {
  using database = new Database(path, { readonly: true });
  // Every number out of one moment, whatever is written meanwhile.
  return database.transaction((): FileState => {
    const one = (sql: string) => (database.query(sql).get() as { n: number | null }).n ?? 0;
    return {
      integrity: (database.query("PRAGMA integrity_check").all() as { integrity_check: string }[]).map(
        (row) => row.integrity_check,
      ),
      events: one("SELECT count(*) AS n FROM events NOT INDEXED WHERE deleted_at IS NULL"),
      totals: one("SELECT sum(n) AS n FROM event_totals"),
      dayCounts: one("SELECT sum(n) AS n FROM event_day_counts"),
      repeatedKeys: one(
        "SELECT count(*) AS n FROM (SELECT 1 FROM events NOT INDEXED WHERE dedupe_key IS NOT NULL GROUP BY site_id, dedupe_key HAVING count(*) > 1)",
      ),
    };
  })();
}
