import { afterAll, beforeAll, expect, test } from "bun:test";
import { createPlace, onlyLineOf, type Place, SLOW_MS } from "./footfall.ts";

let place: Place;
beforeAll(() => {
  place = createPlace();
});
afterAll(() => place[Symbol.asyncDispose]());

const TRACKING_CODE = /^pm-[a-z0-9]{6}-\d{13}$/;
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
      trackingCode: expect.stringMatching(TRACKING_CODE),
      siteKey: expect.stringMatching(SITE_KEY),
      scope: "shop-example",
      programId: Number(String(site.id).replace("web-", "")),
      siteId: `site_${site.programId}`,
      publicRead: false,
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
  "the list for people has a row for each site, on which a name cannot speak to the terminal",
  async () => {
    await place.json(["site", "add", "--name", "\u001b[31mRed", "--domain", "red.example"]);
    const { stdout } = await place.run(["site", "list"]);
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
