import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { eventually } from "../support/clock.ts";
import { runOnTerminal } from "../support/terminal.ts";
import { createPlace, onlyLineOf, type Place, SLOW_MS, urlOf } from "./footfall.ts";

interface Report {
  readonly lines: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly skippedByReason: Readonly<Record<string, number>>;
  readonly rejected: number;
  readonly files: readonly { readonly file: string; readonly rejectedFile: string | null }[];
}

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";

const logLine = (request: string, status: number, minute = 0): string => {
  const time = `17/May/2026:10:${String(minute).padStart(2, "0")}:00 +0000`;
  return `203.0.113.9 - - [${time}] "${request} HTTP/1.1" ${status} 512 "https://from.example/" "${FIREFOX}"`;
};

/** Three page views (two of them in equal lines), five lines that are none, and one that is no log line. */
const LOG = [
  logLine("GET /a?b=c", 200),
  logLine("GET /style.css", 200),
  logLine("GET /twice", 200, 1),
  logLine("GET /twice", 200, 1),
  logLine("GET /moved", 301),
  logLine("GET /gone", 404),
  logLine("POST /form", 200),
  "what is this",
  "",
].join("\n");

const jsonLine = (fields: object): string =>
  JSON.stringify({ eventType: "click", timestamp: "2026-05-17T10:00:00Z", ...fields });

let place: Place;
beforeEach(async () => {
  place = createPlace();
  await place.json(["site", "add", "--name", "A", "--domain", "a.example"]);
}, SLOW_MS);
afterEach(() => place[Symbol.asyncDispose]());

const write = (name: string, content: string | Uint8Array) => Bun.write(join(place.path, name), content);
const importFile = (...args: readonly string[]) => place.json<Report>(["import", "--site", "a-example", ...args]);

const REPORT_OF_LOG = {
  lines: 8,
  stored: 3,
  duplicates: 0,
  skipped: 4,
  skippedByReason: { static_file: 1, redirect: 1, error: 1, method: 1 },
  rejected: 1,
};

describe("a web server's log", () => {
  test(
    "is imported, and what became of its lines is told in one line",
    async () => {
      await write("access.log", LOG);
      const { exitCode, stdout, stderr } = await place.run(["import", "access.log", "--site", "a-example"]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout).toMatch(
        /^access\.log: 8 lines: 3 stored, 0 duplicates, 4 skipped \(static files 1, redirects 1, errors 1, other methods than GET 1\), 1 rejected, see access\.log\.rejected \(\d+\.\d s, [\d,]+ lines\/s\)\n$/,
      );
    },
    SLOW_MS,
  );

  test(
    "is reported as JSON",
    async () => {
      await write("access.log", LOG);
      const rejectedFile = "access.log.rejected";
      expect(await importFile("access.log")).toEqual({
        ...REPORT_OF_LOG,
        files: [{ file: "access.log", format: "combined", ...REPORT_OF_LOG, rejectedFile }],
      } as never);
    },
    SLOW_MS,
  );

  test(
    "adds nothing when it is imported again, and only what is new when it has grown",
    async () => {
      await write("access.log", LOG);
      await importFile("access.log");
      expect(await importFile("access.log")).toMatchObject({ stored: 0, duplicates: 3 });
      await write("access.log", `${LOG}${logLine("GET /new", 200, 2)}\n`);
      expect(await importFile("access.log")).toMatchObject({ stored: 1, duplicates: 3 });
    },
    SLOW_MS,
  );

  test(
    "gives what is no page view too where --all is said",
    async () => {
      await write("access.log", LOG);
      expect(await importFile("access.log", "--all")).toMatchObject({ stored: 7, skipped: 0, rejected: 1 });
    },
    SLOW_MS,
  );

  test(
    "may hold bytes that are not UTF-8",
    async () => {
      await write("access.log", Buffer.from(`${logLine("GET /caf\xe9", 200)}\n`, "latin1"));
      expect(await importFile("access.log")).toMatchObject({ stored: 1, rejected: 0 });
    },
    SLOW_MS,
  );
});

