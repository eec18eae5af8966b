import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, onEveryTarget, spawnServer, startApp } from "../../support/server.ts";
import { startSqld } from "../../support/sqld.ts";
import { createFolder } from "../../support/store.ts";
import {
  createKey,
  createProgram,
  expectTrackError,
  type Fields,
  onlyEvent,
  track,
  trackClick,
  trackLead,
  unique,
  type Website,
} from "./fixture.ts";

const noneTells = "No program was found (program_id: Required: neither click_id nor customer_key tells the program)";

describe("a lead", () => {
  onEveryTarget((server) => {
    const propertiesIn = async ({ trackingCode }: Website): Promise<Fields | null> => {
      const response = await server().request(`/api/v1/events?trackingCode=${trackingCode}&eventType=lead`);
      const { events } = (await response.json()) as { events: { properties: Fields | null }[] };
      expect(events).toHaveLength(1);
      return events[0]?.properties ?? null;
    };

    test("keeps what it says, at either path, as JSON or as text", async () => {
      for (const path of ["/api/v1/track/lead", "/api/tracking/lead"]) {
        for (const type of ["application/json", "text/plain"]) {
          const program = await createProgram(server());
          const customerKey = unique("u");
          const body = {
            click_id: "a click",
            customer_key: customerKey,
            session_id: "s",
            page_url: "https://example.com/signup",
            program_id: program.programId,
            additional_data: { event_name: "signup", n: 1 },
          };
          const headers = { "content-type": type };
          const response = await server().request(path, { body: JSON.stringify(body), headers, key: null });
          expect(await response.json()).toEqual({ success: true, message: "Lead tracked successfully" });
          expect(response.headers.get("access-control-allow-origin")).toBe("*");
          expect(await onlyEvent(server(), program, "lead")).toMatchObject({
            click_id: "a click",
            customer_key: customerKey,
            session_id: "s",
            page_url: "https://example.com/signup",
            converted: false,
          });
          expect(await propertiesIn(program)).toEqual({ additional_data: { event_name: "signup", n: 1 } });
        }
      }
    });

    test("keeps numbers as they were written", async () => {
      const program = await createProgram(server());
      const data = '{"price":1.10,"big":9007199254740993,"e":1E400}';
      const body = `{"customer_key":"${unique("u")}","program_id":${program.programId}.0,"additional_data":${data}}`;
      expect((await server().request("/api/v1/track/lead", { body, key: null })).status).toBe(200);
      const listed = await server().request(`/api/v1/events?trackingCode=${program.trackingCode}`);
      expect(await listed.text()).toContain(`"properties":{"additional_data":${data}}`);
    });

    describe("belongs to", () => {
      test("the program of its click, whatever else it says", async () => {
        const [own, other] = [await createProgram(server()), await createProgram(server())];
        const click = await trackClick(server(), own);
        const customer = unique("u");
        await trackLead(server(), { customer_key: customer, program_id: other.programId });
        await trackLead(server(), { click_id: click, customer_key: customer, program_id: other.programId });
        expect(await onlyEvent(server(), own, "lead")).toMatchObject({ click_id: click, customer_key: customer });
      });

      test("the program whose click it is, not to an older one that was sent a click of the same id", async () => {
        const [other, own] = [await createProgram(server()), await createProgram(server())];
        const click = await trackClick(server(), own);
        await trackClick(server(), other, { existing_click_id: click });
        await trackLead(server(), { click_id: click });
        expect(await onlyEvent(server(), own, "lead")).toMatchObject({ click_id: click });
      });

      test("the program that it names, before the one that knows its customer", async () => {
        const [own, other] = [await createProgram(server()), await createProgram(server())];
        const customer = unique("u");
        await trackLead(server(), { customer_key: customer, program_id: other.programId });
        await trackLead(server(), { customer_key: customer, program_id: own.programId });
        expect(await onlyEvent(server(), own, "lead")).toMatchObject({ customer_key: customer });
        const again = await track(server(), "lead", { customer_key: customer });
        await expectTrackError(
          again,
          400,
          "No program was found (program_id: Required: the customer is known in several programs)",
        );
      });

      test("the program that knows its customer", async () => {
        const program = await createProgram(server());
        const customer = unique("u");
        await trackLead(server(), { customer_key: customer, program_id: program.programId });
        await trackLead(server(), { customer_key: customer, session_id: "second" });
        const page = await server().request(`/api/tracking/events/${program.programId}`);
        expect(((await page.json()) as { data: unknown[] }).data).toHaveLength(2);
      });

      test("the program in whose name its click was made, also where the click is not there any more", async () => {
        const program = await createProgram(server());
        const click = `cust_${program.programId}_1749218702000`;
        await trackLead(server(), { click_id: click });
        expect(await onlyEvent(server(), program, "lead")).toMatchObject({ click_id: click });
      });

      test("the only program that its key is for", async () => {
        const program = await createProgram(server());
        const key = await createKey(server(), { permissions: ["events:write"], sites: [program.id] });
        const customer = unique("u");
        expect((await track(server(), "lead", { customer_key: customer }, key)).status).toBe(200);
        expect(await onlyEvent(server(), program, "lead")).toMatchObject({ customer_key: customer });
      });

      test("no program, and is refused, where nothing tells it", async () => {
        await expectTrackError(await track(server(), "lead", { customer_key: unique("u") }), 400, noneTells);
        await expectTrackError(await track(server(), "lead", { click_id: "cust_999999_1" }), 400, noneTells);
        const unknown = await track(server(), "lead", { customer_key: unique("u"), program_id: 999_999 });
        await expectTrackError(unknown, 400, "No program was found (program_id: There is no such program)");
      });
    });

    test("posted with a key wants one that may post to its program", async () => {
      const [own, other] = [await createProgram(server()), await createProgram(server())];
      const key = await createKey(server(), { permissions: ["events:write"], sites: [own.id] });
      const click = await trackClick(server(), other);
      const post = (fields: Fields) => track(server(), "lead", { customer_key: unique("u"), ...fields }, key);
      await expectTrackError(await post({ click_id: click }), 403, "The API key is for other programs");
      await expectTrackError(await post({ program_id: other.programId }), 403, "The API key is for other programs");
      // What another program knows of a customer is not looked at.
      const customer = unique("u");
      await trackLead(server(), { customer_key: customer, program_id: other.programId });
      expect((await post({ customer_key: customer })).status).toBe(200);
      expect(await onlyEvent(server(), own, "lead")).toMatchObject({ customer_key: customer });
    });

    test.each<readonly [Fields, string]>([
      [{ customer_key: null }, "click_id: Required, or else customer_key"],
      [{ customer_key: "", click_id: "" }, "click_id: Required, or else customer_key"],
      [{ customer_key: 5 }, "customer_key: Must be a string of at most 200 characters"],
      [{ click_id: "c".repeat(201) }, "click_id: Must be a string of at most 200 characters"],
      [{ email: "nobody" }, "email: Must be an e-mail address"],
      [{ email: `a@${"b".repeat(319)}` }, "email: Must be a string of at most 320 characters"],
      [{ click_ids: "c" }, "click_ids: Must be an array"],
      [{ click_ids: [1] }, "click_ids.0: Must be a string of at most 200 characters"],
      [{ click_ids: Array.from({ length: 101 }, () => "c") }, "click_ids: Must have at most 100 items"],
      [{ page_url: "signup" }, "page_url: Must be an http or https URL"],
    ])("%j is refused, and the field named", async (fields, error) => {
      const response = await track(server(), "lead", { customer_key: "u", ...fields });
      await expectTrackError(response, 400, `Invalid lead (${error})`);
    });

    test("is hashed of its e-mail address, the same for the same address", async () => {
      const hashes: unknown[] = [];
      for (const email of ["some.body@example.com", " Some.Body@Example.com ", "else@example.com"]) {
        const program = await createProgram(server());
        await trackLead(server(), { customer_key: unique("u"), program_id: program.programId, email });
        hashes.push((await propertiesIn(program))?.email_hash);
      }
      const [first, same, other] = hashes;
      expect(first).toMatch(/^[0-9a-f]{64}$/);
      expect(same).toBe(first);
      expect(other).not.toBe(first);
      // Not what anyone could work out who knows the address.
      expect(first).not.toBe(new Bun.CryptoHasher("sha256").update("some.body@example.com").digest("hex"));
    });
  });
});

