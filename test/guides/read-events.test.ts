import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SLOW_MS } from "../cli/footfall.ts";
import { fileIn, readBlocks } from "../support/guide-blocks.ts";
import { followGuide, type GuideSession, startGuideSession } from "../support/guide-session.ts";

/** What the guide shows of an answer that is the same in every run. */
const FIXED = [
  "eventType",
  "eventName",
  "url",
  "visitorId",
  "value",
  "currency",
  "total",
  "limit",
  "offset",
  "properties",
];

describe("docs/read-events.md", () => {
  let session: GuideSession;
  beforeAll(async () => {
    session = await startGuideSession();
  }, SLOW_MS);
  afterAll(() => session[Symbol.asyncDispose]());

  test(
    "its commands and programs read what they show",
    async () => {
      // Once through all that is there; then it waits.
      await session.paste("export ROUNDS=1");
      await followGuide("read-events.md", session, { fixed: FIXED });
    },
    SLOW_MS,
  );

  test(
    "its tail.mjs tells of an event that comes in late, once",
    async () => {
      const tail = fileIn(await readBlocks("read-events.md"), "tail.mjs");
      await session.paste("export ROUNDS=3");
      let requests = 0;
      await using proxy = Bun.serve({
        port: 0,
        async fetch(request) {
          requests += 1;
          const { pathname, search } = new URL(request.url);
          if (requests === 2) await postLate(session);
          return await fetch(session.server.url + pathname + search, { headers: request.headers });
        },
      });
      const output = await session.run(
        [process.execPath],
        "tail.mjs",
        tail.replaceAll("http://127.0.0.1:3000", proxy.url.origin),
      );
      expect(
        output
          .trim()
          .split("\n")
          .map((line) => line.split(" ")[0]),
      ).toEqual([...Array(4).fill("pageview"), "conversion", "click"]);
    },
    SLOW_MS,
  );
});

/** An event of long before all others. */
async function postLate({ server, variables }: GuideSession): Promise<void> {
  const event = {
    eventType: "click",
    url: "https://shop.example/late",
    sessionId: "s",
    visitorId: "v",
    timestamp: Date.UTC(2020, 1),
  };
  const answer = await server.request("/api/v1/events", { json: { trackingCode: variables.TRACKING_CODE, ...event } });
  expect(answer.status).toBe(201);
}
