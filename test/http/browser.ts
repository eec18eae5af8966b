import { afterAll, beforeAll } from "bun:test";
import { type Browser, chromium, type Page } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @throws with the command that installs it where there is no Chromium. */
async function launchBrowser(): Promise<Browser> {
  const executablePath = Bun.which("chromium");
  if (executablePath === null) throw new Error("Chromium is missing: apt-get install chromium");
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

/** Starts a browser before the tests of a `describe` block and closes it after them. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 30_000);
  afterAll(async () => {
    await browser?.close();
  });
  return () => {
    if (!browser) throw new Error("The browser runs only while the tests do");
    return browser;
  };
}

/** A page that can reach one server only. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Whatever went wrong: console errors, thrown errors, breaches of the page's policy, requests elsewhere. */
  readonly problems: readonly string[];
}

/** Opens an empty page that refuses every request to a server other than `origin`. */
export async function openPage(browser: Browser, origin: string): Promise<WatchedPage> {
  const problems: string[] = [];
  const context = await browser.newContext();
  await context.route("**", (route) => {
    const { origin: target, href } = new URL(route.request().url());
    if (target === origin) return route.continue();
    problems.push(`request: ${href}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`thrown: ${error.message}`));
  await page.exposeFunction("reportViolation", (text: string) => problems.push(`policy: ${text}`));
  await page.addInitScript(`
    addEventListener("securitypolicyviolation", (event) =>
      reportViolation(event.violatedDirective + " " + event.blockedURI));
  `);
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}
