import Database from "libsql";
import { BUSY_TIMEOUT_MS } from "./database.ts";
import { seemsDirty } from "./residue.ts";

/** The Worker that looks through the pages of a database file; see `residue.ts`. */
declare const self: Worker;

export interface ResidueRequest {
  readonly path: string;
  /** The first page to look at. */
  readonly from: number;
}

export interface ResidueReply {
  /** Pages that seem to hold residue. */
  readonly pages: readonly number[];
  /** Where to go on; null at the end of the file. */
  readonly next: number | null;
  readonly failure?: string;
}

/** Pages of one look: a few ms, in which the log cannot be cut. */
const PAGES = 1_000;

let connection: Database.Database | undefined;

self.onmessage = ({ data }: MessageEvent<ResidueRequest>) => {
  let reply: ResidueReply;
  try {
    reply = look(data);
  } catch (error) {
    reply = { pages: [], next: null, failure: String(error) };
  }
  self.postMessage(reply);
};

function look({ path, from }: ResidueRequest): ResidueReply {
  if (!connection) {
    connection = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    connection.exec("PRAGMA query_only = 1");
  }
  const rows = connection
    .prepare(
      `WITH RECURSIVE wanted (page) AS (SELECT ?1 UNION ALL SELECT page + 1 FROM wanted WHERE page < ?2)
SELECT pgno, data FROM wanted CROSS JOIN sqlite_dbpage ON pgno = page`,
    )
    .all(from, from + PAGES - 1) as { pgno: number; data: ArrayBuffer }[];
  const pages = rows.filter(({ data }) => seemsDirty(new Uint8Array(data))).map(({ pgno }) => pgno);
  return { pages: pages.filter((page) => page > 1), next: rows.length < PAGES ? null : from + PAGES };
}
