import { describe, expect, test } from "bun:test";
import { createKey, createSite, expectError, pageView, type Website } from "../contract/collection/fixture.ts";
import { type LimitFixture, START_S, startLimited, statusesOf, TOLD_NOTHING, toldBy } from "./limit-fixture.ts";

const THREE_A_MINUTE = { config: { ingestLimit: { limit: 3, windowMs: 60_000 } } };
const TOO_MANY = "Too many requests without an API key from this address; try again in 20 s";

const postFrom = (fixture: LimitFixture, address: string, site: Website, options: object = {}) =>
  fixture.from(address, "/api/v1/events", { json: pageView(site), ...options });

describe("posting without a key", () => {
  test("is limited to 1,200 requests a minute of one address for one site where nothing is set", async () => {
    await using fixture = await startLimited();
    const site = await createSite(fixture.server);
    const answers = await Promise.all(Array.from({ length: 1_210 }, () => postFrom(fixture, "192.0.2.1", site)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1_200);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
  });

  test("is told what is left, and when to come back", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const site = await createSite(fixture.server);
    const told = [];
    for (let i = 0; i < 3; i++) told.push(toldBy(await postFrom(fixture, "192.0.2.1", site)));
    const policy = '"posting";q=3;w=60';
    expect(told).toEqual(
      [2, 1, 0].map((left, i) => ({
        limit: "3",
        remaining: String(left),
        reset: String(START_S + 20 * (i + 1)),
        rateLimit: `"posting";r=${left};t=20`,
        policy,
        retryAfter: null,
      })),
    );
    const refused = await postFrom(fixture, "192.0.2.1", site);
    expect(toldBy(refused)).toMatchObject({
      remaining: "0",
      rateLimit: '"posting";r=0;t=20',
      policy,
      retryAfter: "20",
    });
    await expectError(refused, 429, "RATE_LIMITED", TOO_MANY);
    fixture.clock.advance(20_000);
    expect((await postFrom(fixture, "192.0.2.1", site)).status).toBe(201);
  });

  test("counts for each address and for each site", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const [site, other] = [await createSite(fixture.server), await createSite(fixture.server)];
    expect(await statusesOf(4, () => postFrom(fixture, "192.0.2.1", site))).toEqual([201, 201, 201, 429]);
    expect((await postFrom(fixture, "192.0.2.2", site)).status).toBe(201);
    expect((await postFrom(fixture, "192.0.2.1", other)).status).toBe(201);
  });

  test("counts an IPv6 network of 64 bits as one client", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const site = await createSite(fixture.server);
    let host = 0;
    const fromNetwork = (network: string) => () => {
      host += 1;
      return postFrom(fixture, `${network}::${host.toString(16)}`, site);
    };
    expect(await statusesOf(4, fromNetwork("2001:db8:1:1"))).toEqual([201, 201, 201, 429]);
    expect((await fromNetwork("2001:db8:1:2")()).status).toBe(201);
  });

  test("cannot be had more of by inventing addresses before a proxy's own", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const site = await createSite(fixture.server);
    let invented = 0;
    const ask = () => {
      invented += 1;
      return postFrom(fixture, `198.51.100.${invented}, 192.0.2.1`, site);
    };
    expect(await statusesOf(4, ask)).toEqual([201, 201, 201, 429]);
  });

  test("is what the limit is about: whoever has a key is limited by that alone", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const site = await createSite(fixture.server);
    const key = await createKey(fixture.server, { permissions: ["events:write"] });
    expect(await statusesOf(10, () => postFrom(fixture, "192.0.2.1", site, { key }))).toEqual(Array(10).fill(201));
    expect(await statusesOf(4, () => postFrom(fixture, "192.0.2.1", site))).toEqual([201, 201, 201, 429]);
  });

  test("can be set free", async () => {
    await using fixture = await startLimited({ config: { ingestLimit: null } });
    const site = await createSite(fixture.server);
    const answers = await Promise.all(Array.from({ length: 1_300 }, () => postFrom(fixture, "192.0.2.1", site)));
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(toldBy(await postFrom(fixture, "192.0.2.1", site))).toEqual(TOLD_NOTHING);
  });

  test("by page view counts alike", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const site = await createSite(fixture.server);
    const json = { code: site.trackingCode, sid: "s", vid: "v", url: "https://a.example/" };
    const ask = () => fixture.from("192.0.2.1", "/api/v1/track", { json });
    expect(await statusesOf(3, ask)).toEqual([204, 204, 204]);
    expect((await postFrom(fixture, "192.0.2.1", site)).status).toBe(429);
  });

  test("counts what could have been stored: not what is wrong, nor what has no site", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const site = await createSite(fixture.server);
    const wrong = () => fixture.from("192.0.2.1", "/api/v1/events", { json: pageView(site, { url: "x" }) });
    const lost = () => fixture.from("192.0.2.1", "/api/v1/events", { json: pageView({ trackingCode: "pm-nobody-1" }) });
    expect(await statusesOf(5, wrong)).toEqual(Array(5).fill(400));
    expect(await statusesOf(5, lost)).toEqual(Array(5).fill(404));
    expect(await statusesOf(4, () => postFrom(fixture, "192.0.2.1", site))).toEqual([201, 201, 201, 429]);
  });
});

