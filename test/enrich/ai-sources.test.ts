import { describe, expect, test } from "bun:test";
import { AI_APPS, AI_PLACES, AI_UTM_SOURCES } from "../../src/enrich/ai-source-table.ts";
import { findAiSource } from "../../src/enrich/ai-sources.ts";

const fromReferrer = (referrer: string) => findAiSource(referrer, null);
const fromUrl = (url: string) => findAiSource(null, url);

describe("the tables", () => {
  test.each(AI_PLACES.map((place) => [place.host + (place.path ?? ""), place] as const))("know %s", (_name, place) => {
    const query = place.query ? `?q=x&${place.query.join("=")}` : "";
    expect(fromReferrer(`https://${place.host}${place.path ?? "/"}${query}`)).toBe(place.source);
    expect(fromReferrer(`https://www.${place.host}${place.path ?? ""}${query}#x`)).toBe(place.source);
    expect(fromReferrer(`https://not${place.host}${place.path ?? "/"}${query}`)).not.toBe(place.source);
    expect(fromReferrer(`https://${place.host}.example${place.path ?? "/"}${query}`)).toBeNull();
  });

  test.each([...AI_APPS])("know the app %s", (app, source) => {
    expect(fromReferrer(`android-app://${app}/`)).toBe(source);
    expect(fromReferrer(`android-app://${app}x/`)).toBeNull();
  });

  test.each([...AI_UTM_SOURCES])("know utm_source=%s", (name, source) => {
    expect(fromUrl(`https://example.com/a?b=c&utm_source=${name}&utm_medium=x#utm_source=google`)).toBe(source);
    expect(fromUrl(`https://example.com/?utm_source=${name}x`)).toBeNull();
    expect(fromUrl(`https://example.com/?my_utm_source=${name}`)).toBeNull();
  });
});

test.each([
  ["https://chatgpt.com/", "chatgpt"],
  ["https://chatgpt.com/c/67?model=x", "chatgpt"],
  ["http://CHATGPT.COM:443/", "chatgpt"],
  ["chatgpt.com", "chatgpt"],
  ["  https://www.perplexity.ai/search/x ", "perplexity"],
  ["https://labs.perplexity.ai/", "perplexity"],
  ["https://l.meta.ai/?u=https%3A%2F%2Fexample.com", "meta-ai"],
  ["https://x.com/i/grok", "grok"],
  ["https://x.com/i/grok/share/1", "grok"],
  ["https://x.com/i/grokking", null],
  ["https://x.com/someone", null],
  ["https://www.bing.com/chat?q=x", "copilot"],
  ["https://www.bing.com/search?q=chat", null],
  ["https://duckduckgo.com/?q=a&ia=chat", "duckai"],
  ["https://duckduckgo.com/?q=a&via=chat", null],
  ["https://duckduckgo.com/", null],
  ["https://thankyou.com/", null],
  ["https://you.com.evil.example/", null],
  ["https://example.com/?u=https://chatgpt.com/", null],
  ["https://user@chatgpt.com/", "chatgpt"],
  ["https://chatgpt.com@evil.example/", null],
  ["", null],
  ["not a url at all", null],
  ["android-app://com.google.android.gm/", null],
])("the referrer %j is %p", (referrer, source) => {
  expect(fromReferrer(referrer)).toBe(source);
});

test("the referrer goes before the utm_source", () => {
  expect(findAiSource("https://claude.ai/", "https://example.com/?utm_source=chatgpt.com")).toBe("claude");
  expect(findAiSource("https://example.org/", "https://example.com/?utm_source=ChatGPT.com")).toBe("chatgpt");
  expect(findAiSource(null, null)).toBeNull();
});

test.each([
  ["letters", "a".repeat(32_768)],
  ["dots", `https://${"a.".repeat(16_384)}`],
  ["at signs", `https://${"@".repeat(32_768)}`],
  ["slashes", `https://chatgpt.com${"/".repeat(32_768)}`],
  ["parameters", `https://duckduckgo.com/?${"ia=".repeat(10_922)}`],
  ["blanks", " ".repeat(32_768)],
])("32 KB of %s take no noticeable time", (_what, text) => {
  const startedAt = performance.now();
  for (let n = 0; n < 5; n++) findAiSource(text, `https://example.com/?${text}`);
  // 0.1 ms are usual for all five; a slow match would take seconds.
  expect(performance.now() - startedAt).toBeLessThan(50);
});
