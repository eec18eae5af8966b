import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { maskEvent } from "../../src/domain/mask-event.ts";
import { parseJson } from "../../src/domain/text.ts";

const masked = (event: unknown) => JSON.parse(maskEvent(event).text);

describe("an event that was not taken", () => {
  test("shows what describes it, and of all else only what kind of value it was", () => {
    const event = {
      trackingCode: "pm-abc123-1700000000000",
      eventType: "view",
      visitorId: "visitor-of-bob",
      sessionId: "s1",
      userAgent: "Mozilla/5.0 secret",
      timestamp: 5,
      value: 9.5,
      deviceType: "toaster",
      properties: { email: "bob@example.com" },
      list: [1, 2],
      number: 17,
      flag: true,
      nothing: null,
    };
    expect(masked(event)).toEqual({
      trackingCode: "pm-abc123-1700000000000",
      eventType: "view",
      visitorId: "(text of 14)",
      sessionId: "(text of 2)",
      userAgent: "(text of 18)",
      timestamp: 5,
      value: 9.5,
      deviceType: "toaster",
      properties: "(object)",
      list: "(list of 2)",
      number: "(number)",
      flag: true,
      nothing: null,
    });
  });

  test("shows pages without query, fragment and user", () => {
    expect(masked({ url: "https://bob:pw@shop.example/a/b?email=bob#x", p: "/a?b", referrer: "app//x#y" })).toEqual({
      url: "https://shop.example/a/b?…",
      p: "/a?…",
      referrer: "app//x#…",
    });
  });

  test("shows no e-mail address, no telephone and no key, wherever it stands", () => {
    const event = {
      eventName: "sent to bob@example.com",
      location: "+49 (171) 123 45-67-8",
      url: "https://shop.example/users/bob%40example.com/orders",
      "carol@example.com": 1,
      k: "ak_123",
      trackingCode: "ff_abcdefgh_0123456789abcdefghijklmnopqrstuvwx",
      code: "pm-k3v9qz-1767225600000",
      scope: "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
      p: "/reset/0123456789abcdefghijklmnop/done",
    };
    const { text } = maskEvent(event);
    for (const secret of ["bob", "carol", "171", "45-67", "ff_", "abcdef", "4f89"]) expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({ k: "ak_123", code: "pm-k3v9qz-1767225600000", p: "/reset/…/done" });
  });

  test("shows the name of a field in any way of writing, and numbers as they were written", () => {
    expect(masked({ EventType: "a", event_type: "b", EVENTTYPE: "c" })).toEqual({
      EventType: "a",
      event_type: "b",
      EVENTTYPE: "c",
    });
    expect(maskEvent(parseJson('{"value":1e400,"other":1e400}')).text).toBe('{"value":1e400,"other":"(number)"}');
  });

  test.each([
    [5, "(number)"],
    [null, "null"],
    [true, "(boolean)"],
    [["a"], "(list of 1)"],
    [{}, "{}"],
  ])("%p is %p", (event, text) => {
    expect(maskEvent(event)).toEqual({ text, isTruncated: false });
  });

  test("that is no JSON shows where its braces are, and the names that an event has", () => {
    const text = `{"trackingCode":"pm-a-1","visitorId":"bob","eventType":"click",'x': bob@example.com, "value":12`;
    expect(maskEvent(text).text).toBe(`{"trackingCode":"…","…":"…","eventType":"…",'…': …, "value":…`);
    expect(maskEvent("x ".repeat(5_000)).isTruncated).toBe(true);
  });

  test("is cut off where it has too many fields, or too long ones", () => {
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, n]));
    expect(maskEvent(wide)).toEqual({
      text: expect.stringMatching(/^\{("f\d+":"\(number\)",){50}…\}$/),
      isTruncated: true,
    });
    const { text } = maskEvent({
      ["n".repeat(5_000)]: 1,
      eventName: "x".repeat(100_000),
      url: `https://${"y".repeat(100_000)}`,
    });
    expect(text.length).toBeLessThan(1_000);
  });

  test("never shows a text that is nowhere an event may say what it is about", () => {
    const secret = "s3cr3t-t0k3n";
    const anywhere = fc.dictionary(
      fc.string({ maxLength: 10 }).filter((name) => !/^(k|t|p|os|bot|code|key|type|scope|url|ref|value)$/i.test(name)),
      fc.oneof(fc.constant(secret), fc.array(fc.constant(secret)), fc.dictionary(fc.string(), fc.constant(secret))),
    );
    fc.assert(
      fc.property(anywhere, (event) => !maskEvent(event).text.includes(secret)),
      { examples: [[{ _k: secret, r_ef: secret, event__type: secret, url_: secret }]] },
    );
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => !maskEvent(`${a} ${secret} ${b}`).text.includes(secret)));
  });

  test("takes no time for what is not shown of it", () => {
    const huge = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`f${n}`, "@".repeat(100)]));
    const long = { eventName: "a@".repeat(2_000_000), url: `https://a/${"1 ".repeat(2_000_000)}` };
    const startedAt = performance.now();
    for (let times = 0; times < 50; times++) {
      maskEvent(huge);
      maskEvent(long);
    }
    // A bound that only work in the length of the whole event would pass.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
