import { describe, expect, test } from "bun:test";
import { AppError, ERROR_CODES } from "../../../src/domain/errors.ts";
import { encodeError } from "../../../src/http/dialects/profile-store/errors.ts";
import { examplesOf, GUIDE_HOST, readGuide } from "../../support/guide.ts";
import { onEveryQueryTarget } from "../../support/server.ts";
import { runCurl } from "../../support/shell.ts";

const GUIDE = await readGuide("profile-store-api.md");

/** Fields that are made anew in each run. */
const MADE = ["TrackId", "DeletedAt", "PurgeAt"];

const alike = (json: string): unknown =>
  JSON.parse(json, (name, value) => (MADE.includes(name) ? `some ${typeof value}` : value));

describe("docs/profile-store-api.md", () => {
  onEveryQueryTarget((server) => {
    test("its commands work one after the other, and answer what it shows", async () => {
      const env: Record<string, string> = { FOOTFALL_KEY: server().adminKey };
      const statuses: number[] = [];
      for (const { command, answer } of examplesOf(GUIDE)) {
        if (command.startsWith("export")) continue;
        const { status, body } = await runCurl(command.replaceAll(GUIDE_HOST, server().url), { env });
        statuses.push(status);
        if (answer !== undefined) expect(alike(body)).toEqual(alike(JSON.stringify(answer)));
        env.TRACK_ID ??= JSON.parse(body).TrackId;
      }
      expect(statuses).toEqual([201, 201, 200, 200, 200, 200, 400]);
    });
  });

  test("its table of errors tells the truth", () => {
    const table = GUIDE.slice(GUIDE.indexOf("## Errors\n"));
    const told = [...table.matchAll(/^\| (\d{3}) +\| `(\w+)`/gm)].map(([, status, code]) => `${status} ${code}`);
    const all = ERROR_CODES.map((code) => {
      const { status, body } = encodeError(new AppError(code, ""));
      return `${status} ${body.error.code}`;
    });
    // Nothing that this API does could clash.
    expect(told.toSorted()).toEqual([...new Set(all)].filter((one) => !one.startsWith("409")).toSorted());
  });
});
