import { describe, expect, test } from "bun:test";
import { onEveryTarget } from "../../support/server.ts";
import { createEvent, createSite, listEvents, pageView } from "./fixture.ts";

/** What browsers, apps and broken scripts send as the referrer, and what is kept of it. */
const REFERRERS: readonly (readonly [sent: string | null, kept: string | null])[] = [
  [null, null],
  ["", null],
  ["https://google.com", "https://google.com"],
  ["android-app://com.google.android.gm/", "android-app://com.google.android.gm/"],
  ["example.com", "example.com"],
  ["/relative", "/relative"],
  ["  https://google.com/  ", "  https://google.com/  "],
  [" ", " "],
  ["about:blank", "about:blank"],
  ["http://[broken", "http://[broken"],
  ["https://пример.рф/страница?q=😀", "https://пример.рф/страница?q=😀"],
  ["javascript:alert(1)", "javascript:alert(1)"],
  ["%zz%ff", "%zz%ff"],
  ["a".repeat(2048), "a".repeat(2048)],
  ["a".repeat(10_240), "a".repeat(2048)],
  // The cut never leaves half of a character.
  [`${"a".repeat(2047)}😀`, "a".repeat(2047)],
];

describe("a referrer never rejects an event", () => {
  onEveryTarget((server) => {
    test.each(REFERRERS)("%j is kept as text", async (referrer, kept) => {
      const site = await createSite(server());
      const event = await createEvent(server(), pageView(site, { referrer }));
      expect(event.referrer).toBe(kept);
      expect((await listEvents(server(), site)).events).toEqual([event]);
    });
  });
});
