import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ADMIN_KEY, temporaryFolder } from "../support/server.ts";
import { connect } from "./support/connection.ts";
import { startServer } from "./support/server.ts";
import { ANSWER_CALLS, findAnswers, parseTrace, readTrace, straceCommand, type TracedAnswer } from "./support/trace.ts";

const POSTS = 300;
const CONTROL_POSTS = 100;

/** A tracer stops the server at each call. */
const READY_WITHIN_MS = 30_000;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("an answer", () => {
  test("goes out after its event was written to the log and the log was synced", async () => {
    const answers = await traceAnswers("full", POSTS);
    const synced = answers.filter(({ isSynced }) => isSynced).length;
    console.info(`${synced} of ${answers.length} answers after a sync of the log`);
    expect(answers).toHaveLength(POSTS);
    expect(answers.filter(({ writes, isSynced }) => writes === 0 || !isSynced)).toEqual([]);
  }, 60_000);

  test("control: with FOOTFALL_DURABILITY=normal most go out without a sync", async () => {
    const answers = await traceAnswers("normal", CONTROL_POSTS);
    const synced = answers.filter(({ isSynced }) => isSynced).length;
    console.info(`control: ${synced} of ${answers.length} answers after a sync of the log`);
    expect(answers).toHaveLength(CONTROL_POSTS);
    // What is written is the same; now and then a checkpoint makes the writer begin the log anew, and sync that.
    expect(answers.filter(({ writes }) => writes === 0)).toEqual([]);
    expect(synced).toBeLessThan(CONTROL_POSTS / 5);
  }, 60_000);
});

test("a trace is read right where calls of threads interrupt each other", () => {
  const trace = `
1 recvfrom(25<socket:[1]>, "POST /api/v1/events HTTP/1.1\\r\\n"..., 524288, 0, NULL, NULL) = 400
2 pwrite64(20</d/footfall.db-wal>, "\\0 = 7"..., 24, 32) = 24
2 fsync(20</d/footfall.db-wal> <unfinished ...>
3 fsync(9</d/footfall.db>) = 0
1 sendto(25<socket:[1]>, "HTTP/1.1 201 Created\\r\\n"..., 446, 0, NULL, 0) = 446
2 <... fsync resumed>) = 0
1 <... recvfrom resumed>"POST lost", 1, 0, NULL, NULL) = 3
1 recvfrom(25<socket:[1]>, <unfinished ...>
2 fsync(20</d/footfall.db-wal>) = 0
1 <... recvfrom resumed>"POST /api/v1/events HTTP/1.1\\r\\n"..., 524288, 0, NULL, NULL) = 400
2 pwrite64(20</d/footfall.db-wal>, ""..., 24, 32) = 24
2 fsync(20</d/footfall.db-wal>) = -1 EIO (Input/output error)
3 fsync(20</d/footfall.db-wal>) = 0
1 sendto(25<socket:[1]>, "HTTP/1.1 201 Created\\r\\n"..., 446, 0, NULL, 0) = 446
`;
  const expected: TracedAnswer[] = [
    // The sync had begun and not ended.
    { writes: 1, isSynced: false },
    // The writer's own sync failed; what another thread synced is another's.
    { writes: 1, isSynced: false },
  ];
  expect(findAnswers(parseTrace(trace), POSTED)).toEqual(expected);
  const synced = trace.replace("= -1 EIO (Input/output error)", "= 0");
  expect(findAnswers(parseTrace(synced), POSTED)[1]).toEqual({ writes: 1, isSynced: true });
});

const POSTED = { startsWith: "POST /api/v1/events HTTP", answerStartsWith: "HTTP/1.1 201" };

/** Posts events one after the other to a traced server. */
async function traceAnswers(durability: "full" | "normal", posts: number): Promise<readonly TracedAnswer[]> {
  const output = join(folder, `${durability}.trace`);
  const server = await startServer(join(folder, `${durability}.db`), {
    env: { FOOTFALL_DURABILITY: durability },
    under: straceCommand(output, ANSWER_CALLS),
    readyWithinMs: READY_WITHIN_MS,
  });
  using connection = await connect(server.url);
  for (let number = 1; number <= posts; number++) {
    const event = { eventType: "click", url: "https://shop.example.com/", sessionId: "s", visitorId: "v" };
    const answer = await connection.send({
      method: "POST",
      path: "/api/v1/events",
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      body: JSON.stringify({ ...event, trackingCode: server.trackingCode, eventId: `sync-${number}` }),
    });
    expect(answer.status).toBe(201);
  }
  await server.stop();
  return findAnswers(await readTrace(output, server.process.pid), POSTED);
}
