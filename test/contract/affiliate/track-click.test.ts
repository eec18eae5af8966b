import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createTestClock } from "../../support/clock.ts";
import { onEveryTarget, startApp } from "../../support/server.ts";
import { startSqld } from "../../support/sqld.ts";
import { createFileDatabase, createFolder, markDeleted } from "../../support/store.ts";
import {
  createKey,
  createProgram,
  expectStatus,
  expectTrackError,
  type Fields,
  listEvents,
  onlyEvent,
  track,
  trackClick,
} from "./fixture.ts";

const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36";

const noUrl = "Must be an http or https URL";
const noCode = "Must have the parameter aff, the partner's code";
const noProgram = "Must lead to the domain of a program, unless program_id names one";
const tooLong = (max: number) => `Must be a string of at most ${max} characters`;

describe("a click", () => {
  onEveryTarget((server) => {
    test("is answered with its id, the partner's code, and for how long both count", async () => {
      const program = await createProgram(server());
      const before = Date.now();
      const response = await track(server(), "click", {
        affiliate_url: `https://${program.domain}/x?a=b&aff=PARTNER%20123#f`,
      });
      const answer = (await expectStatus(response, 200)) as { click_id: string };
      expect(answer as unknown).toEqual({
        success: true,
        click_id: expect.stringMatching(new RegExp(`^cust_${program.programId}_\\d{13}$`)),
        partner_code: "PARTNER 123",
        cookie_window_days: 60,
      });
      expect(Number(answer.click_id.split("_")[2])).toBeWithin(before, Date.now() + 1_000);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
    });

    test("keeps what it says, and what its browser tells of itself", async () => {
      const program = await createProgram(server());
      const url = `https://${program.domain}/pricing?aff=P`;
      await expectStatus(
        await server().request("/api/tracking/click", {
          key: null,
          headers: { "user-agent": MAC, "content-type": "text/plain" },
          body: JSON.stringify({
            affiliate_url: url,
            page_url: `https://${program.domain}/prices`,
            referrer_url: "android-app://com.x/",
            session_id: "sess_1",
            page_title: `${"t".repeat(499)}😀`,
            screen_resolution: "1920x1080",
            viewport_size: "1440x900",
            language: "en-US",
            timezone: "Europe/Berlin",
            additional_data: { campaign: "summer", price: 1.1 },
            unknown: true,
          }),
        }),
        200,
      );
      expect(await onlyEvent(server(), program, "click")).toMatchObject({
        session_id: "sess_1",
        page_url: `https://${program.domain}/prices`,
        referrer_url: "android-app://com.x/",
        device_type: "desktop",
        device_os: "macOS",
        browser_name: "Chrome",
      });
      const elsewhere = await server().request(`/api/v1/events?trackingCode=${program.trackingCode}`);
      const { events } = (await elsewhere.json()) as { events: Fields[] };
      expect(events).toHaveLength(1);
      expect(events[0]?.properties).toEqual({
        partner_code: "P",
        affiliate_url: url,
        page_title: "t".repeat(499),
        screen_resolution: "1920x1080",
        viewport_size: "1440x900",
        language: "en-US",
        timezone: "Europe/Berlin",
        additional_data: { campaign: "summer", price: 1.1 },
      });
      expect(events[0]).toMatchObject({
        eventType: "click",
        url: `https://${program.domain}/prices`,
        browser: "Chrome",
      });
    });

    test("describes its visitor by what the body says, before anything that the request tells", async () => {
      const program = await createProgram(server());
      await trackClick(server(), program, { user_agent: MAC });
      expect(await onlyEvent(server(), program, "click")).toMatchObject({ device_type: "desktop", device_os: "macOS" });
      const other = await createProgram(server());
      const said = {
        device_type: "tv",
        device_os: null,
        browser_name: "B",
        geo_country: "DE",
        geo_region: "BE",
        geo_city: "Berlin",
      };
      await trackClick(server(), other, { user_agent: MAC, ...said });
      expect(await onlyEvent(server(), other, "click")).toMatchObject(said);
    });

    test("that a server posts with its key tells nothing of the visitor by its own User-Agent", async () => {
      const program = await createProgram(server());
      const click = { affiliate_url: `https://${program.domain}/?aff=P` };
      await expectStatus(
        await server().request("/api/v1/track/click", { json: click, headers: { "user-agent": MAC } }),
        200,
      );
      expect(await onlyEvent(server(), program, "click")).toMatchObject({ device_type: null, browser_name: null });
    });

    test("belongs to the program on whose domain its link lies, or a subdomain of it", async () => {
      const program = await createProgram(server());
      const sub = await server().request("/api/v1/websites", {
        json: { name: "Sub", domain: `sub.${program.domain}` },
      });
      const { programId } = (await sub.json()) as { programId: number };
      const hosts: readonly (readonly [string, number])[] = [
        [program.domain, program.programId],
        [program.domain.toUpperCase(), program.programId],
        [`${program.domain}.:8443`, program.programId],
        [`a.b.c.d.${program.domain}`, program.programId],
        [`sub.${program.domain}`, programId],
        [`www.sub.${program.domain}`, programId],
      ];
      for (const [host, expected] of hosts) {
        const click = await trackClick(server(), program, { affiliate_url: `https://${host}/?aff=P` });
        expect(click).toStartWith(`cust_${expected}_`);
      }
      for (const host of [
        `x${program.domain}`,
        `${program.domain}.evil.example`,
        "localhost",
        "127.0.0.1",
        "[::1]",
        `${"a.".repeat(120)}example`,
      ]) {
        const response = await track(server(), "click", { affiliate_url: `https://${host}/?aff=P` });
        await expectTrackError(response, 400, `No program was found (affiliate_url: ${noProgram})`);
      }
    });

    test("belongs to the program that it names where its link leads to none", async () => {
      const program = await createProgram(server());
      const affiliate_url = "http://localhost:5173/?aff=P";
      for (const named of [
        { program_id: program.programId },
        { program_id: `${program.programId}` },
        { additional_data: { program_id: program.programId } },
      ]) {
        expect(await trackClick(server(), program, { affiliate_url, ...named })).toStartWith(
          `cust_${program.programId}_`,
        );
      }
      const unknown = await track(server(), "click", { affiliate_url, program_id: 999_999 });
      await expectTrackError(unknown, 400, "No program was found (program_id: There is no such program)");
    });

    test("keeps the id of an earlier click, whatever it looks like; a new one never has it", async () => {
      const program = await createProgram(server());
      const first = await trackClick(server(), program);
      expect(await trackClick(server(), program, { existing_click_id: first })).toBe(first);
      expect(await trackClick(server(), program, { existing_click_id: "from elsewhere" })).toBe("from elsewhere");
      // As a script that guesses what comes next.
      const guessed = Array.from({ length: 20 }, (_, n) => `cust_${program.programId}_${Date.now() + n}`);
      for (const existing_click_id of guessed) await trackClick(server(), program, { existing_click_id });
      const fresh = await Promise.all(Array.from({ length: 20 }, () => trackClick(server(), program)));
      expect(new Set([first, ...guessed, ...fresh]).size).toBe(41);
      expect((await listEvents(server(), program)).meta.pagination.total).toBe(43);
    });

    test("takes null and empty texts for nothing", async () => {
      const program = await createProgram(server());
      const nothing = Object.fromEntries(
        [
          "page_url",
          "referrer_url",
          "session_id",
          "user_agent",
          "existing_click_id",
          "geo_city",
          "program_id",
          "page_title",
        ].flatMap((name, n) => [[name, n % 2 === 0 ? "" : null]]),
      );
      const id = await trackClick(server(), program, { ...nothing, additional_data: null });
      expect(await onlyEvent(server(), program, "click")).toMatchObject({
        click_id: id,
        page_url: `https://${program.domain}/?aff=PARTNER`,
        referrer_url: null,
        // Made from the request, as where nothing is said.
        session_id: expect.stringMatching(/^[A-Za-z0-9_-]{16}$/),
      });
    });

    test.each<readonly [Fields, string]>([
      [{ affiliate_url: null }, "affiliate_url: Required"],
      [{ affiliate_url: "" }, "affiliate_url: Required"],
      [{ affiliate_url: "not a URL" }, `affiliate_url: ${noUrl}`],
      [{ affiliate_url: "ftp://x.example/?aff=P" }, `affiliate_url: ${noUrl}`],
      [{ affiliate_url: "https://x.example/" }, `affiliate_url: ${noCode}`],
      [{ affiliate_url: "https://x.example/?aff=" }, `affiliate_url: ${noCode}`],
      [{ affiliate_url: "https://x.example/#aff=P" }, `affiliate_url: ${noCode}`],
      [
        { affiliate_url: "https://x.example/?aff=a%00b" },
        "affiliate_url: The parameter aff must be at most 200 characters, without NUL",
      ],
      [
        { affiliate_url: `https://x.example/?aff=${"a".repeat(201)}` },
        "affiliate_url: The parameter aff must be at most 200 characters, without NUL",
      ],
      [{ affiliate_url: `https://x.example/?aff=P&x=${"x".repeat(2_048)}` }, `affiliate_url: ${tooLong(2_048)}`],
      [{ affiliate_url: 5 }, `affiliate_url: ${tooLong(2_048)}`],
      [{ page_url: "/relative" }, `page_url: ${noUrl}`],
      [{ session_id: "s".repeat(201) }, `session_id: ${tooLong(200)}`],
      [{ existing_click_id: "c".repeat(201) }, `existing_click_id: ${tooLong(200)}`],
      [{ language: "l".repeat(101) }, `language: ${tooLong(100)}`],
      [{ program_id: "two" }, "program_id: Must be the number of a program"],
      [{ program_id: 1.5 }, "program_id: Must be the number of a program"],
      [{ additional_data: { program_id: [1] } }, "additional_data.program_id: Must be the number of a program"],
      [{ additional_data: [] }, "additional_data: Must be an object"],
      [{ additional_data: "x" }, "additional_data: Must be an object"],
      [{ additional_data: { x: "x".repeat(16 * 1024) } }, "additional_data: Must be at most 16 KiB as JSON"],
      [
        { additional_data: JSON.parse(`${'{"a":'.repeat(16)}1${"}".repeat(16)}`) },
        "additional_data: Must be at most 15 levels deep",
      ],
    ])("%j is refused, and the field named", async (fields, error) => {
      const body = { affiliate_url: "https://x.example/?aff=P", ...fields };
      await expectTrackError(await track(server(), "click", body), 400, `Invalid click (${error})`);
    });

    test("is refused as a whole where it is no JSON object, or too large", async () => {
      const send = (body: string) => server().request("/api/v1/track/click", { body, key: null });
      await expectTrackError(await send("{"), 400, "The request body is not valid JSON");
      await expectTrackError(
        await send('"a\\ud800"'),
        400,
        "Strings must not contain NUL characters or unpaired surrogates",
      );
      await expectTrackError(await send("[]"), 400, "Invalid click (body: Must be an object)");
      const large = JSON.stringify({ affiliate_url: "x".repeat(130 * 1024) });
      await expectTrackError(await send(large), 413, "The request body must be at most 131072 bytes");
    });

    test("posted with a key wants one that may post to its program", async () => {
      const [own, other] = [await createProgram(server()), await createProgram(server())];
      const key = await createKey(server(), { permissions: ["events:write"], sites: [own.id] });
      const reader = await createKey(server(), { permissions: ["events:read"] });
      const post = (program: typeof own, secret: string) =>
        track(server(), "click", { affiliate_url: `https://${program.domain}/?aff=P` }, secret);
      expect((await post(own, key)).status).toBe(200);
      await expectTrackError(await post(other, key), 403, "The API key is for other programs");
      await expectTrackError(await post(own, reader), 403, "The API key lacks the permission events:write");
      await expectTrackError(await post(own, "nobody"), 401, "The API key is unknown, expired or revoked");
    });
  });
});

