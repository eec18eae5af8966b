import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { testAftermath, useAttackedServer } from "./support/attacked-server.ts";
import { canonicalNumber, NUMBERS, nest } from "./support/hostile.ts";
import { chooseSeed } from "./support/random.ts";

const attacked = useAttackedServer();
const client = () => attacked().client;

const PROPERTY_RUNS = 200;

describe("numbers", () => {
  test("keep their value", async () => {
    for (const literal of NUMBERS) {
      const { id, status } = await client().post({ properties: `{"n":${literal},"l":[${literal}]}` });
      expect({ literal, status }).toEqual({ literal, status: 201 });
      const [, single = "", listed = ""] = /^\{"n":(.*),"l":\[(.*)\]\}$/.exec(await client().getProperties(id)) ?? [];
      expect(canonicalNumber(single)).toBe(canonicalNumber(literal));
      expect(listed).toBe(single);
    }
  });

  test("keep their value in a batch", async () => {
    const posted = await client().postBatch(NUMBERS.map((literal) => ({ properties: `{"n":${literal}}` })));
    for (const [position, literal] of NUMBERS.entries()) {
      const text = await client().getProperties(posted[position]?.id ?? "");
      expect(canonicalNumber(text.slice('{"n":'.length, -1))).toBe(canonicalNumber(literal));
    }
  });

  test("come back letter by letter, and names in the order in which they were written", async () => {
    const literals = NUMBERS.map((literal, position) => `"n${position}":${literal}`).join();
    for (const properties of [
      '{"b":1,"z2":2,"a":3,"01":4,"-1":5}',
      ...NUMBERS.map((literal) => `{"n":${literal}}`),
      `{${literals}}`,
    ]) {
      const { id } = await client().post({ properties });
      expect(await client().getProperties(id)).toBe(properties);
    }
  });

  test("as names come first, smallest first, as in every JavaScript object", async () => {
    const { id } = await client().post({ properties: '{"b":1,"2":2,"a":3,"1":4}' });
    expect(await client().getProperties(id)).toBe('{"1":4,"2":2,"b":1,"a":3}');
  });

  test("in fields are taken or refused, in a batch as alone", async () => {
    for (const literal of NUMBERS) {
      for (const field of ["timestamp", "value", "url", "sessionId", "eventId", "properties"]) {
        const { status } = await client().post({ [field]: literal });
        const [inBatch] = await client().postBatch([{ [field]: literal }]);
        expect({ field, literal, status: inBatch?.status }).toEqual({ field, literal, status });
        expect(status).toBeLessThan(500);
      }
    }
  });
});

describe("depth and size have limits", () => {
  test("16 levels are stored, 17 are not", async () => {
    await client().expectSame(nest(16, '{"a":', "}"));
    await client().expectSame(`{"a":${nest(15, "[", "]")}}`);
    expect(await client().post({ properties: nest(17, '{"a":', "}") })).toBeRefused();
    expect(await client().post({ properties: `{"a":${nest(16, "[", "]")}}` })).toBeRefused();
  });

  test.each([100, 1_000, 10_000, 60_000])("%d levels in one event", async (depth) => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"":', "}"],
    ] as const) {
      for (const field of ["properties", "url", "unknownField"]) {
        expect((await client().post({ [field]: nest(depth, open, close) })).status).toBeLessThan(500);
      }
      expect(await client().post({ properties: nest(depth, open, close) })).toBeRefused();
    }
  });

  test("100,000 levels in a batch, in one of its events or around it", async () => {
    const deep = nest(100_000, "[", "]");
    const path = "/api/v1/events/batch";
    for (const body of [
      deep,
      `{"events":${deep}}`,
      `{"events":[{"properties":${deep}}]}`,
      `{"a":${deep}}`,
      "[".repeat(100_000),
    ]) {
      expect(await client().send({ method: "POST", path, body })).toBeRefused();
    }
  });

  test("what is longer than allowed is refused with 400 or 413", async () => {
    const text = (length: number) => JSON.stringify("x".repeat(length));
    const tooLong = {
      url: JSON.stringify(`https://a.example/${"x".repeat(2_031)}`),
      sessionId: text(201),
      visitorId: text(201),
      eventId: text(129),
      eventName: text(101),
      location: text(101),
      properties: `{"a":${text(32 * 1024)}}`,
      unknownField: text(128 * 1024),
    };
    for (const [field, value] of Object.entries(tooLong)) {
      const answer = await client().post({ [field]: value });
      expect([400, 413]).toContain(answer.status);
    }
    const event = client().bodyOf({});
    const tooMany = `{"events":[${Array.from({ length: 1_001 }, () => event).join()}]}`;
    const tooLarge = `{"events":[${event}],"a":${text(4 * 1024 * 1024)}}`;
    const path = "/api/v1/events/batch";
    expect((await client().send({ method: "POST", path, body: tooMany })).status).toBe(400);
    expect((await client().send({ method: "POST", path, body: tooLarge })).status).toBe(413);
  });

  test("bodies that are no object are refused", async () => {
    const bodies = [
      "",
      " ",
      "null",
      "true",
      "1",
      '"x"',
      "[]",
      "[[]]",
      "{",
      "}",
      "{}",
      "nul",
      "\0",
      "{'a':1}",
      '{"a":1,}',
    ];
    for (const path of [
      "/api/v1/events",
      "/api/v1/events/batch",
      "/api/v1/track",
      "/api/v1/websites",
      "/api/v1/keys",
    ]) {
      for (const body of bodies) expect(await client().send({ method: "POST", path, body })).toBeRefused();
    }
  });
});