describe("a batch without a key", () => {
  test("counts once, and is refused as a whole where all of it is", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const site = await createSite(fixture.server);
    const events = Array(50).fill(pageView(site));
    const ask = () => fixture.from("192.0.2.1", "/api/v1/events/batch", { json: { events } });
    expect(await statusesOf(3, ask)).toEqual([201, 201, 201]);
    const refused = await ask();
    expect(toldBy(refused).retryAfter).toBe("20");
    await expectError(refused, 429, "RATE_LIMITED", TOO_MANY);
  });

  test("for several sites counts once for each, and is refused for those alone that have had enough", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const [full, open] = [await createSite(fixture.server), await createSite(fixture.server)];
    await statusesOf(3, () => postFrom(fixture, "192.0.2.1", full));
    const events = [pageView(full), pageView(open), pageView(full), pageView(open)];
    const response = await fixture.from("192.0.2.1", "/api/v1/events/batch", { json: { events } });
    expect(response.status).toBe(207);
    expect(toldBy(response)).toMatchObject({ remaining: "0", retryAfter: "20", rateLimit: '"posting";r=0;t=20' });
    expect((await response.json()) as object).toMatchObject({
      eventsCreated: 2,
      errors: [
        { index: 0, error: "RATE_LIMITED", message: TOO_MANY },
        { index: 2, error: "RATE_LIMITED", message: TOO_MANY },
      ],
    });
    expect(await statusesOf(3, () => postFrom(fixture, "192.0.2.1", open))).toEqual([201, 201, 429]);
  });
});

describe("reading without a key", () => {
  test("a publicly readable site is limited alike, and counted apart from posting", async () => {
    await using fixture = await startLimited(THREE_A_MINUTE);
    const site = await createSite(fixture.server, { publicRead: true });
    const read = () => fixture.from("192.0.2.1", `/api/v1/events?trackingCode=${site.trackingCode}`);
    await statusesOf(3, () => postFrom(fixture, "192.0.2.1", site));
    const first = await read();
    expect(first.status).toBe(200);
    expect(toldBy(first)).toMatchObject({ limit: "3", remaining: "2", policy: '"reading";q=3;w=60' });
    const { events } = (await first.json()) as { events: { id: string }[] };
    expect(await statusesOf(2, () => fixture.from("192.0.2.1", `/api/v1/events/${events[0]?.id}`))).toEqual([200, 200]);
    await expectError(await read(), 429, "RATE_LIMITED", TOO_MANY);
    const head = await fixture.from("192.0.2.1", `/api/v1/events?trackingCode=${site.trackingCode}`, {
      method: "HEAD",
    });
    expect(head.status).toBe(200);
    expect(toldBy(head)).toMatchObject({ remaining: "0" });
  });
});
