import { describe, expect, test } from "bun:test";
import type { NewEvent } from "../../../src/domain/event.ts";
import { newEvent, type TestDatabase } from "../../support/store.ts";
import { shareDatabase } from "./site.ts";

/** Data after which the batch has one row more, complete in itself. */
const INJECTED_ROW = `null],[1,1,1,"injected",null,5,0${",null".repeat(18)},0,null,null`;

const BAD: readonly (readonly [what: string, event: Partial<NewEvent>])[] = [
  ["data that is no JSON", { data: '{"properties":{"a":' }],
  ["data that ends its row and begins another", { data: INJECTED_ROW }],
  ["data that opens a text", { data: '{"properties":"' }],
  ["an unpaired surrogate", { name: "a\ud800b" }],
  ["a NUL", { path: "a\0b" }],
  ["an escaped unpaired surrogate in its data", { data: '{"properties":{"a":"\\udfff"}}' }],
  ["no type", { type: null as unknown as string }],
];

/** What becomes of an event that has got past every gate and cannot be stored. */
export function refuseContract(createDatabase: () => Promise<TestDatabase>): void {
  describe("an event that the database cannot store", () => {
    const { storeSite, store, sql } = shareDatabase(createDatabase);

    test.each(BAD)("(%s) is rejected alone: neither its request nor other requests suffer", async (_, said) => {
      const { siteId, list } = await storeSite([]);
      const bad = newEvent({ siteId, ...said });
      const good = () =>
        newEvent({ siteId, data: '{"properties":{"good":true}}', dedupeKey: `e:${crypto.randomUUID()}` });
      const requests = [[good(), good()], [good(), bad, good()], [good()], [bad], [good()]];
      const answers = await Promise.all(requests.map((request) => store().writer.append(request)));
      const isRejected = answers.map((results) => results.map(({ outcome }) => outcome === "rejected"));
      expect(isRejected).toEqual(requests.map((request) => request.map((event) => event === bad)));
      const { events } = await list({ order: "asc" });
      expect(events.every(({ properties }) => properties === '{"good":true}')).toBe(true);
      const stored = answers.flat().flatMap((result) => (result.outcome === "stored" ? [result.id] : []));
      expect(stored).toHaveLength(6);
      expect(events.map(({ id }) => id)).toEqual(stored);
      expect((await sql().execute("SELECT 1 FROM events WHERE type = 'injected'")).rows).toEqual([]);
    });

    test("many times in one request is not the end of the requests beside it", async () => {
      const { siteId, list } = await storeSite([]);
      const good = Array.from({ length: 20 }, () => newEvent({ siteId }));
      const bad = Array.from({ length: 200 }, () => newEvent({ siteId, data: "{" }));
      const answers = await Promise.all([good, bad, good].map((events) => store().writer.append(events)));
      const rejected = answers.map((results) => results.filter(({ outcome }) => outcome === "rejected").length);
      expect(rejected).toEqual([0, 200, 0]);
      expect((await list()).events).toHaveLength(40);
    });
  });
}
