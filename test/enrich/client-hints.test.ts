import { expect, test } from "bun:test";
import { parseUserAgent } from "../../src/enrich/user-agent.ts";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
const ANDROID =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
const brands = (...names: readonly string[]) => names.map((name) => `"${name}";v="130"`).join(", ");

test.each([
  ["Brave, which calls itself Chrome", brands("Chromium", "Brave", "Not?A_Brand"), "Brave"],
  ["Chrome", brands("Chromium", "Google Chrome", "Not?A_Brand"), "Chrome"],
  ["Edge", brands("Not;A=Brand", "Microsoft Edge", "Chromium"), "Edge"],
  ["Opera GX", brands("Opera GX", "Not)A;Brand", "Chromium"), "Opera"],
  ["Yandex", brands("YaBrowser", "Yowser", "Chromium"), "Yandex Browser"],
  ["a Chromium without a name: what the User-Agent says", brands("Chromium", "Not A;Brand"), "Chrome"],
  ["nothing that is a list", "<script>", "Chrome"],
  ["too much", `"${"x".repeat(40_000)}";v="1"`, "Chrome"],
])("the brands tell %s", (_what, list, browser) => {
  expect(parseUserAgent(CHROME, { brands: list, mobile: null, platform: null }).browser).toBe(browser);
});

test.each([
  ['"Windows"', "Windows"],
  ['"macOS"', "macOS"],
  ['"Chrome OS"', "ChromeOS"],
  ['"Linux"', "Linux"],
  ['"Android"', "Android"],
  ['"Unknown"', "Windows"],
  ['""', "Windows"],
  ["Windows", "Windows"],
])("the platform %s is %s", (platform, os) => {
  expect(parseUserAgent(CHROME, { brands: null, mobile: null, platform }).os).toBe(os);
});

test.each([
  [CHROME, "?0", '"Windows"', "desktop"],
  [CHROME, "?1", '"Android"', "mobile"],
  [ANDROID.replace("Safari/", "Mobile Safari/"), "?1", '"Android"', "mobile"],
  [ANDROID, "?0", '"Android"', "tablet"],
  [CHROME, "yes", '"Windows"', "desktop"],
  [
    "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
    "?0",
    null,
    "console",
  ],
])("%s with %s on %s is a %s", (userAgent, mobile, platform, device) => {
  expect(parseUserAgent(userAgent, { brands: null, mobile, platform }).device).toBe(device);
});

test("hints without a User-Agent's help make no bot a person", () => {
  const hints = { brands: brands("Google Chrome"), mobile: "?0", platform: '"Windows"' };
  expect(parseUserAgent(`${CHROME} GPTBot/1.0`, hints).bot).toMatchObject({ name: "GPTBot" });
});
