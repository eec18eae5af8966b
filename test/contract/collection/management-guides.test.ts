import { describe, expect, test } from "bun:test";
import { examplesOf, expectLike, GUIDE_HOST, readGuide } from "../../support/guide.ts";
import { onEveryTarget } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";

describe.each([
  ["websites.md", [201, 200, 200, 200, 200]],
  ["keys-and-limits.md", [201, 200, 200]],
])("docs/%s", (name, expected) => {
  onEveryTarget((server) => {
    test("its commands work one after the other, and answer what it shows", async () => {
      const env: Record<string, string> = { FOOTFALL_KEY: server().adminKey };
      const statuses: number[] = [];
      for (const { command, answer } of examplesOf(await readGuide(name))) {
        const { status, body } = await runCurl(command.replaceAll(GUIDE_HOST, server().url), { env });
        statuses.push(status);
        expectLike(JSON.parse(body), answer);
        env.KEY_ID ??= JSON.parse(body).id;
      }
      expect(statuses).toEqual(expected);
    });
  });
});