const EMAIL = "nobody.must.see@example.com";

describe("an e-mail address", () => {
  test("is nowhere: not in the database, its log, the log of the server", async () => {
    await using folder = await createFolder();
    const database = join(folder.path, "footfall.db");
    await using server = await spawnServer({
      command: [BINARY, "serve"],
      database,
      cwd: folder.path,
      env: { FOOTFALL_LOG_LEVEL: "trace" },
    });
    const program = await createProgram(server);
    for (let n = 0; n < 20; n++) {
      await trackLead(server, { customer_key: unique("u"), program_id: program.programId, email: EMAIL });
    }
    const invalid = await track(server, "lead", { customer_key: "u", email: `${EMAIL}@` });
    expect(await invalid.text()).not.toContain(EMAIL);
    const files = () => readdirSync(folder.path).map((name) => readFileSync(join(folder.path, name)));
    expect(files().some((bytes) => bytes.includes("email_hash"))).toBe(true);
    expect(files().filter((bytes) => bytes.includes("nobody.must.see"))).toEqual([]);
    await server.stop();
    expect(files().filter((bytes) => bytes.includes("nobody.must.see"))).toEqual([]);
    expect(server.stderr()).toContain("/api/v1/track/lead");
    expect(server.stderr()).not.toContain("nobody.must.see");
  });

  test("has the same hash after a restart, and another one in another database", async () => {
    await using folder = await createFolder();
    const hashIn = async (name: string): Promise<unknown> => {
      const database = join(folder.path, name);
      const server = await startApp({ database });
      const program = await createProgram(server);
      await trackLead(server, { customer_key: "u", program_id: program.programId, email: EMAIL });
      await server.stop();
      using db = new Database(database);
      const row = db
        .query("SELECT data ->> '$.properties.email_hash' AS hash FROM events ORDER BY id DESC LIMIT 1")
        .get();
      return (row as { hash: string }).hash;
    };
    const first = await hashIn("a.db");
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashIn("a.db")).toBe(first);
    expect(await hashIn("b.db")).not.toBe(first);
  });

  test("has the same hash on two servers with one database", async () => {
    await using database = await startSqld();
    const config = { database: { kind: "remote", url: database.url } as const };
    await using first = await startApp({ config });
    await using second = await startApp({ config });
    const program = await createProgram(first);
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        trackLead(n % 2 === 0 ? first : second, { customer_key: `u${n}`, program_id: program.programId, email: EMAIL }),
      ),
    );
    const listed = await first.request(`/api/v1/events?trackingCode=${program.trackingCode}`);
    const { events } = (await listed.json()) as { events: { properties: { email_hash: string } }[] };
    expect(events).toHaveLength(10);
    expect(new Set(events.map(({ properties }) => properties.email_hash)).size).toBe(1);
  }, 60_000);
});