describe("ids of clicks", () => {
  test("of a click that was deleted, or was a test, are kept, and the click is stored", async () => {
    await using database = await createFileDatabase();
    await using server = await startApp({ database: database.path });
    const program = await createProgram(server);
    const first = await trackClick(server, program);
    await markDeleted(database.sql, (await onlyEvent(server, program, "click")).id);
    expect(await trackClick(server, program, { existing_click_id: first })).toBe(first);
    const test_mode = { additional_data: { test_mode: true, program_id: program.programId } };
    await track(server, "click", { existing_click_id: "of a test", ...test_mode });
    await trackClick(server, program, { existing_click_id: "of a test" });
    const { data } = await listEvents(server, program);
    expect(data.map(({ click_id }) => click_id)).toEqual(["of a test", first]);
  });

  test("are the time of the click, bumped until they are free, also after a restart", async () => {
    const clock = createTestClock();
    const now = clock.now();
    await using folder = await createFolder();
    const start = () => startApp({ database: join(folder.path, "footfall.db"), overrides: { clock } });
    const first = await start();
    const program = await createProgram(first);
    const id = (ms: number) => `cust_${program.programId}_${ms}`;
    for (let n = 0; n < 3; n++) expect(await trackClick(first, program)).toBe(id(now + n));
    await first.stop();
    await using second = await start();
    const more = [await trackClick(second, program), await trackClick(second, program)];
    expect(new Set([id(now), id(now + 1), id(now + 2), ...more]).size).toBe(5);
  });

  test("are not the same on two servers with one database and one time", async () => {
    await using database = await startSqld();
    const config = { database: { kind: "remote", url: database.url } as const };
    const clock = createTestClock();
    await using first = await startApp({ config, overrides: { clock } });
    await using second = await startApp({ config, overrides: { clock } });
    const program = await createProgram(first);
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, n) => trackClick(n % 2 === 0 ? first : second, program)),
    );
    expect(new Set(ids).size).toBe(40);
    expect((await listEvents(second, program)).meta.pagination.total).toBe(40);
  }, 60_000);
});
