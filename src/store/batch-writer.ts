import type { AppError } from "../domain/errors.ts";
import type { AppendResult } from "../domain/ports.ts";
import type { Clock } from "../lib/clock.ts";
import type { IdAllocator } from "../lib/ids.ts";
import type { Logger } from "../lib/log.ts";
import { numberRow, receivedAtOf } from "./encode-rows.ts";
import { findBadRows } from "./find-bad-rows.ts";
import type { Patience } from "./patience.ts";
import { refusal } from "./write-failure.ts";
import type { WriteLink } from "./write-link.ts";
import type { BatchShape, Duplicate, Part, WriteReply } from "./write-protocol.ts";

/** What a libSQL server takes as one value, with room for what surrounds it: its limit is 5,000,000. */
const MAX_PART_BYTES = 4_800_000;

/** How often one batch gets new ids: they are taken once, if at all. */
const MAX_RENUMBERINGS = 2;

export interface BatchWriterOptions {
  readonly link: WriteLink;
  readonly ids: IdAllocator;
  readonly clock: Clock;
  readonly log: Logger;
  /** A new patience for each batch. */
  readonly startPatience: () => Patience;
}

/** The encoded rows of one request. */
type Rows = readonly string[];

/**
 * Commits the rows of several requests in one transaction; rows that cannot be stored are left out
 * and reported. Results are in the order of the rows.
 *
 * @param previous the batch before it, where that is still being written: this one waits in the Worker for its end.
 * @throws an `AppError` where the database took none of them. Where it did not answer, they may
 * have been stored all the same.
 */
export type WriteBatch = (
  requests: readonly Rows[],
  shape: BatchShape,
  previous: Promise<Ending> | null,
) => Promise<readonly AppendResult[]>;

/** How a batch ended for those behind it: what makes it pointless to try them too, null where nothing does. */
export type Ending = AppError | null;

interface Numbered {
  readonly parts: readonly Part[];
  readonly ids: readonly number[];
  readonly receivedAt: readonly number[];
}

export function createBatchWriter({ link, ids, clock, log, startPatience }: BatchWriterOptions): WriteBatch {
  /** Rows with fresh ids. */
  function number(rows: Rows): Numbered {
    const now = clock.now();
    const numbers: number[] = [];
    const times: number[] = [];
    const texts: string[] = [];
    for (const row of rows) {
      const id = ids.next(now);
      numbers.push(id);
      const receivedAt = receivedAtOf(row) ?? now;
      times.push(receivedAt);
      texts.push(numberRow(id, receivedAt, row));
    }
    return { parts: splitBySize(texts), ids: numbers, receivedAt: times };
  }

  /**
   * One transaction with fresh ids, tried again where that can help.
   *
   * After a try whose outcome is not known the same ids go out again, so that what had been stored is
   * recognised. Only when one of them clashes then, too, are they somebody else's, and nothing had been
   * stored: a batch is stored as a whole or not at all.
   */
  async function append(
    rows: Rows,
    shape: BatchShape,
    previous: Promise<Ending> | null,
  ): Promise<readonly AppendResult[] | BadRow> {
    const patience = startPatience();
    let numbered = number(rows);
    let again = false;
    let isAhead = previous !== null;
    for (let renumberings = 0; ; ) {
      const reply = await link.send({ kind: "append", parts: numbered.parts, ...shape, again, isAhead });
      // From now on what failed last is this batch itself.
      isAhead = false;
      if (reply.ok) return outcomes(numbered, reply.duplicates ?? []);
      if (reply.failure === "skipped") {
        const hopeless = await previous;
        if (hopeless) throw hopeless;
        // The one before may have got new ids, too: those of later events are larger.
        numbered = number(rows);
        continue;
      }
      if (reply.failure === "bad_row") return { badRow: reply.message };
      if (reply.failure === "id_clash" && again && renumberings < MAX_RENUMBERINGS) {
        renumberings += 1;
        await passClashingIds();
        numbered = number(rows);
        again = false;
        continue;
      }
      const canHelp =
        reply.failure === "busy" || reply.failure === "no_answer" || (reply.failure === "id_clash" && !again);
      if (!canHelp || !(await patience.pause())) throw refusal(reply.failure, reply.message);
      // Whatever sent the batch may have sent it twice: a clash may be one with itself.
      again = true;
    }
  }

  /** Another process stored ids of ours (a lease ran out while we were stopped): go above them all. */
  async function passClashingIds(): Promise<void> {
    const reply = await link.send({ kind: "command", name: "largestEventId", args: undefined });
    if (reply.ok) ids.raise(Number(reply.result));
    log.warn("event ids were taken by another process; continuing above them");
  }

  async function probe(rows: Rows, { rare }: BatchShape): Promise<string | null> {
    const reply: WriteReply = await link.send({ kind: "probe", parts: number(rows).parts, rare });
    if (reply.ok) return null;
    if (reply.failure === "bad_row") return reply.message;
    throw refusal(reply.failure, reply.message);
  }

  return async (requests, shape, previous) => {
    const rows = requests.flat();
    const stored = await append(rows, shape, previous);
    if (!("badRow" in stored)) return stored;
    const bad = await findBadRows(requests, (some) => probe(some, shape));
    log.error({ rows: rows.length, refused: bad.size, reason: stored.badRow }, "events refused by the database");
    const good = rows.filter((_, position) => !bad.has(position));
    const results = good.length > 0 ? await append(good, shape, null) : [];
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
