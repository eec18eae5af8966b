import QuickLRU from "quick-lru";
import { AI_APPS, AI_PLACES, AI_UTM_SOURCES, type AiPlace } from "./ai-source-table.ts";

/** Referrers that were looked at before; at most twice as many are kept. Long ones come once. */
const REMEMBERED = 2_000;
const LONGEST_REMEMBERED = 256;

const remembered = new QuickLRU<string, string | null>({ maxSize: REMEMBERED });

/** No more of a referrer or URL is looked at. */
const MAX_LENGTH = 4_096;

const BY_HOST: ReadonlyMap<string, readonly AiPlace[]> = Map.groupBy(AI_PLACES, ({ host }) => host);

/**
 * The AI assistant that a visitor came from: by the referrer's host, else by the `utm_source` of the
 * page's URL; null for everywhere else.
 */
export function findAiSource(referrer: string | null, url: string | null): string | null {
  const source = referrer === null ? null : recallSource(referrer);
  return source ?? (url === null ? null : sourceOfUrl(url.slice(0, MAX_LENGTH)));
}

/** Whether there is anything to tell an assistant by. */
export const mayHaveAiSource = (referrer: string | null, url: string | null): boolean =>
  referrer !== null || (url?.includes("utm_source=") ?? false);

function recallSource(referrer: string): string | null {
  if (referrer.length > LONGEST_REMEMBERED) return sourceOfReferrer(referrer.slice(0, MAX_LENGTH));
  const known = remembered.get(referrer);
  if (known !== undefined) return known;
  const source = sourceOfReferrer(referrer);
  remembered.set(referrer, source);
  return source;
}

function sourceOfReferrer(referrer: string): string | null {
  const text = referrer.trim();
  const app = /^android-app:\/\/([\w.]+)/i.exec(text)?.[1];
  if (app !== undefined) return AI_APPS.get(app.toLowerCase()) ?? null;
  // With or without a scheme: some clients send the bare host.
  const [, host, path = "", query = ""] =
    /^(?:https?:\/\/)?(?:[^@/?#\s]{0,200}@)?([a-z0-9.-]{1,253})(?::\d{1,5})?(?:(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?)?$/i.exec(
      text,
    ) ?? [];
  if (host === undefined) return null;
  return sourceOfPlace(host.toLowerCase().replace(/\.$/, ""), path, query);
}

/** Host by host up to the top: `www.chatgpt.com`, `chatgpt.com`, `com`; never a part of a label. */
function sourceOfPlace(host: string, path: string, query: string): string | null {
  for (let name = host; name !== ""; name = name.slice(name.indexOf(".") + 1)) {
    const place = BY_HOST.get(name)?.find((one) => isAt(one, path, query));
    if (place) return place.source;
    if (!name.includes(".")) return null;
  }
  return null;
}

function isAt(place: AiPlace, path: string, query: string): boolean {
  if (place.path !== undefined && path !== place.path && !path.startsWith(`${place.path}/`)) return false;
  return place.query === undefined || parameterOf(query, place.query[0]) === place.query[1];
}

function sourceOfUrl(url: string): string | null {
  const start = url.indexOf("?");
  if (start === -1) return null;
  const source = parameterOf(url.slice(start + 1).replace(/#.*$/s, ""), "utm_source");
  return source === null ? null : (AI_UTM_SOURCES.get(source.toLowerCase()) ?? null);
}

/** The first value of a parameter as it is written there; none of ours needs decoding. */
function parameterOf(query: string, name: string): string | null {
  for (let at = query.indexOf(`${name}=`); at !== -1; at = query.indexOf(`${name}=`, at + 1)) {
    const before = query[at - 1];
    if (before !== undefined && before !== "&") continue;
    const start = at + name.length + 1;
    const end = query.indexOf("&", start);
    return query.slice(start, end === -1 ? undefined : end);
  }
  return null;
}
