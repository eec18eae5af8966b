import type { Reclassification, Reclassify } from "../domain/enrichment.ts";
import type { EventData, NewEvent } from "../domain/event.ts";
import { findAiSource, mayHaveAiSource } from "./ai-sources.ts";
import { parseUserAgent } from "./user-agent.ts";

/**
 * Looks at a stored event with today's tables: a bot again by its User-Agent, the AI source again by
 * referrer and URL. A person's User-Agent is not stored, so a person stays one.
 */
export const reclassify: Reclassify = (event) => {
  const { userAgent, said } = dataOf(event.data);
  if (said !== undefined) return null;
  const today = userAgent === undefined ? asPerson(event) : asAgent(event, userAgent);
  const isSame =
    today.botName === event.botName && today.botCompany === event.botCompany && today.aiSource === event.aiSource;
  return isSame && !today.forgetUserAgent ? null : today;
};

function asAgent(event: NewEvent, userAgent: string): Reclassification {
  const { bot } = parseUserAgent(userAgent);
  return bot
    ? { botName: bot.name, botCompany: bot.company, aiSource: null, forgetUserAgent: false }
    : { botName: null, botCompany: null, aiSource: sourceOf(event), forgetUserAgent: true };
}

function asPerson({ botName, botCompany, ...event }: NewEvent): Reclassification {
  // A bot without a User-Agent is one because its client said so.
  const aiSource = botName === null ? sourceOf(event) : event.aiSource;
  return { botName, botCompany, aiSource, forgetUserAgent: false };
}

/** Where nothing is left to tell it by, what was known stays. */
const sourceOf = ({ referrer, url, aiSource }: Pick<NewEvent, "referrer" | "url" | "aiSource">): string | null =>
  mayHaveAiSource(referrer, url) ? findAiSource(referrer, url) : aiSource;

/** Properties can be large, and most events have nothing of this. */
function dataOf(data: string | null): EventData {
  return data !== null && /"(?:userAgent|said)":/.test(data) ? (JSON.parse(data) as EventData) : {};
}
