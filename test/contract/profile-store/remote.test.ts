import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startApp, type TestApp } from "../../support/server.ts";
import { type Sqld, startSqld } from "../../support/sqld.ts";
import { expectStatus, list, postBulk, postTrack, preview, track } from "./fixture.ts";

describe("on a libSQL server without a replica", () => {
  let sqld: Sqld;
  let app: TestApp;
  beforeAll(async () => {
    sqld = await startSqld();
    app = await startApp({ config: { database: { kind: "remote", url: sqld.url } } });
  });
  afterAll(async () => {
    await app.stop();
    await sqld[Symbol.asyncDispose]();
  });

  test("events are tracked, deleted and restored", async () => {
    const event = await postTrack(
      app,
      track({ Payload: { "2": 1, "1": 2 }, EventTime: "2017-09-15T07:16:34.7957819Z" }),
    );
    expect(event.EventTime).toBe("2017-09-15T07:16:34.7957819Z");
    await postBulk(app, [track(), track()]);
    const path = `/api/v2.0/TrackEvents/default/${event.TrackId}`;
    await expectStatus(await app.request(path, { method: "DELETE" }), 200);
    await expectStatus(await app.request(path, { method: "DELETE" }), 404);
    await expectStatus(await app.request(`${path}/restore`, { method: "POST" }), 200);
  });

  test("501 for lists and queries: they would stand in the way of what is stored", async () => {
    const body = {
      error: {
        code: "NotImplemented",
        message: "Queries of your own need a replica of the database server here: FOOTFALL_REPLICA_URL is not set",
      },
    };
    expect(await expectStatus(await list(app, {}), 501)).toEqual(body);
    expect(await expectStatus(await preview(app, "Events | count"), 501)).toEqual(body);
    // What is wrong with a query is told first.
    expect((await preview(app, "Events | nothing")).status).toBe(400);
  });
});
