import { describe, expect, test } from "bun:test";
import { createPurgeSchedule } from "../../src/domain/purge-schedule.ts";

const HOUR = 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();
const daily = createPurgeSchedule({ cron: "0 3 * * *", undoWindowMs: 24 * HOUR });

describe("the time of a purge", () => {
  test.each([
    // Deleted before the run: the window ends after the next day's run.
    ["2026-06-15T02:00:00.000Z", "2026-06-16T03:00:00.000Z"],
    ["2026-06-15T03:00:00.000Z", "2026-06-16T03:00:00.000Z"],
    ["2026-06-15T03:00:00.001Z", "2026-06-17T03:00:00.000Z"],
    ["2026-12-31T12:00:00.000Z", "2027-01-02T03:00:00.000Z"],
  ])("of what is deleted at %s is %s", (deletedAt, purgeAt) => {
    expect(iso(daily.purgeAt(Date.parse(deletedAt)))).toBe(purgeAt);
  });

  test("is a run of the schedule, in UTC whatever the machine's zone is", () => {
    const now = Date.parse("2026-03-29T00:30:00Z");
    expect(iso(daily.nextRun(now))).toBe("2026-03-29T03:00:00.000Z");
    expect(iso(daily.nextRun(Date.parse("2026-03-29T03:00:00Z")))).toBe("2026-03-30T03:00:00.000Z");
  });

  test("without a window is the next run", () => {
    const often = createPurgeSchedule({ cron: "*/5 * * * *", undoWindowMs: 0 });
    expect(iso(often.purgeAt(Date.parse("2026-06-15T12:03:00Z")))).toBe("2026-06-15T12:05:00.000Z");
  });
});
