import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { runOnTerminal } from "../support/terminal.ts";
import { createPlace, type Place, SLOW_MS } from "./footfall.ts";

const EVENTS = 30_000;
const BAR = "\\[[█▏▎▍▌▋▊▉]* *\\] \\d+ %";
const REMOVE = "\r\u001b[K";

let place: Place;
beforeAll(async () => {
  place = createPlace();
  const lines = Array.from({ length: EVENTS }, (_, n) =>
    JSON.stringify({ eventType: "click", timestamp: "2026-06-07T14:22:10Z", eventId: `${n}`, properties: { n } }),
  );
  await Bun.write(join(place.path, "events.jsonl"), lines.join("\n"));
  await place.json(["site", "add", "--name", "A"]);
  await place.json(["import", "events.jsonl", "--site", "1"]);
}, SLOW_MS);
afterAll(() => place[Symbol.asyncDispose]());

/** What a command that succeeds shows on a terminal. */
async function watch(args: readonly string[], rest?: string): Promise<string> {
  const { exitCode, shown } = await runOnTerminal(place, args, rest === undefined ? {} : { rest });
  expect({ exitCode, shown }).toMatchObject({ exitCode: 0 });
  return shown;
}

describe("on a terminal", () => {
  test(
    "export shows a bar while its events go elsewhere, and removes it",
    async () => {
      const shown = await watch(["export", "--site", "1"], "| (sleep 1; cat) > exported.jsonl");
      expect(shown).toMatch(new RegExp(`${BAR} [\\d,]+ events, [\\d,]+ events/s`));
      expect(shown).toEndWith(REMOVE);
      expect((await Bun.file(join(place.path, "exported.jsonl")).text()).split("\n")).toHaveLength(EVENTS + 1);
    },
    SLOW_MS,
  );

  test(
    "export whose events are shown on it shows nothing else",
    async () => {
      const shown = await watch(["export", "--site", "1", "--event-type", "click", "--from", "2026-06-07"]);
      expect(shown.split("\r\n")).toHaveLength(EVENTS + 1);
      expect(shown).not.toContain(REMOVE);
    },
    SLOW_MS,
  );

  test(
    "backup, compact and restore show a bar, then that they look the copy through, and remove both",
    async () => {
      for (const [args, report] of [
        [["backup", "a.db"], "a.db: 30,000 events"],
        [["compact"], "footfall.db: 30,000 events"],
        [["restore", "a.db", "--force"], "footfall.db: 30,000 events"],
      ] as const) {
        const shown = await watch(args);
        expect(shown).toMatch(new RegExp(`copying: ${BAR}`));
        expect(shown).toContain("looking it through");
        expect(shown.slice(shown.lastIndexOf(REMOVE))).toContain(report);
      }
    },
    SLOW_MS,
  );
});
