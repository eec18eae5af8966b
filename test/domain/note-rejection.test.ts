import { describe, expect, test } from "bun:test";
import { AppError, ERROR_CODES, invalid } from "../../src/domain/errors.ts";
import { createNoteRejection } from "../../src/domain/note-rejection.ts";
import {
  MAX_REJECTION_BYTES,
  type NewRejection,
  REASON_OF,
  REJECTIONS_KEPT,
  type RejectionReason,
} from "../../src/domain/rejection.ts";
import { isCleanText } from "../../src/domain/text.ts";
import { createTestClock } from "../support/clock.ts";
import { NOON } from "../support/store.ts";

function setUp() {
  const kept: NewRejection[] = [];
  const clock = createTestClock(NOON);
  const rejections = { keep: (one: NewRejection) => void kept.push(one), list: async () => [] };
  const counted: Partial<Record<RejectionReason, number>> = {};
  const observeRejection = (reason: RejectionReason) => {
    counted[reason] = (counted[reason] ?? 0) + 1;
  };
  return { kept, clock, counted, note: createNoteRejection({ rejections, clock, observeRejection }) };
}

describe("a rejected event", () => {
  test("is kept with what its sender was told", () => {
    const { kept, note } = setUp();
    note({
      siteId: 7,
      dialect: "collection",
      error: invalid("url", "Must be a URL", "Invalid event data"),
      event: { value: 1 },
    });
    expect(kept).toEqual([
      {
        at: NOON,
        siteId: 7,
        dialect: "collection",
        reason: "invalid_event",
        message: "Invalid event data",
        fields: '{"url":["Must be a URL"]}',
        event: '{"value":1}',
        isTruncated: false,
      },
    ]);
  });

  test("is none where it may come again, was taken before, or comes from nobody who is known", () => {
    const { kept, note } = setUp();
    for (const code of ERROR_CODES)
      note({ siteId: 1, dialect: "collection", error: new AppError(code, "x"), event: {} });
    expect(kept.map(({ reason }) => reason)).toEqual(ERROR_CODES.flatMap((code) => REASON_OF[code] ?? []));
    const codes = ERROR_CODES.filter((code) => REASON_OF[code] === null);
    expect(codes).toEqual(
      expect.arrayContaining(["rate_limited", "overloaded", "disk_full", "conflict", "invalid_key"]),
    );
  });

  test("of a site that there is not is no forbidden one", () => {
    const { kept, note } = setUp();
    for (const siteId of [null, 1]) note({ siteId, dialect: "site-events", error: new AppError("forbidden", "x") });
    expect(kept.map(({ reason, event }) => [reason, event])).toEqual([
      ["unknown_site", null],
      ["forbidden", null],
    ]);
  });

  test("takes at most 2 KB, all texts together, and can always be stored", () => {
    const { kept, note } = setUp();
    const long = "💥é\0\ud800".repeat(5_000);
    const fieldErrors = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [`${n}${long.slice(0, 40)}`, [long.slice(0, 60)]]),
    );
    const events = [
      { eventName: long, url: long, [long]: long, value: 1 },
      long,
      Object.fromEntries(
        Array(50)
          .fill(0)
          .map((_, n) => [`f${n}💥`, "x"]),
      ),
    ];
    for (const event of events)
      note({ siteId: 1, dialect: "collection", error: new AppError("invalid_input", long, { fieldErrors }), event });
    expect(kept).toHaveLength(events.length);
    for (const { message, fields, event, isTruncated } of kept) {
      const texts = [message, fields ?? "", event ?? ""];
      expect(Buffer.byteLength(texts.join(""))).toBeLessThanOrEqual(MAX_REJECTION_BYTES);
      expect(texts.every(isCleanText)).toBe(true);
      expect(Object.keys(JSON.parse(fields ?? "{}")).length).toBeGreaterThan(0);
      expect(event).not.toBe("");
      if (event !== kept[2]?.event) expect(isTruncated || (event?.length ?? 0) < 1_148).toBe(true);
    }
  });
});

describe("a flood of rejected events", () => {
  test("is kept as far as there is room, and then ten a minute of each site and reason; all are counted", () => {
    const { kept, clock, note, counted } = setUp();
    const send = (siteId: number | null, times: number) => {
      for (let n = 0; n < times; n++) note({ siteId, dialect: "collection", error: invalid("a", "b"), event: {} });
    };
    send(1, REJECTIONS_KEPT * 5);
    expect(kept).toHaveLength(REJECTIONS_KEPT);
    send(2, 5);
    send(null, 5);
    note({ siteId: 1, dialect: "collection", error: new AppError("payload_too_large", "x") });
    expect(kept).toHaveLength(REJECTIONS_KEPT + 11);
    clock.advance(60_000);
    send(1, 1_000);
    expect(kept).toHaveLength(REJECTIONS_KEPT + 21);
    expect(counted).toEqual({ invalid_event: REJECTIONS_KEPT * 5 + 1_010, too_large: 1 });
  });
});
