import { readdirSync } from "node:fs";
import { join } from "node:path";

/** User-Agents of other projects, out of the packages that they publish. */
const PACKAGES = join(import.meta.dir, "../../node_modules");

const readJson = (path: string): Promise<unknown> => Bun.file(join(PACKAGES, path)).json();

interface Crawler {
  readonly instances: readonly string[];
  readonly tags?: readonly string[];
}

/** What calls itself a bot, as the list `crawler-user-agents` has seen it. */
export async function crawlers(tags: readonly string[] | null = null): Promise<readonly string[]> {
  const list = (await readJson("crawler-user-agents/crawler-user-agents.json")) as readonly Crawler[];
  const wanted = list.filter((crawler) => tags === null || crawler.tags?.some((tag) => tags.includes(tag)));
  return [...new Set(wanted.flatMap(({ instances }) => instances))];
}

/** What people's browsers sent in the month of the package: `user-agents` and `top-user-agents`. */
export async function modernBrowsers(): Promise<readonly string[]> {
  const sampled = (await readJson("user-agents/dist/user-agents.json")) as readonly { userAgent: string }[];
  const top = (await readJson("top-user-agents/src/index.json")) as readonly string[];
  return [...new Set([...sampled.map(({ userAgent }) => userAgent), ...top])];
}

/** One case of Woothee's tests; `UNKNOWN` where it does not say. */
export interface WootheeCase {
  readonly target: string;
  readonly name: string;
  readonly os: string;
  readonly category: string;
}

export async function wootheeCases(): Promise<readonly WootheeCase[]> {
  const folder = join(PACKAGES, "woothee/woothee/testsets");
  const files = await Promise.all(
    readdirSync(folder)
      .toSorted()
      .map((file) => Bun.file(join(folder, file)).text()),
  );
  return files
    .flatMap((text) => Bun.YAML.parse(text) as WootheeCase[])
    .filter(({ target }) => typeof target === "string");
}
