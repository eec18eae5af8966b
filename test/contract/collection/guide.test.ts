import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError, ERROR_CODES } from "../../../src/domain/errors.ts";
import { encodeError } from "../../../src/http/dialects/collection/errors.ts";
import { onEveryTarget } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";

const GUIDE = await readFile(join(import.meta.dir, "..", "..", "..", "docs", "collection-api.md"), "utf8");
const HOST = "http://127.0.0.1:3000";

/** The blocks of commands, each with the answer that is shown below it. */
const EXAMPLES = [...GUIDE.matchAll(/```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?/gs)].map(([, command = "", answer]) => ({
  command,
  answer: answer === undefined ? undefined : JSON.parse(answer),
}));
const SCRIPTS = [...GUIDE.matchAll(/```js\n(.*?)```/gs)].map(([, script = ""]) => script);

/** What is the same in every answer, letter for letter; the rest is compared in kind. */
const FIXED = [
  "eventType",
  "url",
  "name",
  "domain",
  "message",
  "error",
  "success",
  "eventsCreated",
  "permissions",
  "details",
];

function expectLike(actual: unknown, example: unknown): void {
  if (Array.isArray(example)) {
    for (const [at, item] of example.entries()) expectLike((actual as unknown[])[at], item);
  } else if (typeof example === "object" && example !== null) {
    for (const [name, value] of Object.entries(example)) {
      const field = (actual as Record<string, unknown>)[name];
      if (FIXED.includes(name)) expect(field).toEqual(value);
      else expectLike(field, value);
    }
  } else {
    expect(example === null ? actual : typeof actual).toBe(example === null ? null : typeof example);
  }
}

describe("docs/collection-api.md", () => {
  onEveryTarget((server) => {
    test("its commands work one after the other, and answer what it shows", async () => {
      const env: Record<string, string> = { FOOTFALL_KEY: server().adminKey };
      const statuses: number[] = [];
      const bodies: string[] = [];
      for (const { command, answer } of EXAMPLES) {
        const { status, body } = await runCurl(command.replaceAll(HOST, server().url), { env });
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
        const command = [process.execPath, "-e", script.replaceAll(HOST, server().url)];
        const child = Bun.spawn(command, { env, stdout: "pipe", stderr: "pipe" });
        const [output, errors] = await Promise.all([
          new Response(child.stdout).text(),
          new Response(child.stderr).text(),
        ]);
        expect(errors).toBe("");
        expect(
          output
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
    // Nothing that this API does could be too much to delete, or not be there.
    const others = ["429 TOO_MANY_PENDING_DELETIONS", "501 NOT_AVAILABLE"];
    expect(told.toSorted()).toEqual([...new Set(all)].filter((code) => !others.includes(code)).toSorted());
  });
});
