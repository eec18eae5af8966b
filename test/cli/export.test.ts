import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { EXPORT_FIELDS } from "../../src/domain/exported-event.ts";
import { createPlace, onlyLineOf, type Place, SLOW_MS, urlOf } from "./footfall.ts";

/** Three events; the second and the third happened at the same time. */
const LINES = [
  {
    eventType: "click",
    timestamp: "2026-05-17T10:00:00Z",
    eventName: "a",
    visitorId: "v",
    value: 9.99,
    currency: "EUR",
  },
  { eventType: "custom", timestamp: "2026-05-17T11:00:00.1234567Z", eventName: "b", properties: { n: 'x, "y"\n' } },
  { eventType: "custom", timestamp: "2026-05-17T11:00:00.1234567Z", eventName: "c", eventId: "mine", isTest: true },
];

let place: Place;
beforeEach(async () => {
  place = createPlace();
  for (const name of ["a", "b"]) await place.json(["site", "add", "--name", name, "--domain", `${name}.example`]);
  await importInto("a-example", LINES.map((line) => JSON.stringify(line)).join("\n"));
}, SLOW_MS);
afterEach(() => place[Symbol.asyncDispose]());

const importInto = (site: string, text: string, ...args: string[]) =>
  place.json<{ stored: number; duplicates: number; rejected: number }>(
    ["import", "-", "--site", site, "--format", "jsonl", ...args],
    { stdin: text },
  );

async function exportOf(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await place.run(["export", ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout;
}

const namesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).eventName)
    .join("");

describe("export", () => {
  test(
    "writes JSON lines to standard output, and nothing else anywhere",
    async () => {
      const text = await exportOf("--site", "a-example", "--include-test");
      expect(namesOf(text)).toBe("abc");
      const [first = "", second = ""] = text.split("\n");
      expect(Object.keys(JSON.parse(first))).toEqual([...EXPORT_FIELDS]);
      expect(JSON.parse(first)).toMatchObject({ value: 9.99, currency: "EUR", timestamp: "2026-05-17T10:00:00.000Z" });
      expect(JSON.parse(second).timestamp).toBe("2026-05-17T11:00:00.1234567Z");
    },
    SLOW_MS,
  );

  test(
    "takes the filters of the list, an order and a place to go on from",
    async () => {
      const names = async (...args: string[]) => namesOf(await exportOf("--site", "1", ...args));
      expect(await names()).toBe("ab");
      expect(await names("--event-type", "custom", "--include-test")).toBe("bc");
      expect(await names("--event-name", "a")).toBe("a");
      expect(await names("--visitor-id", "v")).toBe("a");
      expect(await names("--to", "2026-05-17T10:30:00Z")).toBe("a");
      expect(await names("--include-test", "--order", "received")).toBe("abc");
      const [first = ""] = (await exportOf("--site", "1")).split("\n");
      const { dedupeKey } = JSON.parse(first);
      expect(await names("--include-test", "--cursor", dedupeKey)).toBe("bc");
      const rest = await exportOf("--site", "1", "--cursor", dedupeKey, "--format", "csv");
      expect(rest).not.toContain("eventType");
    },
    SLOW_MS,
  );

  test(
    "is read back by import, also compressed and as CSV, and is then the same to the byte",
    async () => {
      const all = ["--include-test"];
      const [jsonl, csv] = [
        await exportOf("--site", "a-example", ...all),
        await exportOf("--site", "a-example", ...all, "--format", "csv"),
      ];
      await Bun.write(join(place.path, "a.jsonl.gz"), gzipSync(jsonl));
      await Bun.write(join(place.path, "a.csv"), csv);
      const report = await place.json(["import", "a.jsonl.gz", "a.csv", "--site", "b-example"]);
      expect(report).toMatchObject({
        stored: 3,
        duplicates: 3,
        rejected: 0,
        files: [{ format: "jsonl" }, { format: "csv" }],
      });
      expect(await exportOf("--site", "b-example", ...all)).toBe(jsonl);
      expect(await exportOf("--site", "b-example", ...all, "--format", "csv")).toBe(csv);
      expect(await importInto("a-example", jsonl)).toMatchObject({ stored: 0, duplicates: 3 });
    },
    SLOW_MS,
  );

  test(
    "is the same from the server that runs meanwhile",
    async () => {
      const key = "k".repeat(40);
      await using server = place.start(["serve", "--port", "0"], { env: { FOOTFALL_ADMIN_KEY: key } });
      const url = await urlOf(server);
      const headers = { authorization: `Bearer ${key}` };
      const { websites } = (await (await fetch(`${url}/api/v1/websites`, { headers })).json()) as {
        websites: { id: string; trackingCode: string }[];
      };
      const code = websites.find(({ id }) => id === "web-1")?.trackingCode;
      const answer = await fetch(`${url}/api/v1/events/export?trackingCode=${code}&includeTest=true`, { headers });
      expect(await answer.text()).toBe(await exportOf("--site", "1", "--include-test"));
    },
    SLOW_MS,
  );

  test(
    "ends in peace when its reader leaves",
    async () => {
      const many = Array.from({ length: 3_000 }, (_, n) =>
        JSON.stringify({ ...LINES[0], eventName: String(n), properties: { text: "x".repeat(2_000) } }),
      );
      await importInto("b-example", many.join("\n"));
      const command = place
        .command(["export", "--site", "b-example"])
        .map((word) => `'${word}'`)
        .join(" ");
      const child = Bun.spawn(["bash", "-c", `${command} | head -n 1 | wc -l; exit \${PIPESTATUS[0]}`], {
        cwd: place.path,
        env: place.environment(),
        stdout: "pipe",
        stderr: "pipe",
      });
      expect((await new Response(child.stdout).text()).trim()).toBe("1");
      expect(await new Response(child.stderr).text()).toBe("");
      expect(await child.exited).toBe(0);
    },
    SLOW_MS,
  );

  test(
    "does not fill memory for a reader that takes its time",
    async () => {
      const text = "x".repeat(30_000);
      const many = Array.from({ length: 4_000 }, (_, n) =>
        JSON.stringify({ ...LINES[0], eventName: String(n), properties: { text } }),
      );
      await importInto("b-example", many.join("\n"));
      const child = Bun.spawn(place.command(["export", "--site", "b-example"]), {
        cwd: place.path,
        env: place.environment(),
        stdout: "pipe",
        stderr: "ignore",
      });
      const reader = child.stdout.getReader();
      await reader.read();
      // 120 MB wait; what the process has of them shows in its memory.
      let peak = 0;
      for (let n = 0; n < 20; n++) {
        await Bun.sleep(50);
        const status = await readFile(`/proc/${child.pid}/status`, "utf8");
        peak = Math.max(peak, Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]));
      }
      child.kill();
      expect(peak / 1024).toBeLessThan(250);
    },
    SLOW_MS,
  );

  test.each([
    [["export"], 2, "required option '--site <id>' not specified"],
    [["export", "--site", "nobody"], 1, 'there is no site "nobody"'],
    [["export", "--site", "1", "--format", "xml"], 2, "Allowed choices are jsonl, csv"],
    [["export", "--site", "1", "--order", "desc"], 2, "Allowed choices are asc, received"],
    [["export", "--site", "1", "--from", "soon"], 2, "--from: Must be an ISO 8601 time"],
    [["export", "--site", "1", "--cursor", "e:nothing"], 2, "--cursor: Must be the dedupeKey of an exported event"],
  ])(
    "%j ends with %d",
    async (args, exitCode, problem) => {
      const ended = await place.run(args);
      expect(ended).toMatchObject({ exitCode, stdout: "" });
      expect(onlyLineOf(ended)).toContain(problem);
    },
    SLOW_MS,
  );
});

