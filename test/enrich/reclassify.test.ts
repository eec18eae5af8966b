import { describe, expect, test } from "bun:test";
import { emptyEvent, type NewEvent } from "../../src/domain/event.ts";
import { reclassify } from "../../src/enrich/reclassify.ts";

const GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)";
const event = (said: Partial<NewEvent>): NewEvent => ({
  ...emptyEvent({ type: "pageview", occurredAt: 0 }),
  siteId: 1,
  ...said,
});
const withAgent = (userAgent: string) => JSON.stringify({ userAgent, properties: { a: 1 } });
const GPT = { botName: "GPTBot", botCompany: "OpenAI" };

describe("a bot", () => {
  test("whose name and company are better known today is named anew", () => {
    const before = event({ botName: "gptbot", botCompany: "openai.com", data: withAgent(GPTBOT) });
    expect(reclassify(before)).toEqual({ ...GPT, aiSource: null, forgetUserAgent: false });
  });

  test("that is known as it is stays as it is", () => {
    expect(reclassify(event({ ...GPT, data: withAgent(GPTBOT) }))).toBeNull();
  });

  test("that is a browser after all is none, its User-Agent is forgotten, and it may have come from an assistant", () => {
    const before = event({
      botName: "Odd",
      referrer: "https://claude.ai/",
      data: withAgent("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"),
    });
    expect(reclassify(before)).toEqual({ botName: null, botCompany: null, aiSource: "claude", forgetUserAgent: true });
  });

  test("whose referral was counted before is no referral any more", () => {
    const before = event({ ...GPT, aiSource: "chatgpt", data: withAgent(GPTBOT) });
    expect(reclassify(before)).toEqual({ ...GPT, aiSource: null, forgetUserAgent: false });
  });

  test("without a User-Agent stays as it is", () => {
    expect(reclassify(event({ botName: "X", referrer: "https://claude.ai/" }))).toBeNull();
  });
});

describe("a person", () => {
  test.each([
    [{ referrer: "https://chatgpt.com/" }, "chatgpt"],
    [{ url: "https://example.com/?utm_source=perplexity" }, "perplexity"],
    [{ referrer: "https://chatgpt.com/", aiSource: "gpt" }, "chatgpt"],
    [{ referrer: "https://example.org/", aiSource: "chatgpt" }, null],
  ])("%j comes from %p", (said, aiSource) => {
    expect(reclassify(event(said))).toEqual({ botName: null, botCompany: null, aiSource, forgetUserAgent: false });
  });

  test.each([{}, { referrer: "https://example.org/" }, { aiSource: "claude" }, { data: '{"properties":{}}' }])(
    "%j stays as it is",
    (said) => {
      expect(reclassify(event(said))).toBeNull();
    },
  );

  test("whose properties speak of a User-Agent is no bot", () => {
    expect(reclassify(event({ data: '{"properties":{"userAgent":"GPTBot/1.0","said":"bot"}}' }))).toBeNull();
  });
});

test.each(["bot", "referral"])("what the client said to be a %s stays as it is", (said) => {
  const data = JSON.stringify({ said, userAgent: GPTBOT });
  expect(reclassify(event({ botName: "Mine", aiSource: "mine", referrer: "https://claude.ai/", data }))).toBeNull();
});
