import { describe, expect, test } from "bun:test";
import { parseUserAgent } from "../../src/enrich/user-agent.ts";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const CHROME_ON_WINDOWS = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36`;

test.each([
  [CHROME_ON_WINDOWS, "desktop", "Chrome", "Windows"],
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0`,
    "desktop",
    "Edge",
    "Windows",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "desktop",
    "Safari",
    "macOS",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    "mobile",
    "Safari",
    "iOS",
  ],
  [
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
    "tablet",
    "Safari",
    "iOS",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1",
    "mobile",
    "Chrome",
    "iOS",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "desktop", "Firefox", "Linux"],
  ["Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "desktop", "Firefox", "Linux"],
  [`Mozilla/5.0 (X11; Fedora; Linux x86_64) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36`, "desktop", "Chrome", "Linux"],
  [
    `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36`,
    "desktop",
    "Chrome",
    "ChromeOS",
  ],
  [
    `Mozilla/5.0 (Linux; Android 14; SM-S921B) ${WEBKIT} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36`,
    "mobile",
    "Samsung Internet",
    "Android",
  ],
  [
    `Mozilla/5.0 (Linux; U; Android 13; en-US; M2101K6G) ${WEBKIT} Version/4.0 Chrome/100.0.4896.58 UCBrowser/13.4.0.1306 Mobile Safari/537.36`,
    "mobile",
    "UC Browser",
    "Android",
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0; WOW64) ${WEBKIT} Chrome/122.0.0.0 YaBrowser/24.4.0 Safari/537.36`,
    "desktop",
    "Yandex Browser",
    "Windows",
  ],
  [
    `Mozilla/5.0 (Linux; U; Android 12; zh-cn; V2049A) ${WEBKIT} Version/4.0 Chrome/89.0 MQQBrowser/13.6 Mobile Safari/537.36`,
    "mobile",
    "QQ Browser",
    "Android",
  ],
  [
    `Mozilla/5.0 (Windows NT 10.0) ${WEBKIT} Chrome/130.0.0.0 Safari/537.36 OPR/114.0.0.0`,
    "desktop",
    "Opera",
    "Windows",
  ],
  ["Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "desktop", "Internet Explorer", "Windows"],
  [`Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) ${WEBKIT} Version/6.0 TV Safari/537.36`, "tv", "Safari", "Tizen"],
  [
    "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
    "console",
    "Safari",
    "PlayStation",
  ],
  [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} HeadlessChrome/130.0.0.0 Safari/537.36`, "desktop", "Chrome", "Linux"],
  [
    "Mozilla/5.0 (X11; Windows x86_64) AppleWebKit/536.11 (KHTML, like Gecko) chrome/22.0.1190.0 Safari/536.11",
    "desktop",
    "Chrome",
    null,
  ],
])("%s is a %s with %s on %s", (userAgent, device, browser, os) => {
  expect(parseUserAgent(userAgent)).toMatchObject({ device, browser, os });
});

describe("a program that is no browser", () => {
  test.each(["curl/8.7.1", "undici", "Bun/1.4.5", "python-requests/2.32", "", " ", "-", "\0"])(
    "%j tells nothing",
    (userAgent) => {
      expect(parseUserAgent(userAgent)).toMatchObject({ device: null, browser: null, os: null });
    },
  );

  test("has no device where only its system is known", () => {
    expect(parseUserAgent("HTTP_Request2/2.1.1 PHP/5.3.2-1ubuntu4.18")).toMatchObject({
      device: null,
      browser: null,
      os: "Linux",
    });
  });
});

describe("hostile User-Agents", () => {
  const LONG = 32_768;
  const repeat = (part: string) => part.repeat(Math.ceil(LONG / part.length));

  test.each([
    ["blanks", repeat(" ")],
    ["brackets", `Mozilla/5.0 ${repeat("(")}`],
    ["semicolons", `Mozilla/5.0 (${repeat("Android;")})`],
    ["a slow match", `Mozilla/5.0 (Linux; ${repeat("Build/")}`],
    ["slashes", repeat("opera/ version/ ")],
    ["NUL characters", repeat("\0")],
    ["unpaired surrogates", repeat("\ud800")],
  ])("%s of 32 KB take no noticeable time", (_what, userAgent) => {
    // Five different ones: what was parsed before is remembered.
    const times = Array.from({ length: 5 }, (_, index) => {
      const startedAt = performance.now();
      parseUserAgent(`${index}${userAgent}`);
      return performance.now() - startedAt;
    });
    // 0.3 ms are usual; a regular expression that backtracks would take seconds.
    expect(Math.min(...times)).toBeLessThan(10);
  });

  test("what stands behind 512 characters does not count", () => {
    expect(parseUserAgent(`${" ".repeat(512)}${CHROME_ON_WINDOWS}`).browser).toBeNull();
  });
});