describe("import of CSV", () => {
  test(
    "takes a file that a person made, and keeps rows that are wrong",
    async () => {
      const csv =
        "eventType,timestamp,browser\nclick,2026-05-17T10:00:00Z,Chrome\nclick,yesterday,\nclick,1779012000000,\n";
      await Bun.write(join(place.path, "mine.csv"), csv);
      const report = ["import", "mine.csv", "--site", "b-example"];
      expect(await place.json(report)).toMatchObject({ lines: 3, stored: 2, rejected: 1 });
      const rejected = await readFile(join(place.path, "mine.csv.rejected"), "utf8");
      expect(JSON.parse(rejected)).toEqual({
        line: 3,
        reason: "timestamp: must be milliseconds since 1970 or an ISO 8601 time",
        text: '{"eventType":"click","timestamp":"yesterday"}',
      });
      expect(await place.json(report)).toMatchObject({ stored: 0, duplicates: 2, rejected: 1 });
      expect((await stat(join(place.path, "mine.csv.rejected"))).size).toBe(rejected.length);
    },
    SLOW_MS,
  );

  test(
    "stops where nobody knows any more where a row begins, and says in which line",
    async () => {
      await Bun.write(join(place.path, "torn.csv"), 'eventType,timestamp\nclick,2026-05-17\n"click,2026-05-17\n');
      const ended = await place.run(["import", "torn.csv", "--site", "b-example"]);
      expect(ended.exitCode).toBe(1);
      expect(onlyLineOf(ended)).toContain("the import of torn.csv stopped: line 3: a quote is never closed.");
    },
    SLOW_MS,
  );
});
