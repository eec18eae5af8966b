import { describe, expect, test } from "bun:test";
import { AppError, ERROR_CODES } from "../../../src/domain/errors.ts";
import { encodeError } from "../../../src/http/dialects/collection/errors.ts";
import { examplesOf, expectLike, GUIDE_HOST, readGuide } from "../../support/guide.ts";
import { runToEnd } from "../../support/run-to-end.ts";
import { onEveryTarget } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";

const GUIDE = await readGuide("collection-api.md");
const EXAMPLES = examplesOf(GUIDE);
const SCRIPTS = [...GUIDE.matchAll(/```js\n(.*?)```/gs)].map(([, script = ""]) => script);

describe("docs/collection-api.md", () => {
  onEveryTarget((server) => {
    test("its commands work one after the other, and answer what it shows", async () => {
      const env: Record<string, string> = { FOOTFALL_KEY: server().adminKey };
      const statuses: number[] = [];
      const bodies: string[] = [];
      for (const { command, answer } of EXAMPLES) {
        const { status, body } = await runCurl(command.replaceAll(GUIDE_HOST, server().url), { env });
        statuses.push(status);
        bodies.push(body);
        if (answer !== undefined) expectLike(JSON.parse(body), answer);
        env.TRACKING_CODE ??= JSON.parse(body).trackingCode;
      }
      expect(statuses).toEqual([201, 201, 200, 207, 204, 200, 200, 201, 400]);
      // The retry: two answers, one event.
      const [first, second] = (bodies[2] ?? "").split(/\n201/).map((body) => JSON.parse(body));
      expect(second).toEqual({ ...first, timestamp: second.timestamp });

      for (const script of SCRIPTS) {
        const command = [process.execPath, "-e", script.replaceAll(GUIDE_HOST, server().url)];
        const { stdout, stderr } = await runToEnd(command, { env });
        expect(stderr).toBe("");
        expect(
          stdout
            .trim()
            .split("\n")
            .map((line) => line.split(" ")[1]),
        ).toEqual(["pageview", "click", "conversion", "pageview"]);
      }
    });
  });

  test("its table of errors tells the truth", () => {
    const table = GUIDE.slice(GUIDE.indexOf("## Errors\n"));
    const told = [...table.matchAll(/^\| (\d{3}) +\| (.*?) +\|/gm)].flatMap(([, status, codes = ""]) =>
      codes.split(", ").map((code) => `${status} ${code.replaceAll("`", "")}`),
    );
    const all = ERROR_CODES.map((code) => {
      const { status, body } = encodeError(new AppError(code, ""));
      return `${status} ${body.error}`;
    });
    // Nothing that this API does could not be there, or be a query of the caller's own.
    const others = ["501 NOT_AVAILABLE", "400 QUERY_TOO_EXPENSIVE"];
    expect(told.toSorted()).toEqual([...new Set(all)].filter((code) => !others.includes(code)).toSorted());
  });
});
