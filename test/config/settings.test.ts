import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { findUnknownSettings, flagOf, SETTING_NAMES, SETTINGS, variableOf } from "../../src/config/settings.ts";

test("a variable and its flag have the same name", () => {
  expect(variableOf("DATABASE_AUTH_TOKEN")).toBe("FOOTFALL_DATABASE_AUTH_TOKEN");
  expect(flagOf("DATABASE_AUTH_TOKEN")).toBe("--database-auth-token");
});

describe("unknown settings", () => {
  test.each([
    ["FOOTFALL_PROT", "FOOTFALL_PORT"],
    ["FOOTFALL_DATABASE", "FOOTFALL_DATABASE_URL"],
    ["FOOTFALL_DB_URL", "FOOTFALL_DATABASE_URL"],
    ["FOOTFALL_ADMINKEY", "FOOTFALL_ADMIN_KEY"],
    ["FOOTFALL_CORS_ORIGIN", "FOOTFALL_CORS_ORIGINS"],
    ["FOOTFALL_port", null],
    ["FOOTFALL_SOMETHING_ELSE_ENTIRELY", null],
  ])("the nearest name to %s is %p", (variable, nearest) => {
    expect(findUnknownSettings({ [variable]: "1" })).toEqual([{ variable, nearest }]);
  });

  test("a name that is too long to be a slip is near to none", () => {
    const variable = `FOOTFALL_${"X".repeat(10_000)}`;
    expect(findUnknownSettings({ [variable]: "1" })).toEqual([{ variable, nearest: null }]);
  });

  test("known variables and those of other programs are not among them", () => {
    const known = Object.fromEntries(SETTING_NAMES.map((name) => [variableOf(name), "1"]));
    expect(findUnknownSettings({ ...known, PATH: "/bin", MY_FOOTFALL_PORT: "1" })).toEqual([]);
  });
});

test("the guide lists every setting with its flag and default, and no other", async () => {
  const guide = await Bun.file(join(import.meta.dir, "../../docs/settings.md")).text();
  const rows = [...guide.matchAll(/^\| `(FOOTFALL_[A-Z_]+)` +\| `(--[a-z-]+)` +\| (–|`[^`]+`) +\|/gm)].map(
    ([, ...cells]) => cells,
  );
  expect(rows).toEqual(
    SETTING_NAMES.map((name) => {
      const { default: standard } = SETTINGS[name];
      return [variableOf(name), flagOf(name), standard === null ? "–" : `\`${standard}\``];
    }),
  );
});
