import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { createPlace, SLOW_MS } from "./footfall.ts";

const LINES = ["GPTBot/1.2", "Mozilla/5.0 (compatible; ClaudeBot/1.0)", "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"]
  .map((userAgent) =>
    JSON.stringify({ eventType: "pageview", timestamp: "2026-05-17", userAgent, url: "https://a.example/" }),
  )
  .join("\n");

test(
  "today's tables are run over what is stored, beside a server, as often as wanted",
  async () => {
    await using place = createPlace();
    const env = { FOOTFALL_ADMIN_KEY: "k".repeat(32) };
    await using server = place.start(["serve", "--port", "0"], { env });
    await server.stdout.match(/listening on/);
    await place.json(["import", "-", "--site", "default", "--format", "jsonl"], { stdin: LINES });
    using db = new Database(join(place.path, "data/footfall.db"));
    db.run("UPDATE events SET bot_name = 'unknown', bot_company = NULL WHERE bot_name = 'GPTBot'");

    expect(await place.json(["reclassify", "--site", "default"])).toEqual({ events: 3, changed: 1 });
    const { exitCode, stdout } = await place.run(["reclassify", "--site", "web-1"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "3 events looked at, 0 changed\n" });
    const bots = db.query("SELECT bot_name, bot_company FROM events ORDER BY id").values();
    expect(bots).toEqual([
      ["GPTBot", "OpenAI"],
      ["ClaudeBot", "Anthropic"],
      [null, null],
    ]);
  },
  SLOW_MS,
);

test(
  "a site that does not exist is told, and one must be named",
  async () => {
    await using place = createPlace();
    expect(await place.run(["reclassify", "--site", "nope"])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is no site "nope"'),
    });
    expect(await place.run(["reclassify"])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--site") });
  },
  SLOW_MS,
);
