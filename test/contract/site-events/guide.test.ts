import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, ERROR_CODES } from "../../../src/domain/errors.ts";
import { encodeError } from "../../../src/http/dialects/site-events/errors.ts";
import { onEveryTarget } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";
import { createSite } from "./fixture.ts";

const GUIDE = await readFile(join(import.meta.dir, "..", "..", "..", "docs", "site-events-api.md"), "utf8");
const HOST = "http://127.0.0.1:3000";

/** The commands, each with the answer that is shown below it. */
const EXAMPLES = [...GUIDE.matchAll(/```sh\n(curl .*?)```\n(?:\n```json\n(.*?)```)?/gs)].map(
  ([, command = "", answer]) => ({ command, answer: answer === undefined ? undefined : JSON.parse(answer) }),
);

/** Fields that are made anew in each run: only their kind is compared. */
const MADE = ["id", "key", "created_at", "domain", "start", "end", "events_this_month"];

function alike(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(alike);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, MADE.includes(name) ? "made" : alike(field)]),
  );
}

describe("docs/site-events-api.md", () => {
  onEveryTarget((server) => {
    test("its commands work one after the other, and answer what it shows", async () => {
      const site = await createSite(server(), { domain: `shop-${server().url.split(":").at(-1)}.example` });
      const env = { FOOTFALL_KEY: server().adminKey, SITE_ID: site.siteId, SITE_KEY: site.siteKey };
      const statuses: number[] = [];
      for (const { command, answer } of EXAMPLES) {
        const here = command.replaceAll(HOST, server().url).replaceAll('"example.com"', `"${site.domain}"`);
        const { status, body } = await runCurl(here, { env });
        statuses.push(status);
        const said = JSON.parse(body) as { sites?: unknown[] };
        // The server's other sites are not in the guide.
        if (said.sites) said.sites.splice(1);
        if (answer !== undefined) expect(alike(said)).toEqual(alike(answer));
      }
      expect(statuses).toEqual([200, 201, 201, 201, 200, 200, 200]);
    });
  });

  test("its table of errors tells the truth", () => {
    const table = GUIDE.slice(GUIDE.indexOf("## Errors\n"));
    const told = [...table.matchAll(/^\| (\d{3}) +\| (.*?) +\|/gm)].flatMap(([, status, codes = ""]) =>
      codes.split(", ").map((code) => `${status} ${code.replaceAll("`", "")}`),
    );
    const ofFields = ["limit", "start", "type", "cursor", "siteId", "body"].map(
      (field) => new AppError("invalid_input", "", { fieldErrors: { [field]: [""] } }),
    );
    const all = [...ERROR_CODES.map((code) => new AppError(code, "")), ...ofFields].map((error) => {
      const { status, body } = encodeError(error);
      return `${status} ${body.code}`;
    });
    // Nothing that this API does could clash, be too much to delete, not be there, or be a query of the caller's own.
    const others = ["409 CONFLICT", "429 TOO_MANY_PENDING_DELETIONS", "501 NOT_AVAILABLE", "400 QUERY_TOO_EXPENSIVE"];
    expect(told.toSorted()).toEqual([...new Set(all)].filter((code) => !others.includes(code)).toSorted());
  });
});