describe("whatever JSON is sent", () => {
  test("is stored exactly or refused", async () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    await holds(fc.json({ stringUnit: "binary", maxDepth: 8 }), async (json) => {
      await expectSameOrRefused(`{"value":${json}}`);
    });
    await holds(fc.dictionary(text, fc.jsonValue({ stringUnit: "binary" })), async (object) => {
      await expectSameOrRefused(JSON.stringify(object));
    });
  }, 60_000);

  test("with any 16-bit units as text, is stored exactly or refused", async () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    const surrogate = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code));
    const text = fc.string({
      unit: fc.oneof(unit, surrogate, fc.constantFrom("a", "é", "\0", "\\", '"')),
      maxLength: 8,
    });
    await holds(fc.record({ key: text, value: text, session: text }), async ({ key, value, session }) => {
      const isStorable = [key, value, session].every((part) => part.isWellFormed() && !part.includes("\0"));
      const properties = JSON.stringify({ [key]: value });
      const { id, status } = await client().post({ properties, sessionId: JSON.stringify(session) });
      expect(status).toBe(isStorable && session !== "" ? 201 : 400);
      if (status === 201)
        expect(await client().get(id)).toMatchObject({ properties: { [key]: value }, sessionId: session });
    });
  }, 60_000);

  test("with any number literal, keeps its value", async () => {
    const literal = fc.stringMatching(/^-?(?:0|[1-9]\d{0,25})(?:\.\d{1,25})?(?:[eE][+-]?\d{1,3})?$/);
    await holds(literal, async (number) => {
      const { id, status } = await client().post({ properties: `{"n":${number}}` });
      expect(status).toBe(201);
      expect(canonicalNumber((await client().getProperties(id)).slice(5, -1))).toBe(canonicalNumber(number));
    });
  }, 60_000);

  test("with any User-Agent, is stored", async () => {
    const word = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom(
        "Mozilla/5.0 (",
        "Android 14; ",
        "iPhone; CPU iPhone OS 17_0",
        ") ",
        "Chrome/",
        "Version/17 ",
        "😀",
        "SM-",
      ),
    );
    await holds(fc.array(word, { maxLength: 12 }), async (words) => {
      const userAgent = words.join("").replaceAll("\0", "");
      const { id, status } = await client().post({ userAgent: JSON.stringify(userAgent) });
      expect(status).toBe(201);
      await client().get(id);
    });
  }, 60_000);
});

testAftermath(attacked);

/** A NUL is the one thing in well-formed text that is refused. */
async function expectSameOrRefused(properties: string): Promise<void> {
  if (!/(?<!\\)(?:\\\\)*\\u0000/.test(properties)) return client().expectSame(properties);
  expect(await client().post({ properties })).toBeRefused();
}

async function holds<T>(arbitrary: fc.Arbitrary<T>, isTrueOf: (value: T) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, isTrueOf), { numRuns: PROPERTY_RUNS, seed: chooseSeed() | 0 });
}
