import { describe, expect, test } from "bun:test";
import { HOSTILE, INTERNAL } from "../../support/hostile-texts.ts";
import { onEveryQueryTarget, startApp } from "../../support/server.ts";
import { createKey, createScope, expectStatus, listed, postTrack, preview, previewed, track } from "./fixture.ts";

const TEXTS = [
  "DeviceId",
  "EventType",
  "Value",
  "PageUri",
  "PageTitle",
  "RemoteAddress",
  "SessionId",
  "CountryCode",
  "City",
];
const OPTIONS = ["$filter", "$orderby", "$select", "$skip", "$top", "$count", "includeTest", "$apply", "$nothing"];

/** As the languages write a text. */
const inOData = (text: string) => `'${text.replaceAll("'", "''")}'`;
const inKql = (text: string) => JSON.stringify(text).replaceAll("\u007f", "\\u007f");

describe("hostile input", () => {
  onEveryQueryTarget((server) => {
    async function expectHarmless(response: Response): Promise<void> {
      const text = await response.text();
      expect(response.status).toBeLessThan(500);
      // What is wrong is shown as the caller wrote it, in quotes.
      expect(text.replaceAll(/\\"(?:[^"\\]|\\\\.)*\\"/g, "")).not.toMatch(INTERNAL);
    }

    test.each(HOSTILE)(
      "in every text of an event is kept letter for letter, and found by both languages: %j",
      async (text) => {
        const { scope, siteId } = await createScope(server());
        const key = await createKey(server(), siteId);
        const fields = Object.fromEntries(TEXTS.map((name) => [name, text]));
        const Payload = { [text]: text, list: [text] };
        const event = await postTrack(server(), { ...fields, Scope: scope, Payload, User: { Email: text } });
        expect(event).toMatchObject({ ...fields, Payload });
        await postTrack(server(), track({ Scope: scope, Payload: { other: 1 } }));
        for (const name of [...TEXTS, "User/Email"]) {
          const $filter = `${name} eq ${inOData(text)} and contains(${name},${inOData(text)})`;
          expect((await listed(server(), { $filter }, { key })).items).toEqual([event]);
          const column = name.replace("/", ".");
          const query = `Events | where ${column} == ${inKql(text)} and ${column} contains_cs ${inKql(text)}`;
          expect((await previewed(server(), query, scope)).count).toBe(1);
        }
        const $filter = `Payload/list/any(x:x eq ${inOData(text)})`;
        expect((await listed(server(), { $filter }, { key })).items).toEqual([event]);
        const query = `Events | where Payload[${inKql(text)}] == ${inKql(text)} | project ['x'] = Payload.list[0]`;
        expect((await previewed(server(), query, scope)).items).toEqual([{ x: text }]);
      },
    );

    test("in every option of a list is an answer or an error, and changes nothing", async () => {
      const { scope, siteId } = await createScope(server());
      const key = await createKey(server(), siteId);
      const event = await postTrack(server(), track({ Scope: scope }));
      for (const text of HOSTILE) {
        await Promise.all(
          OPTIONS.flatMap((option) => {
            const value = encodeURIComponent(text);
            const forms = option === "$filter" ? [value, `Value%20eq%20${value}`] : [value];
            return forms.map(async (form) =>
              expectHarmless(await server().request(`/api/v2.0/TrackEvents?${option}=${form}`, { key })),
            );
          }),
        );
        await expectHarmless(await server().request(`/api/v2.0/TrackEvents?${encodeURIComponent(text)}=1`, { key }));
      }
      expect((await listed(server(), {}, { key })).items).toEqual([event]);
    });

    test("in a query is an answer or an error, and changes nothing", async () => {
      const { scope } = await createScope(server());
      await postTrack(server(), track({ Scope: scope }));
      for (const text of HOSTILE) {
        for (const query of [text, `Events | where ${text}`, `Events | ${text}`, `Events | where Value == '${text}'`]) {
          await expectHarmless(await preview(server(), query, scope));
        }
        await expectHarmless(await preview(server(), "Events", text));
      }
      expect((await previewed(server(), "Events | count", scope)).items).toEqual([{ Count: 1 }]);
    });

    test("in the place of a text is refused, and the field named", async () => {
      for (const json of [
        "[1.10]",
        '{"toString":1,"valueOf":2}',
        '{"a":{"toString":null,"n":1e400}}',
        '{"__proto__":null}',
      ]) {
        const body = `{"DeviceId":"d","EventType":"t","Value":${json}}`;
        const alone = await server().request("/api/v2.0/Track", { body, method: "POST" });
        expect(await expectStatus(alone, 400)).toMatchObject({ error: { target: "Value" } });
        const bulk = await server().request("/api/v2.0/TrackBulk", { body: `[${body}]`, method: "POST" });
        expect(await expectStatus(bulk, 400)).toMatchObject({ error: { target: "0.Value" } });
        const query = await server().request("/api/v2.0/TrackEvents/preview", {
          body: `{"Query":${json}}`,
          method: "POST",
        });
        expect(await expectStatus(query, 400)).toMatchObject({ error: { target: "Query" } });
      }
    });
  });
});

test("a regular expression that others never come to an end with is answered, or stopped", async () => {
  await using app = await startApp({ config: { queryDeadlineMs: 300 } });
  const letters = "a".repeat(32 * 1024);
  await postTrack(app, track({ Value: `${letters}!` }));
  for (const pattern of ["(a*)*b", "(a|a)*b", "(a|aa)+$", "(.*a){12}b", "^(a+)+$"]) {
    const ask = (text: string) => preview(app, `Events | project x = extract(@'${pattern}', 1, ${text})`);
    expect(await expectStatus(await ask("substring(Value, 0, 30)"), 200)).toMatchObject({ count: 1 });
    const long = await ask("Value");
    if (long.status !== 200)
      expect(await expectStatus(long, 400)).toMatchObject({ error: { code: "QueryTooExpensive" } });
  }
}, 60_000);
