import { describe, expect, test } from "bun:test";
import { describeAdvisory, parseAdvisories } from "../../scripts/audit/advisories.ts";

const ANSWER = {
  "left-pad": [
    {
      id: 1_234,
      url: "https://github.com/advisories/GHSA-xxxx",
      title: "Pads on the right",
      severity: "high",
      vulnerable_versions: "<1.3.0",
      cwe: ["CWE-1"],
    },
  ],
  other: [{ id: 5 }, { id: 6 }],
};

describe("advisories", () => {
  test("are read by package", () => {
    const found = parseAdvisories(JSON.stringify(ANSWER)) ?? [];
    expect(found.map(({ id }) => id)).toEqual([1_234, 5, 6]);
    expect(found.map(describeAdvisory)[0]).toBe(
      "left-pad <1.3.0 (high): Pads on the right https://github.com/advisories/GHSA-xxxx",
    );
    expect(found[1]).toEqual({ id: 5, package: "other", severity: "unknown", title: "", url: "", versions: "*" });
  });

  test("are none where the registry knows of none", () => {
    expect(parseAdvisories("{}\n")).toEqual([]);
    expect(parseAdvisories("bun audit v1.4.5\n{}")).toEqual([]);
  });

  test.each(["", "No vulnerabilities", "error: 405", "[", "<html>"])("%j is no answer", (output) => {
    expect(parseAdvisories(output)).toBeNull();
  });
});
