import { describe, expect, test } from "bun:test";
import { onEveryTarget, startApp, type TestServer } from "../support/server.ts";
import { openSql } from "../support/store.ts";

interface Row {
  readonly visitor_id: string | null;
  readonly session_id: string | null;
  readonly country: string | null;
  readonly browser: string | null;
  readonly bot_name: string | null;
  readonly data: string | null;
}

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
const LONDON = "81.2.69.160";

async function createSite(server: TestServer, settings = ""): Promise<{ key: string; id: number }> {
  const response = await server.request("/api/v1/websites", {
    json: { name: "A", domain: `${crypto.randomUUID()}.example` },
  });
  const { siteKey, programId } = (await response.json()) as { siteKey: string; programId: number };
  if (settings !== "") {
    using sql = openSql(server.database);
    await sql.execute(`UPDATE sites SET ${settings} WHERE id = ${programId}`);
  }
  return { key: siteKey, id: programId };
}

/** Posts a conversion as a browser does, and reads what is stored of it. */
async function post(
  server: TestServer,
  site: { key: string; id: number },
  headers: Record<string, string>,
): Promise<Row> {
  const json = { t: "conversion", k: site.key, p: "/", name: "a" };
  const response = await server.request("/api/t", { json, key: null, headers: { "user-agent": CHROME, ...headers } });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: number };
  return readEvent(server, id);
}

async function readEvent(server: TestServer, id: number): Promise<Row> {
  using sql = openSql(server.database);
  const { rows } = await sql.execute({ sql: "SELECT * FROM events WHERE id = ?", args: [id] });
  return { ...rows[0] } as unknown as Row;
}

describe("a request", () => {
  onEveryTarget((server) => {
    test("tells the country of its address, behind a proxy", async () => {
      const site = await createSite(server());
      expect(await post(server(), site, { "x-forwarded-for": LONDON })).toMatchObject({ country: "GB" });
      expect(await post(server(), site, { "x-forwarded-for": "192.168.1.1" })).toMatchObject({ country: null });
      expect(await post(server(), site, {})).toMatchObject({ country: null });
    });

    test("tells the country that a trusted proxy says", async () => {
      const site = await createSite(server());
      const said = (country: string) => post(server(), site, { "x-forwarded-for": LONDON, "cf-ipcountry": country });
      expect(await said("FR")).toMatchObject({ country: "FR" });
      for (const nothing of ["XX", "T1", "fr", "FRA", "<b>"])
        expect(await said(nothing)).toMatchObject({ country: "GB" });
    });

    test("gives a visitor and a session to who has none, and no address away", async () => {
      const site = await createSite(server());
      const [first, second, other] = [
        await post(server(), site, { "x-forwarded-for": LONDON }),
        await post(server(), site, { "x-forwarded-for": LONDON }),
        await post(server(), site, { "x-forwarded-for": "81.2.69.161" }),
      ];
      expect(first.visitor_id).toMatch(/^[\w-]{22}$/);
      expect([second.visitor_id, second.session_id]).toEqual([first.visitor_id, first.session_id]);
      expect(other.visitor_id).not.toBe(first.visitor_id);
      expect(JSON.stringify(first)).not.toMatch(/81\.2|Mozilla/);
    });

    test("is believed about its browser by its client hints", async () => {
      const site = await createSite(server());
      const brands = '"Chromium";v="130", "Brave";v="130", "Not?A_Brand";v="99"';
      expect(await post(server(), site, { "sec-ch-ua": brands })).toMatchObject({ browser: "Brave" });
    });

    test("that does not want to be followed is not, where the site honours it", async () => {
      const unknown = { visitor_id: null, session_id: null };
      const usual = await createSite(server());
      expect(await post(server(), usual, { "sec-gpc": "1" })).toMatchObject(unknown);
      expect((await post(server(), usual, { dnt: "1" })).visitor_id).not.toBeNull();
      expect((await post(server(), usual, { "sec-gpc": "0" })).visitor_id).not.toBeNull();
      const other = await createSite(server(), "honor_gpc = 0, honor_dnt = 1");
      expect((await post(server(), other, { "sec-gpc": "1" })).visitor_id).not.toBeNull();
      expect(await post(server(), other, { dnt: "1" })).toMatchObject(unknown);
    });

    test("of a worker, which says its visitor's country, tells nothing of the visitor", async () => {
      const site = await createSite(server());
      const json = { t: "conversion", k: site.key, p: "/", name: "a", country: "FR" };
      const headers = { "user-agent": "worker", "x-forwarded-for": LONDON };
      const response = await server().request("/api/t", { json, key: null, headers });
      const { id } = (await response.json()) as { id: number };
      expect(await readEvent(server(), id)).toMatchObject({ country: "FR", visitor_id: null, session_id: null });
    });

    test("of a library tells where it comes from, and not that it is a bot", async () => {
      const site = await createSite(server());
      for (const userAgent of ["Bun/1.4.5", "curl/8.7.1", "python-requests/2.32", "node"]) {
        const row = await post(server(), site, { "user-agent": userAgent, "x-forwarded-for": LONDON });
        expect(row).toMatchObject({ country: "GB", bot_name: null, browser: null });
      }
      for (const userAgent of ["pythonbot/1", "Node-Crawler/2"]) {
        expect((await post(server(), site, { "user-agent": userAgent })).bot_name).not.toBeNull();
      }
    });

    test("with hostile headers is stored like any other", async () => {
      const site = await createSite(server());
      for (const text of ["(".repeat(12_000), "bot/ http://".repeat(1_000), "%00\u00ff".repeat(3_000)]) {
        expect(
          (await post(server(), site, { "user-agent": text, "sec-ch-ua": text.slice(0, 2_000) })).country,
        ).toBeNull();
      }
    });
  });

  test("of a peer that is no trusted proxy is not believed about its country", async () => {
    await using server = await startApp({ config: { trustedProxies: [] } });
    const site = await createSite(server);
    expect(await post(server, site, { "cf-ipcountry": "FR" })).toMatchObject({ country: null });
  });
});
