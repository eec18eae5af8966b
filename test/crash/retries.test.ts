import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ADMIN_KEY, temporaryFolder } from "../support/server.ts";
import { type Connection, ConnectionLostError, connect } from "./support/connection.ts";
import { inspectFile, readAllEvents } from "./support/inspect.ts";
import { createLedger, judge, KEPT, type Ledger, type SentEvent } from "./support/ledger.ts";
import { chooseSeed, createRandom, type Random } from "./support/random.ts";
import { type StartedServer, startServer } from "./support/server.ts";

const CLIENTS = 32;
const BATCHES = Number(process.env.FOOTFALL_CRASH_BATCHES ?? 640);

const CONTROL_BATCHES = 64;

/** Each batch goes out as often, and of these times one is answered to somebody who listens. */
const TIMES = 3;

/** Of the other times, in percent: the client goes away before it has read the answer. */
const CUT_PERCENT = 30;
const CUT_AFTER_MS = [0, 4] as const;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Batch {
  readonly events: readonly SentEvent[];
  readonly body: string;
}

/** Sends a batch; null when the client has gone away before the answer. */
async function send(server: StartedServer, batch: Batch, cutAfterMs: number | null) {
  const connection: Connection = await connect(server.url);
  const answer = connection.send({
    method: "POST",
    path: "/api/v1/events/batch",
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    body: batch.body,
  });
  const cut = cutAfterMs === null ? undefined : setTimeout(connection.close, cutAfterMs);
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ConnectionLostError && cut) return null;
    throw error;
  } finally {
    clearTimeout(cut);
    connection.close();
  }
}

/** Sends every batch several times, from many clients at once. @returns how many answers nobody heard. */
async function sendOften(
  server: StartedServer,
  ledger: Ledger,
  random: Random,
  { batches, withEventId }: { batches: number; withEventId: boolean },
): Promise<number> {
  let unheard = 0;
  const sendBatch = async () => {
    const events = Array.from({ length: random.between(1, 20) }, () => ledger.create({ withEventId }));
    const { trackingCode } = server;
    const batch = { events, body: JSON.stringify({ events: events.map((event) => ({ ...event, trackingCode })) }) };
    const heard = random.between(1, TIMES);
    const attempts = Array.from({ length: TIMES }, async (_, time) => {
      const isCut = time + 1 !== heard && random.between(1, 100) <= CUT_PERCENT * (TIMES / (TIMES - 1));
      const answer = await send(server, batch, isCut ? random.between(...CUT_AFTER_MS) : null);
      if (!answer) unheard += 1;
      else if (answer.status !== 201) ledger.report(`${answer.status} ${answer.body}`);
      else note(ledger, events, JSON.parse(answer.body.toString()).events, withEventId);
    });
    // Some at once, as of a client that is impatient; some one after the other.
    await Promise.all(attempts);
  };
  let left = batches;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (left-- > 0) await sendBatch();
    }),
  );
  return unheard;
}

function note(
  ledger: Ledger,
  events: readonly SentEvent[],
  results: readonly { id: string }[],
  isNamed: boolean,
): void {
  if (results.length !== events.length) ledger.report(`${results.length} results for ${events.length} events`);
  if (isNamed) for (const [position, event] of events.entries()) ledger.acknowledge(event, results[position]?.id ?? "");
}

describe("each batch, sent three times, with every third answer cut off", () => {
  test(
    "is stored once: every event under the one id that all answers say",
    async () => {
      const seed = chooseSeed();
      const ledger = createLedger("retry", createRandom(seed));
      const server = await startServer(join(folder, "retries.db"));
      const unheard = await sendOften(server, ledger, createRandom(seed), { batches: BATCHES, withEventId: true });
      const { events } = await readAllEvents(server, server.trackingCode);
      await server.stop();
      const verdict = judge(ledger, events);
      console.info(
        `${BATCHES} batches three times (seed ${seed}): ${unheard} of ${BATCHES * TIMES} answers cut off, ${verdict.stored} of ${ledger.sent.length} events stored, ${verdict.duplicated.length} twice`,
      );
      expect(verdict).toMatchObject({ ...KEPT, stored: ledger.sent.length, acknowledged: ledger.sent.length });
      expect(unheard).toBeGreaterThan(BATCHES / 2);
      expect(inspectFile(server.database)).toMatchObject({
        integrity: ["ok"],
        events: ledger.sent.length,
        totals: ledger.sent.length,
        repeatedKeys: 0,
      });
    },
    60_000 + BATCHES * 60,
  );

  test("control: without an eventId the same check finds events that are stored twice", async () => {
    const random = createRandom(chooseSeed());
    const ledger = createLedger("control", random.fork());
    const server = await startServer(join(folder, "control.db"));
    await sendOften(server, ledger, random, { batches: CONTROL_BATCHES, withEventId: false });
    const { events } = await readAllEvents(server, server.trackingCode);
    await server.stop();
    const { duplicated } = judge(ledger, events);
    console.info(`control: ${duplicated.length} copies of ${ledger.sent.length} events`);
    expect(duplicated.length).toBeGreaterThan(0);
  }, 60_000);
});