describe("JSON lines", () => {
  test(
    "are imported; those with an eventId are known by it",
    async () => {
      await write(
        "events.jsonl",
        [jsonLine({ eventId: "1" }), jsonLine({ eventId: "1", os: "x" }), jsonLine({})].join("\n"),
      );
      expect(await importFile("events.jsonl")).toMatchObject({ lines: 3, stored: 2, duplicates: 1 });
    },
    SLOW_MS,
  );

  test(
    "that are not UTF-8 are rejected",
    async () => {
      await write("events.jsonl", Buffer.from(`${jsonLine({ os: "caf\xe9" })}\n${jsonLine({})}\n`, "latin1"));
      expect(await importFile("events.jsonl")).toMatchObject({ stored: 1, rejected: 1 });
    },
    SLOW_MS,
  );
});

test(
  "imported events are listed like all others, also by a server that was running meanwhile",
  async () => {
    const key = "an-admin-key-of-my-own-0123456789";
    await using server = place.start(["serve", "--port", "0"], { env: { FOOTFALL_ADMIN_KEY: key } });
    const url = await urlOf(server);
    await write("access.log", LOG);
    await importFile("access.log");
    const [site] = await place.json<{ trackingCode: string }[]>(["site", "list"]);
    const answer = await fetch(`${url}/api/v1/events?trackingCode=${site?.trackingCode}&path=/a`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { events } = (await answer.json()) as { events: unknown[] };
    expect(events).toMatchObject([
      {
        eventType: "pageview",
        url: "https://a.example/a?b=c",
        referrer: "https://from.example/",
        sessionId: expect.any(String),
        visitorId: expect.any(String),
        deviceType: "desktop",
        browser: "Firefox",
        os: "Linux",
        timestamp: Date.UTC(2026, 4, 17, 10),
      },
    ]);
  },
  SLOW_MS,
);

describe("rejected lines", () => {
  const rejectedLines = async (name: string) => {
    const content = await Bun.file(join(place.path, name)).text();
    return content
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };

  test(
    "are kept with number, reason and text",
    async () => {
      await write("events.jsonl", [jsonLine({}), "{", jsonLine({ url: "x" })].join("\n"));
      expect(await importFile("events.jsonl")).toMatchObject({
        stored: 1,
        rejected: 2,
        files: [{ rejectedFile: "events.jsonl.rejected" }],
      });
      expect(await rejectedLines("events.jsonl.rejected")).toEqual([
        { line: 2, reason: expect.stringContaining("Is not valid JSON"), text: "{" },
        { line: 3, reason: "url: must be an http or https URL", text: jsonLine({ url: "x" }) },
      ]);
    },
    SLOW_MS,
  );

  test(
    "are those of the last run only, and none are kept when there are none",
    async () => {
      await write("events.jsonl", `{\n[\n${jsonLine({})}\n`);
      await importFile("events.jsonl");
      await write("events.jsonl", `[\n${jsonLine({})}\n`);
      await importFile("events.jsonl");
      expect(await rejectedLines("events.jsonl.rejected")).toHaveLength(1);
      await write("events.jsonl", `${jsonLine({})}\n`);
      expect(await importFile("events.jsonl")).toMatchObject({ files: [{ rejectedFile: null }] });
      expect(existsSync(join(place.path, "events.jsonl.rejected"))).toBeFalse();
    },
    SLOW_MS,
  );

  test(
    "that are too long are kept by their first 2 KB",
    async () => {
      await write("events.jsonl", `${"x".repeat(2_000_000)}\n${jsonLine({})}\n`);
      expect(await importFile("events.jsonl")).toMatchObject({ lines: 2, stored: 1, rejected: 1 });
      expect(await rejectedLines("events.jsonl.rejected")).toEqual([
        { line: 1, reason: "Is longer than 1048576 bytes", text: "x".repeat(2_048) },
      ]);
    },
    SLOW_MS,
  );

  test(
    "that are all lines of a file are a failure: it is of another format",
    async () => {
      await write("events.jsonl", `${LOG}\n\n`);
      const ended = await place.run(["import", "events.jsonl", "--site", "1"]);
      expect(ended.exitCode).toBe(1);
      expect(onlyLineOf(ended)).toContain("no line of events.jsonl could be read as jsonl; is that its format?");
    },
    SLOW_MS,
  );

  test(
    "that cannot be kept are counted, with one line of warning",
    async () => {
      await write("events.jsonl", `{\n[\n${jsonLine({})}\n`);
      await write("events.jsonl.rejected/in-the-way", "");
      const ended = await place.run(["import", "events.jsonl", "--site", "1", "--json"]);
      expect(ended.exitCode).toBe(0);
      expect(onlyLineOf(ended)).toMatch(
        /^events\.jsonl\.rejected cannot be written .*: rejected lines are only counted$/,
      );
      expect(JSON.parse(ended.stdout)).toMatchObject({ stored: 1, rejected: 2, files: [{ rejectedFile: null }] });
    },
    SLOW_MS,
  );
});

describe("standard input", () => {
  test(
    "is imported, and what is rejected of it is kept in the working directory",
    async () => {
      const args = ["import", "-", "--site", "1", "--format", "combined"];
      const report = await place.json<Report>(args, { stdin: LOG });
      expect(report).toMatchObject({ ...REPORT_OF_LOG, files: [{ file: "stdin", rejectedFile: "stdin.rejected" }] });
      expect(existsSync(join(place.path, "stdin.rejected"))).toBeTrue();
    },
    SLOW_MS,
  );

  test(
    "and the same file are the same lines",
    async () => {
      await write("access.log", LOG);
      await importFile("access.log");
      const report = await place.json<Report>(["import", "-", "--site", "1", "--format", "combined"], { stdin: LOG });
      expect(report).toMatchObject({ stored: 0, duplicates: 3 });
    },
    SLOW_MS,
  );
});

describe("several files", () => {
  test(
    "are imported one after the other and reported one by one and together",
    async () => {
      await write("a.jsonl", `${jsonLine({ os: "a" })}\n`);
      await write("b.log", `${logLine("GET /b", 200)}\n`);
      const { stdout } = await place.run(["import", "a.jsonl", "b.log", "--site", "1"]);
      expect(stdout.split("\n").map((line) => line.replace(/ \(\d.*/, ""))).toEqual([
        "a.jsonl: 1 line: 1 stored, 0 duplicates, 0 skipped, 0 rejected",
        "b.log: 1 line: 1 stored, 0 duplicates, 0 skipped, 0 rejected",
        "all: 2 lines: 2 stored, 0 duplicates, 0 skipped, 0 rejected",
        "",
      ]);
    },
    SLOW_MS,
  );

  test(
    "are not begun when one of them is missing",
    async () => {
      await write("a.jsonl", `${jsonLine({})}\n`);
      const ended = await place.run(["import", "a.jsonl", "b.jsonl", "--site", "1"]);
      expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
      expect(onlyLineOf(ended)).toBe("footfall: b.jsonl cannot be read: there is no such file");
      expect(await importFile("a.jsonl")).toMatchObject({ stored: 1, duplicates: 0 });
    },
    SLOW_MS,
  );
});

describe("compressed files", () => {
  test.each(["access.log.gz", "access.log.2.gz", "events.jsonl.gz"])(
    "%s is decompressed on the way",
    async (name) => {
      const isLog = name.includes("log");
      await write(name, gzipSync(isLog ? LOG : `${jsonLine({})}\n`));
      expect(await importFile(name)).toMatchObject({ stored: isLog ? 3 : 1 });
    },
    SLOW_MS,
  );

  test(
    "of several parts, as log rotation makes them, are read to their end",
    async () => {
      await write("events.jsonl.gz", Buffer.concat(["a", "b"].map((os) => gzipSync(`${jsonLine({ os })}\n`))));
      expect(await importFile("events.jsonl.gz")).toMatchObject({ lines: 2, stored: 2 });
    },
    SLOW_MS,
  );

  test(
    "that are cut off give what can be read, and fail",
    async () => {
      const lines = Array.from({ length: 20_000 }, (_, index) => jsonLine({ eventId: `${index}${Math.sin(index)}` }));
      const whole = gzipSync(lines.join("\n"));
      await write("events.jsonl.gz", whole.subarray(0, whole.length >> 1));
      const ended = await place.run(["import", "events.jsonl.gz", "--site", "1", "--json"]);
      expect(ended.exitCode).toBe(1);
      expect(onlyLineOf(ended)).toContain("the import of events.jsonl.gz stopped: it is no complete gzip file");
      const { stored, lines: read } = JSON.parse(ended.stdout) as Report;
      expect(stored).toBe(read);
      expect(stored).toBeGreaterThan(1_000);
    },
    SLOW_MS,
  );

  test(
    "that are none fail",
    async () => {
      await write("events.jsonl.gz", jsonLine({}));
      const ended = await place.run(["import", "events.jsonl.gz", "--site", "1"]);
      expect(ended.exitCode).toBe(1);
      expect(onlyLineOf(ended)).toContain("it is no complete gzip file");
    },
    SLOW_MS,
  );
});

test.each([
  [["import", "x.jsonl", "--site", "nobody"], 'there is no site "nobody"'],
  [["import", ".", "--site", "1", "--format", "jsonl"], ". cannot be read: it is a folder"],
])(
  "%j fails with 1 and one line",
  async (args, problem) => {
    await write("x.jsonl", `${jsonLine({})}\n`);
    const ended = await place.run(args);
    expect(ended).toMatchObject({ exitCode: 1, stdout: "" });
    expect(onlyLineOf(ended)).toContain(problem);
  },
  SLOW_MS,
);

test(
  "a signal ends an import with 1 and a report, and the next run goes on where it ended",
  async () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => jsonLine({ eventId: String(index) }));
    await using importing = place.start(["import", "-", "--site", "1", "--format", "jsonl"]);
    importing.process.stdin.write(`${lines.slice(0, 600).join("\n")}\n`);
    await importing.process.stdin.flush();
    // The first 500 are stored as one transaction.
    using database = new Database(join(place.path, "data/footfall.db"), { readonly: true });
    const count = database.query<{ n: number }, []>("SELECT count(*) AS n FROM events");
    await eventually("500 events are stored", SLOW_MS, () => count.get()?.n === 500);
    importing.process.kill("SIGINT");
    expect(await importing.process.exited).toBe(1);
    expect(await importing.stderr.all()).toContain("the import of stdin stopped: interrupted. What is stored stays");
    expect(await importing.stdout.all()).toMatch(/^stdin: \d+ lines: [56]00 stored/);
    await write("events.jsonl", lines.join("\n"));
    const { stored, duplicates } = await importFile("events.jsonl");
    expect(duplicates).toBeGreaterThanOrEqual(500);
    expect(stored + duplicates).toBe(1_000);
  },
  SLOW_MS,
);

test(
  "on a terminal, the progress is shown and removed again",
  async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => jsonLine({ sessionId: String(index) }));
    await write("events.jsonl", lines.join("\n"));
    const { exitCode, shown } = await runOnTerminal(place, ["import", "events.jsonl", "--site", "1"]);
    expect(exitCode).toBe(0);
    expect(shown).toMatch(/events\.jsonl: \[[█▏▎▍▌▋▊▉]* *\] \d+ % [\d,]+ lines, [\d,]+ events\/s/);
    const lastShown = shown.slice(shown.lastIndexOf("events/s")).replaceAll("\r\u001b[K", "<removed>");
    expect(lastShown).toMatch(/events\/s(?:<removed>)+events\.jsonl: 30,000 lines: 30,000 stored/);
  },
  SLOW_MS,
);
