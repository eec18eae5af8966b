import type { AppendResult } from "../domain/ports.ts";
import type { Clock } from "../lib/clock.ts";
import type { IdAllocator } from "../lib/ids.ts";
import type { Logger } from "../lib/log.ts";
import { numberRow, receivedAtOf } from "./encode-rows.ts";
import { findBadRows } from "./find-bad-rows.ts";
import { refusal } from "./write-failure.ts";
import type { WriteLink } from "./write-link.ts";
import type { BatchShape, Duplicate, Part, WriteReply } from "./write-protocol.ts";

/** What a libSQL server takes as one value, with room for what surrounds it: its limit is 5,000,000. */
const MAX_PART_BYTES = 4_800_000;

/** Tries of one batch while the database is busy or its ids clash; file databases wait 5 s within each. */
const MAX_TRIES = 3;

/** Before the second try of a busy database; four times as long before the next. */
const FIRST_PAUSE_MS = 100;

export interface BatchWriterOptions {
  readonly link: WriteLink;
  readonly ids: IdAllocator;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The encoded rows of one request. */
type Rows = readonly string[];

/**
 * Commits the rows of several requests in one transaction; rows that cannot be stored are left out
 * and reported. Results are in the order of the rows.
 *
 * @throws an `AppError` where the database took none of them. Where it did not answer, they may
 * have been stored all the same.
 */
export type WriteBatch = (requests: readonly Rows[], shape: BatchShape) => Promise<readonly AppendResult[]>;

interface Numbered {
  readonly parts: readonly Part[];
  readonly ids: readonly number[];
  readonly receivedAt: readonly number[];
}

export function createBatchWriter({ link, ids, clock, log }: BatchWriterOptions): WriteBatch {
  /** Rows with fresh ids. */
  function number(rows: Rows): Numbered {
    const now = clock.now();
    const numbers: number[] = [];
    const times: number[] = [];
    const texts: string[] = [];
    for (const row of rows) {
      const id = ids.next(now);
      numbers.push(id);
      times.push(receivedAtOf(row) ?? now);
      texts.push(numberRow(id, now, row));
    }
    return { parts: splitBySize(texts), ids: numbers, receivedAt: times };
  }

  /** One transaction with fresh ids, tried again where that can help. */
  async function append(rows: Rows, shape: BatchShape): Promise<readonly AppendResult[] | BadRow> {
    let numbered = number(rows);
    let again = false;
    for (let attempt = 1; ; attempt++) {
      const reply = await link.send({ kind: "append", parts: numbered.parts, ...shape, again });
      if (reply.ok) return outcomes(numbered, reply.duplicates ?? []);
      if (reply.failure === "bad_row") return { badRow: reply.message };
      const canHelp = reply.failure === "busy" || reply.failure === "id_clash";
      if (!canHelp || attempt === MAX_TRIES) throw refusal(reply.failure, reply.message);
      // After a lost answer the same ids go out again, so that what had been stored is recognised. When
      // one of them clashes, nothing had been: a batch is stored as a whole or not at all.
      again = reply.failure === "busy";
      if (again) {
        await Bun.sleep(FIRST_PAUSE_MS * 4 ** (attempt - 1));
      } else {
        await passClashingIds();
        numbered = number(rows);
      }
    }
  }

  /** Another process stored ids of ours (a lease ran out while we were stopped): go above them all. */
  async function passClashingIds(): Promise<void> {
    const reply = await link.send({ kind: "command", name: "largestEventId", args: undefined });
    if (reply.ok) ids.raise(Number(reply.result));
    log.warn("event ids were taken by another process; continuing above them");
  }

  async function probe(rows: Rows, { width }: BatchShape): Promise<string | null> {
    const reply: WriteReply = await link.send({ kind: "probe", parts: number(rows).parts, width });
    if (reply.ok) return null;
    if (reply.failure === "bad_row") return reply.message;
    throw refusal(reply.failure, reply.message);
  }

  return async (requests, shape) => {
    const rows = requests.flat();
    const stored = await append(rows, shape);
    if (!("badRow" in stored)) return stored;
    const bad = await findBadRows(requests, (some) => probe(some, shape));
    log.error({ rows: rows.length, refused: bad.size, reason: stored.badRow }, "events refused by the database");
    const good = rows.filter((_, position) => !bad.has(position));
    const results = good.length > 0 ? await append(good, shape) : [];
    // Nobody is to blame when each is good alone: the statement fails for a reason of its own.
    if ("badRow" in results) throw refusal("broken", results.badRow);
    const next = results.values();
    return rows.map((_, position): AppendResult => {
      const reason = bad.get(position);
      return reason === undefined ? (next.next().value as AppendResult) : { outcome: "rejected", reason };
    });
  };
}

interface BadRow {
  readonly badRow: string;
}

function outcomes({ ids, receivedAt }: Numbered, duplicates: readonly Duplicate[]): readonly AppendResult[] {
  const results: AppendResult[] = ids.map((id, position) => ({
    outcome: "stored",
    id,
    receivedAt: receivedAt[position] as number,
  }));
  for (const [position, id, storedAt] of duplicates) {
    results[position] = { outcome: "duplicate", id, receivedAt: storedAt };
  }
  return results;
}

/** JSON arrays of rows, none larger than a libSQL server takes; nearly always one. */
function splitBySize(rows: Rows): readonly Part[] {
  const whole = toPart(rows);
  // A UTF-16 unit has at most three bytes: most batches need no counting.
  if (whole.rows.length * 3 <= MAX_PART_BYTES || Buffer.byteLength(whole.rows) <= MAX_PART_BYTES) return [whole];
  const parts: Part[] = [];
  let start = 0;
  let bytes = 0;
  for (const [position, row] of rows.entries()) {
    const size = Buffer.byteLength(row) + 1;
    if (position > start && bytes + size > MAX_PART_BYTES) {
      parts.push(toPart(rows.slice(start, position)));
      start = position;
      bytes = 0;
    }
    bytes += size;
  }
  return [...parts, toPart(rows.slice(start))];
}

const toPart = (rows: Rows): Part => ({ rows: `[${rows.join(",")}]`, count: rows.length });
