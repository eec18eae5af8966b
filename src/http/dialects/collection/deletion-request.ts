import { coversSite } from "../../../domain/api-key.ts";
import type { DeletionFilter } from "../../../domain/deletion.ts";
import { AppError, invalid } from "../../../domain/errors.ts";
import { parseEventFilter } from "../../../domain/event-filter.ts";
import type { SiteStore } from "../../../domain/ports.ts";
import { assertCleanText } from "../../../domain/text.ts";
import { type Caller, requireKey } from "../../caller.ts";
import { DeleteEventsQuery } from "./deletion-schemas.ts";

/** Who it is that deletes; these routes need a key. */
export const nameOf = (caller: Caller): string => requireKey(caller).id;

/** Whether the caller's key is for the site, and the site is there. */
export function createIsOwn(sites: SiteStore) {
  return (caller: Caller) =>
    async (siteId: number): Promise<boolean> => {
      const site = await sites.findSite({ by: "id", id: siteId });
      return site !== null && isCovered(caller, siteId);
    };
}

export const isCovered = ({ key }: Caller, siteId: number): boolean => key !== null && coversSite(key, siteId);

/** @throws `invalid_input` where the reason cannot be stored. */
export function decodeReason(reason: string | null | undefined): string | null {
  if (reason == null || reason.trim() === "") return null;
  assertCleanText("reason", reason);
  return reason.trim();
}

const FILTERS = ["eventType", "from", "to", "sessionId", "visitorId", "eventName", "url", "path", "bots"] as const;

/**
 * The filter of a deletion. Stricter than the list's, because nobody sees what it matched before it is gone: a
 * misspelt or empty filter must not widen it.
 *
 * @throws `invalid_input` that names every wrong parameter.
 */
export function decodeDeletionFilter(query: DeleteEventsQuery, siteId: number): DeletionFilter {
  const errors: Record<string, string[]> = {};
  for (const name of Object.keys(query)) {
    if (!Object.hasOwn(DeleteEventsQuery.properties, name)) errors[name] = ["Is not a parameter of a deletion"];
  }
  const named = FILTERS.filter((name) => query[name] !== undefined && query[name] !== "include");
  for (const name of named) if (query[name] === "") errors[name] = ["Must not be empty"];
  if (query.all === "true" && named.length > 0) errors.all = ["Goes with no other filter"];
  if (query.all !== "true" && named.length === 0) {
    errors.all = [`Name at least one of ${FILTERS.join(", ")}, or say all=true`];
  }
  if (Object.keys(errors).length > 0)
    throw new AppError("invalid_input", "Invalid query parameters", { fieldErrors: errors });
  const { siteId: _siteId, ...filter } = parseEventFilter(siteId, query);
  return filter;
}

/** As long as any API stores one, and longer than this one does. */
const MAX_VISITOR_ID_LENGTH = 1_000;

/** @throws `invalid_input` where no visitor can have this id. */
export function decodeVisitorId(text: string): string {
  assertCleanText("visitorId", text);
  if (text === "" || text.length > MAX_VISITOR_ID_LENGTH) {
    throw invalid("visitorId", `Must be 1 to ${MAX_VISITOR_ID_LENGTH} characters`, "Invalid path");
  }
  return text;
}
