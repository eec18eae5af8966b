import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { formatBar } from "../../src/cli/style.ts";
import { runOnTerminal } from "../support/terminal.ts";
import { createPlace, type Place, SLOW_MS } from "./footfall.ts";

let place: Place;
beforeAll(async () => {
  place = createPlace();
  await place.json(["site", "add", "--name", "Shop", "--domain", "shop.example"]);
}, SLOW_MS);
afterAll(() => place[Symbol.asyncDispose]());

/** What a command shows on a terminal that knows colours. */
async function onTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await runOnTerminal(place, args, { env: { TERM: "xterm-256color", ...env } })).shown;
}

const ESCAPE = "\u001b[";

describe("a list", () => {
  test(
    "is a table with a bold head on a terminal",
    async () => {
      const shown = (await onTerminal(["site", "list"])).replaceAll(ESCAPE, "<esc>");
      expect(shown).toMatch(/^<esc>1mID +NAME +DOMAIN.*<esc>22m\r\nweb-\d+ +Shop +shop\.example/);
    },
    SLOW_MS,
  );

  test(
    "is JSON in a pipe",
    async () => {
      const { stdout } = await place.run(["site", "list"]);
      expect(JSON.parse(stdout)).toMatchObject([{ name: "Shop", domain: "shop.example" }]);
    },
    SLOW_MS,
  );

  test(
    "is what a flag says: --table in a pipe, --json on a terminal",
    async () => {
      const { stdout } = await place.run(["site", "list", "--table"]);
      expect(stdout).toMatch(/^ID +NAME .*\nweb-\d+ +Shop +shop\.example/);
      expect(JSON.parse(await onTerminal(["site", "list", "--json"]))).toMatchObject([{ name: "Shop" }]);
    },
    SLOW_MS,
  );

  test(
    "cannot be both",
    async () => {
      const { exitCode, stderr } = await place.run(["key", "list", "--table", "--json"]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("cannot be used with option");
    },
    SLOW_MS,
  );
});

describe("colours", () => {
  test(
    "are shown on a terminal: what failed is red",
    async () => {
      expect(await onTerminal(["site", "set", "1"])).toStartWith("\u001b[31mfootfall:\u001b[39m site set needs");
    },
    SLOW_MS,
  );

  test(
    "are off with NO_COLOR, in lists, errors and help",
    async () => {
      for (const args of [
        ["site", "list"],
        ["site", "set", "1"],
        ["import", "--help"],
      ]) {
        const shown = await onTerminal(args, { NO_COLOR: "1" });
        expect(shown).not.toBe("");
        expect(shown).not.toContain(ESCAPE);
      }
    },
    SLOW_MS,
  );

  test(
    "are off in a pipe",
    async () => {
      for (const args of [
        ["site", "list", "--table"],
        ["site", "set", "1"],
        ["import", "--help"],
      ]) {
        const { stdout, stderr } = await place.run(args);
        expect(stdout + stderr).not.toBe("");
        expect(stdout + stderr).not.toContain(ESCAPE);
      }
    },
    SLOW_MS,
  );
});

describe("a progress bar", () => {
  test.each([
    [0, "[    ]"],
    [0.5, "[██  ]"],
    [0.54, "[██▏ ]"],
    [0.999, "[███▉]"],
    [1, "[████]"],
    [7, "[████]"],
    [-1, "[    ]"],
  ])("of %d has always the same width", (share, bar) => {
    expect(formatBar(share, 4)).toBe(bar);
  });
});
