import { expect, test } from "bun:test";
import { createKey, expectError } from "../contract/collection/fixture.ts";
import { startLimited, statusesOf, toldBy } from "./limit-fixture.ts";

const LISTING = "/api/v1/websites";
const UNKNOWN = "The API key is unknown, expired or revoked";

let guesses = 0;
/** A key that nobody has, another one each time. */
const guess = () => {
  guesses += 1;
  return `ff_abcdefgh_${String(guesses).padStart(32, "x")}`;
};

test("wrong keys of one address are slowed down after 20 a minute", async () => {
  await using fixture = await startLimited();
  const ask = () => fixture.from("192.0.2.1", LISTING, { key: guess() });
  expect(await statusesOf(19, ask)).toEqual(Array(19).fill(401));
  await expectError(await ask(), 401, "UNAUTHORIZED", UNKNOWN);
  const refused = await ask();
  expect(toldBy(refused)).toMatchObject({
    limit: "20",
    remaining: "0",
    retryAfter: "3",
    policy: '"wrong-keys";q=20;w=60',
  });
  await expectError(refused, 429, "RATE_LIMITED", "Too many wrong API keys from this address; try again in 3 s");
  fixture.clock.advance(3_000);
  expect(await statusesOf(2, ask)).toEqual([401, 429]);
});

test("right keys behind the same address are let in all the while, and so are those of other addresses", async () => {
  await using fixture = await startLimited();
  const { server } = fixture;
  const key = await createKey(server, { permissions: ["events:read"] });
  await statusesOf(50, () => fixture.from("192.0.2.1", LISTING, { key: guess() }));
  expect((await fixture.from("192.0.2.1", LISTING, { key })).status).toBe(200);
  expect((await fixture.from("192.0.2.1", LISTING, { key: server.adminKey })).status).toBe(200);
  expect((await fixture.from("192.0.2.1", LISTING, { key: guess() })).status).toBe(429);
  expect((await fixture.from("192.0.2.2", LISTING, { key: guess() })).status).toBe(401);
});

test.each([
  ["HEAD", (key: string) => ({ method: "HEAD", key })],
  ["X-API-Key", (key: string) => ({ key: null, headers: { "x-api-key": key } })],
  ["Ocp-Apim-Subscription-Key", (key: string) => ({ key: null, headers: { "ocp-apim-subscription-key": key } })],
  ["epi-single", (key: string) => ({ headers: { authorization: `epi-single ${key}` } })],
])("wrong keys by %s count", async (_, optionsOf) => {
  await using fixture = await startLimited();
  const statuses = await statusesOf(22, () => fixture.from("192.0.2.1", LISTING, optionsOf(guess())));
  expect(statuses).toEqual([...Array(20).fill(401), 429, 429]);
});

test("expired, revoked and malformed keys count, a missing one does not", async () => {
  await using fixture = await startLimited();
  const { server, clock } = fixture;
  const revoked = await createKey(server, { permissions: ["events:read"] });
  await server.request(`/api/v1/keys/${revoked.slice(3, 11)}`, { method: "DELETE" });
  const expired = await createKey(server, { permissions: ["events:read"], expiresAt: "2026-06-15T12:00:01Z" });
  clock.advance(2_000);
  expect(await statusesOf(30, () => fixture.from("192.0.2.1", LISTING, { key: null }))).toEqual(Array(30).fill(401));
  const wrong = [revoked, expired, "nothing"];
  for (let i = 0; i < 20; i++) {
    expect((await fixture.from("192.0.2.1", LISTING, { key: wrong[i % 3] ?? "" })).status).toBe(401);
  }
  for (const key of wrong) expect((await fixture.from("192.0.2.1", LISTING, { key })).status).toBe(429);
});

test("an IPv6 network of 64 bits is one client", async () => {
  await using fixture = await startLimited();
  let host = 0;
  const statuses = await statusesOf(21, () => {
    host += 1;
    return fixture.from(`2001:db8::${host}`, LISTING, { key: guess() });
  });
  expect(statuses.at(-1)).toBe(429);
});
