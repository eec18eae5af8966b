import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { findForbidden } from "../../scripts/licences/forbidden.ts";
import { formatNotices } from "../../scripts/licences/notices.ts";
import { findPackages } from "../../scripts/licences/packages.ts";
import { isAllowed } from "../../scripts/licences/policy.ts";

const ROOT = join(import.meta.dir, "../..");

describe("a licence", () => {
  test.each([
    ["MIT", true],
    ["Apache-2.0", true],
    ["(MIT OR GPL-3.0)", true],
    ["(MIT AND Zlib)", true],
    ["MIT OR (GPL-3.0 AND MIT)", true],
    ["GPL-3.0 OR (AGPL-3.0 OR ISC)", true],
    ["AGPL-3.0", false],
    ["GPL-2.0-or-later", false],
    ["LGPL-3.0", false],
    ["(MIT AND GPL-3.0)", false],
    ["MIT AND (GPL-3.0 OR AGPL-3.0)", false],
    ["SEE LICENSE IN LICENSE.md", false],
    ["UNLICENSED", false],
    ["MIT ISC", false],
    ["(MIT", false],
    ["", false],
  ])("%s is allowed: %p", (expression, allowed) => {
    expect(isAllowed(expression)).toBe(allowed);
  });
});

describe("the packages of this project", () => {
  test("include those that others need, and leave out what it is only built with", () => {
    const included = findPackages(ROOT, "included").map(({ name }) => name);
    expect(included).toContain("elysia");
    expect(included).toContain("@libsql/core");
    expect(included).not.toContain("@biomejs/biome");
    expect(findPackages(ROOT, "all").map(({ name }) => name)).toContain("@biomejs/biome");
  });

  test("are all under licences that are allowed", () => {
    expect(findForbidden(findPackages(ROOT, "all"))).toEqual([]);
  });

  test("are named one by one where they are not allowed, or do not say", () => {
    const packages = [
      { name: "a", version: "1.0.0", licence: "AGPL-3.0", folder: "" },
      { name: "b", version: "2.0.0", licence: null, folder: "" },
      { name: "c", version: "3.0.0", licence: "MIT", folder: "" },
    ];
    expect(findForbidden(packages)).toEqual([
      "a@1.0.0 is under AGPL-3.0, which is not allowed",
      "b@2.0.0 does not say its licence",
    ]);
    expect(findForbidden(packages, { a: "MIT", b: "ISC" })).toEqual([]);
  });

  test("have their notices in THIRD_PARTY_LICENSES, which is up to date", async () => {
    const notices = await Bun.file(join(ROOT, "THIRD_PARTY_LICENSES")).text();
    // Compared by a boolean: the difference of two long texts would fill the screen.
    expect(notices === formatNotices(findPackages(ROOT, "included"))).toBe(true);
    expect(notices).toContain("Permission is hereby granted, free of charge");
  });
});
