import Bowser from "bowser";
import DeviceDetector from "node-device-detector";
import { parseUserAgent } from "../../src/enrich/user-agent.ts";
import { crawlers, modernBrowsers, type WootheeCase, wootheeCases } from "./data.ts";
import { browser, isSameBot, isSameCompany, system, WOOTHEE_BROWSERS } from "./names.ts";

/** How often what we recognise is what others say. */
export interface Accuracy {
  readonly what: string;
  readonly source: string;
  readonly cases: number;
  readonly right: number;
  /** User-Agents that we take for something else, with what we say and what others do. */
  readonly wrong: readonly string[];
}

type Judge<Case> = (one: Case) => boolean | string;

/** @param judge true where we are right; else what is wrong. */
function measure<Case>(what: string, source: string, cases: readonly Case[], judge: Judge<Case>): Accuracy {
  const wrong = cases.map(judge).filter((verdict) => verdict !== true);
  return { what, source, cases: cases.length, right: cases.length - wrong.length, wrong: wrong.map(String) };
}

const isBot = (userAgent: string): boolean | string => parseUserAgent(userAgent).bot !== null || userAgent;

async function detection(): Promise<readonly Accuracy[]> {
  const cases = await wootheeCases();
  const people = await modernBrowsers();
  return [
    measure("bots recognised", "crawler-user-agents", await crawlers(), isBot),
    measure("bots recognised", "woothee", targets(cases, ["crawler"]), isBot),
    measure("browsers not taken for bots", "user-agents, top-user-agents", people, (userAgent) => {
      const { bot } = parseUserAgent(userAgent);
      return bot === null || `${bot.name}: ${userAgent}`;
    }),
  ];
}

const targets = (cases: readonly WootheeCase[], categories: readonly string[]): readonly string[] =>
  cases.filter(({ category }) => categories.includes(category)).map(({ target }) => target);

interface NamedBot {
  readonly userAgent: string;
  readonly name: string;
  readonly company: string | null;
}

/** Bots of AI companies and search engines as another parser calls them; what it has no name for is left out. */
async function namedBots(): Promise<readonly NamedBot[]> {
  const detector = new DeviceDetector();
  return (await crawlers(["ai-crawler", "search-engine"])).flatMap((userAgent) => {
    const found = detector.parseBot(userAgent) as { name?: string; producer?: { name?: string } } | null;
    if (!found?.name || /^Generic|Nutch/.test(found.name)) return [];
    return [{ userAgent, name: found.name, company: found.producer?.name || null }];
  });
}

async function naming(): Promise<readonly Accuracy[]> {
  const bots = await namedBots();
  const source = "crawler-user-agents, named by node-device-detector";
  return [
    measure("names of AI and search bots", source, bots, ({ userAgent, name }) => {
      const ours = parseUserAgent(userAgent).bot?.name ?? "";
      return isSameBot(ours, name) || `${ours} | ${name} | ${userAgent}`;
    }),
    measure(
      "companies of AI and search bots",
      source,
      bots.filter(({ company }) => company !== null),
      ({ userAgent, company }) => {
        const ours = parseUserAgent(userAgent).bot?.company ?? "";
        return isSameCompany(ours, company ?? "") || `${ours} | ${company} | ${userAgent}`;
      },
    ),
  ];
}

/** Browsers and systems on which two other parsers agree. */
async function browsersOfToday(): Promise<readonly Accuracy[]> {
  const detector = new DeviceDetector();
  const cases = (await modernBrowsers()).map((userAgent) => {
    const [one, other] = [Bowser.getParser(userAgent), detector.detect(userAgent)];
    return {
      userAgent,
      browsers: [one.getBrowserName(), other.client?.name ?? ""].map(browser),
      systems: [one.getOSName(), other.os?.name ?? ""].map(system),
    };
  });
  const source = "user-agents, top-user-agents, where bowser and node-device-detector agree";
  const agree = ([one, other]: readonly string[]) => one !== "" && one === other;
  return [
    measure(
      "browsers",
      source,
      cases.filter(({ browsers }) => agree(browsers)),
      ({ userAgent, browsers }) => {
        const ours = browser(parseUserAgent(userAgent).browser ?? "");
        return ours === browsers[0] || `${ours} | ${browsers[0]} | ${userAgent}`;
      },
    ),
    measure(
      "operating systems",
      source,
      cases.filter(({ systems }) => agree(systems)),
      ({ userAgent, systems }) => {
        const ours = system(parseUserAgent(userAgent).os ?? "");
        return ours === systems[0] || `${ours} | ${systems[0]} | ${userAgent}`;
      },
    ),
  ];
}

async function browsersOfOld(): Promise<readonly Accuracy[]> {
  const cases = (await wootheeCases()).filter(({ category }) => ["pc", "smartphone"].includes(category));
  return [
    measure(
      "browsers",
      "woothee",
      cases.filter(({ name }) => name !== "UNKNOWN"),
      ({ target, name }) => {
        const [ours, theirs] = [parseUserAgent(target).browser ?? "", name].map(browser) as [string, string];
        const isSame = (WOOTHEE_BROWSERS[theirs] ?? [theirs]).includes(ours);
        return isSame || `${ours} | ${theirs} | ${target}`;
      },
    ),
    measure(
      "operating systems",
      "woothee",
      cases.filter(({ os }) => os !== "UNKNOWN"),
      ({ target, os }) => {
        const [ours, theirs] = [parseUserAgent(target).os ?? "", os].map(system) as [string, string];
        return ours === theirs || `${ours} | ${theirs} | ${target}`;
      },
    ),
  ];
}

/** All figures, from data that ships with packages: nothing is fetched. */
export async function measureAccuracy(): Promise<readonly Accuracy[]> {
  return [...(await detection()), ...(await naming()), ...(await browsersOfToday()), ...(await browsersOfOld())];
}
