import { expect, test } from "bun:test";
import { formatOfName } from "../../src/cli/import-format.ts";

test.each([
  ["events.jsonl", "jsonl"],
  ["/a/b.log/events.NDJSON", "jsonl"],
  ["events.jsonl.gz", "jsonl"],
  ["access.log", "combined"],
  ["access.log.1", "combined"],
  ["access.log.12.gz", "combined"],
  ["access.log-20250131", "combined"],
  ["access.log-20250131.gz", "combined"],
  ["access_log", "combined"],
  ["access_log.3", "combined"],
  ["ssl_access.log", "combined"],
  ["example.com.log", "combined"],
  ["events.json", null],
  ["events.csv", "csv"],
  ["events.CSV.gz", "csv"],
  ["events.txt", null],
  ["catalog", null],
  ["a.log.txt", null],
  ["-", null],
  ["x.gz", null],
])("%s is %p", (file, format) => {
  expect(formatOfName(file)).toBe(format as never);
});
