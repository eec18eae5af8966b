import { afterAll, beforeAll, expect, test } from "bun:test";
import { createPlace, onlyLineOf, type Place, SLOW_MS } from "./footfall.ts";

let place: Place;
beforeAll(() => {
  place = createPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

const TRACKING_CODE = /^pm-[a-z0-9]{6}-\d{13}$/;
const STANDARD = {
  publicRead: false,
  allowedOrigins: null,
  honorGpc: true,
  honorDnt: false,
  retentionDays: null,
  attributionWindowDays: 60,
  eventsPerMinute: null,
};
const SITE_KEY = /^ak_[0-9A-Za-z]{24}$/;

test(
  "a site gets all its names, which the list shows",
  async () => {
    const site = await place.json<Record<string, unknown>>([
      "site",
      "add",
      "--name",
      "Shop",
      "--domain",
      "https://Shop.example/x",
    ]);
    expect(site).toEqual({
      id: expect.stringMatching(/^web-\d+$/),
      name: "Shop",
      domain: "shop.example",
      description: null,
      trackingCode: expect.stringMatching(TRACKING_CODE),
      siteKey: expect.stringMatching(SITE_KEY),
      scope: "shop-example",
      programId: Number(String(site.id).replace("web-", "")),
      siteId: `site_${site.programId}`,
      ...STANDARD,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(await place.json<unknown[]>(["site", "list"])).toContainEqual(site);
  },
  SLOW_MS,
);

test(
  "for people, its names are printed one below the other",
  async () => {
    const { stdout, stderr, exitCode } = await place.run(["site", "add", "--name", "People"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(
      /^id +web-(\d+)\ntracking code +pm-[a-z0-9]{6}-\d{13}\nsite key +ak_\w{24}\nscope +people\nprogram id +\1\n$/,
    );
  },
  SLOW_MS,
);

test(
  "scope and public reading can be chosen",
  async () => {
    const args = ["site", "add", "--name", "Chosen", "--scope", "my-scope", "--public-read"];
    expect(await place.json<object>(args)).toMatchObject({ scope: "my-scope", publicRead: true, domain: null });
  },
  SLOW_MS,
);

test(
  "every setting can be chosen, changed and put back, and what is not said stays",
  async () => {
    const flags = [
      "--public-read",
      "--allowed-origins",
      "https://a.example, HTTPS://B.example:443",
      "--no-honor-gpc",
      "--honor-dnt",
      "--retention-days",
      "30",
      "--attribution-window-days",
      "7",
      "--events-per-minute",
      "100",
    ];
    const site = await place.json<{ id: string }>([
      "site",
      "add",
      "--name",
      "Settings",
      "--description",
      "d",
      ...flags,
    ]);
    expect(site).toMatchObject({
      description: "d",
      publicRead: true,
      allowedOrigins: ["https://a.example", "https://b.example"],
      honorGpc: false,
      honorDnt: true,
      retentionDays: 30,
      attributionWindowDays: 7,
      eventsPerMinute: 100,
    } as object);
    const renamed = await place.json<object>([
      "site",
      "set",
      site.id,
      "--name",
      "Renamed",
      "--domain",
      "renamed.example",
    ]);
    expect(renamed).toEqual({ ...site, name: "Renamed", domain: "renamed.example" });
    const back = [
      "--no-public-read",
      "--allowed-origins",
      "off",
      "--honor-gpc",
      "--no-honor-dnt",
      "--retention-days",
      "off",
      "--attribution-window-days",
      "60",
      "--events-per-minute",
      "off",
    ];
    expect(await place.json<object>(["site", "set", site.id, ...back])).toEqual({ ...renamed, ...STANDARD });
    const { stdout } = await place.run(["site", "set", site.id, "--description", "for people"]);
    expect(stdout).toMatch(/^id +web-\d+\nname +Renamed\ndomain +renamed\.example\ndescription +for people\n/);
    expect(stdout).toMatch(/\nallowed origins +every one\n[\s\S]*\nevents per minute +any number\n$/);
  },
  SLOW_MS,
);

test.each([
  [["--retention-days", "0"], "--retention-days: Must be a whole number from 1 to 36500"],
  [["--events-per-minute", "10000001"], "--events-per-minute: Must be a whole number from 1 to 10000000"],
  [["--allowed-origins", "a.example"], "--allowed-origins: Must be origins such as"],
  [["--scope", "web-1"], "--scope: Must be"],
])(
  "site set %j is wrong usage that names the flag",
  async (flags, problem) => {
    const { id } = await place.json<{ id: string }>(["site", "add", "--name", "Set"]);
    const ended = await place.run(["site", "set", id, ...flags]);
    expect(ended).toMatchObject({ exitCode: 2, stdout: "" });
    expect(onlyLineOf(ended)).toContain(problem);
  },
  SLOW_MS,
);

test(
  "a site is removed and restored by any of its names; the list shows what can be restored",
  async () => {
    const site = await place.json<Record<string, unknown>>([
      "site",
      "add",
      "--name",
      "Gone",
      "--domain",
      "gone.example",
    ]);
    const removed = await place.run(["site", "remove", String(site.trackingCode)]);
    expect(removed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(removed.stdout).toMatch(
      new RegExp(
        `^Site ${site.id} "Gone" is removed\\. Until \\S+T03:00:00\\.000Z: footfall site restore ${site.id}\n$`,
      ),
    );
    expect(await place.json<unknown[]>(["site", "list"])).not.toContainEqual(site);
    const [listed] = await place.json<Record<string, unknown>[]>(["site", "list", "--deleted"]);
    expect(listed).toEqual({
      ...site,
      deletedAt: expect.any(String),
      purgeAt: expect.stringMatching(/T03:00:00\.000Z$/),
    });
    const { stdout } = await place.run(["site", "list", "--deleted", "--table"]);
    expect(stdout).toMatch(/^ID +NAME +DOMAIN +REMOVED +RESTORABLE UNTIL\nweb-\d+ +Gone +gone\.example +\S+Z +\S+Z\n/);
    expect(onlyLineOf(await place.run(["site", "set", String(site.id), "--name", "x"]))).toContain("there is no site");
    expect(await place.json<object>(["site", "restore", String(site.scope)])).toEqual(site);
    expect(await place.json<unknown[]>(["site", "list"])).toContainEqual(site);
  },
  SLOW_MS,
);

test(
  "how long a removed site can be restored follows the settings",
  async () => {
    const { id } = await place.json<{ id: string }>(["site", "add", "--name", "Soon"]);
    const flags = ["--purge-cron", "* * * * *", "--undo-window", "1h"];
    const { deletedAt, purgeAt } = await place.json<Record<string, string>>(["site", "remove", id, ...flags]);
    const windowMs = Date.parse(purgeAt ?? "") - Date.parse(deletedAt ?? "");
    expect(windowMs).toBeGreaterThanOrEqual(3_600_000);
    expect(windowMs).toBeLessThanOrEqual(3_660_000);
  },
  SLOW_MS,
);

test(
  "what cannot be removed or restored fails with 1, and says why",
  async () => {
    await place.json(["site", "add", "--name", "Default", "--scope", "default"]);
    const kept = await place.run(["site", "remove", "default"]);
    expect(kept).toMatchObject({ exitCode: 1, stdout: "" });
    expect(onlyLineOf(kept)).toContain('The website with the scope "default" always exists');
    const missing = await place.run(["site", "restore", "default"]);
    expect(missing.exitCode).toBe(1);
    expect(onlyLineOf(missing)).toContain('there is no removed site "default"; "footfall site list --deleted"');
    const { id } = await place.json<{ id: string }>(["site", "add", "--name", "A", "--domain", "again.example"]);
    await place.json(["site", "remove", id]);
    await place.json(["site", "add", "--name", "B", "--domain", "again.example"]);
    const taken = await place.run(["site", "restore", id]);
    expect(taken.exitCode).toBe(1);
    expect(onlyLineOf(taken)).toContain('Another website has the domain "again.example"');
  },
  SLOW_MS,
);

test(
  "the list for people has a row for each site, on which a name cannot speak to the terminal",
  async () => {
    await place.json(["site", "add", "--name", "\u001b[31mRed", "--domain", "red.example"]);
    const { stdout } = await place.run(["site", "list", "--table"]);
    expect(stdout).toMatch(/^ID +NAME +DOMAIN +TRACKING CODE +SITE KEY +SCOPE\n/);
    expect(stdout).toMatch(/^web-\d+ +\ufffd\[31mRed +red\.example +pm-\S+ +ak_\w+ +red-example$/m);
  },
  SLOW_MS,
);

test(
  "a domain that another site has is refused, with 1",
  async () => {
    const args = ["site", "add", "--name", "Twice", "--domain", "twice.example"];
    await place.json(args);
    const ended = await place.run(args);
    expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
    expect(onlyLineOf(ended)).toBe('footfall: A website with the domain "twice.example" exists already');
  },
  SLOW_MS,
);

test.each([
  [["--domain", "not a domain"], "--domain: Must be a host name"],
  [["--scope", "Not A Scope"], "--scope: Must be a lower-case letter"],
  [["--scope", "web-1"], "--scope: Must be"],
])(
  "%j is wrong usage that names the flag",
  async (flags, problem) => {
    const ended = await place.run(["site", "add", "--name", "Wrong", ...flags]);
    expect(ended.exitCode).toBe(2);
    expect(onlyLineOf(ended)).toContain(problem);
  },
  SLOW_MS,
);

test(
  "the database can be named by a flag",
  async () => {
    const url = `file:${place.path}/other.db`;
    await place.json(["site", "add", "--name", "Elsewhere", "--database-url", url]);
    expect(await place.json<unknown[]>(["site", "list", "--database-url", url])).toHaveLength(1);
  },
  SLOW_MS,
);

test(
  "a database in memory is refused: no other process can reach it",
  async () => {
    const ended = await place.run(["site", "list"], { env: { FOOTFALL_DATABASE_URL: ":memory:" } });
    expect(ended.exitCode).toBe(2);
    expect(onlyLineOf(ended)).toContain("FOOTFALL_DATABASE_URL");
  },
  SLOW_MS,
);
