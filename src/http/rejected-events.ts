import { AppError } from "../domain/errors.ts";
import type { NoteRejection } from "../domain/note-rejection.ts";
import type { SiteStore } from "../domain/ports.ts";
import { REASON_OF } from "../domain/rejection.ts";
import type { Site, SiteReference } from "../domain/site.ts";
import { parseJson } from "../domain/text.ts";
import type { Logger } from "../lib/log.ts";
import { apiOf, type RequestObserver } from "./request-observer.ts";
import { ROUTES, type RouteName } from "./routes.ts";

/** What an event, right or wrong, names its site by: the first of them that there is counts. */
export type SitesNamedBy = (event: Readonly<Record<string, unknown>>) => readonly SiteReference[];

/** By the routes that take events. */
export type RejectedRoutes = Partial<Record<RouteName, SitesNamedBy>>;

/** Counts events that were not taken, and notes them for those who run their sites. It never fails. */
export interface RejectedEvents {
  /**
   * The event of a request that is refused, whatever refuses it.
   *
   * @param body as far as it was read: JSON, its text, or nothing.
   * @param status what it is answered with.
   */
  ofRequest(name: string, body: unknown, error: AppError, status: number): Promise<void>;
  /** One event of a batch whose events are judged alone. */
  ofBatch(name: RouteName, event: unknown, error: AppError): Promise<void>;
}

/** A longer text is not parsed to find out whose it is. */
const MAX_PARSED_LETTERS = 256 * 1024;

export function createRejectedEvents(deps: {
  sites: Pick<SiteStore, "findSite" | "recallSite">;
  noteRejection: NoteRejection;
  routes: RejectedRoutes;
  requests: Pick<RequestObserver, "turnedAway">;
  log: Logger;
}): RejectedEvents {
  const { sites, noteRejection, routes, requests, log } = deps;

  const takesEvents = (name: string): name is RouteName => name in routes;

  const count = (name: RouteName, { code }: AppError): void =>
    requests.turnedAway(apiOf(ROUTES[name].dialect), code === "rate_limited" ? "limited" : "rejected");

  async function siteOf(event: unknown, namedBy: SitesNamedBy): Promise<Site | null> {
    if (typeof event !== "object" || event === null) return null;
    for (const reference of namedBy(event as Record<string, unknown>)) {
      const site = sites.recallSite(reference) ?? (await sites.findSite(reference));
      if (site) return site;
    }
    return null;
  }

  async function note(name: RouteName, event: unknown, error: AppError): Promise<void> {
    const namedBy = routes[name];
    if (!namedBy || REASON_OF[error.code] === null) return;
    try {
      const site = await siteOf(event, namedBy);
      const dialect = apiOf(ROUTES[name].dialect);
      noteRejection({ siteId: site?.id ?? null, dialect, error, event });
    } catch (cause) {
      log.debug({ err: cause }, "a rejected event could not be noted");
    }
  }

  return {
    async ofRequest(name, body, error, status) {
      if (!takesEvents(name)) return;
      if (isAboutEvents(status)) count(name, error);
      await note(name, readBody(body), error);
    },
    async ofBatch(name, event, error) {
      // What reached the store has been counted by what became of it there.
      if (error.code !== "internal") count(name, error);
      await note(name, event, error);
    },
  };
}

/** Other errors are about who sends them, or the server's own. */
const isAboutEvents = (status: number): boolean => status >= 400 && status < 500 && status !== 401 && status !== 403;

/** A body is still text where the caller is refused before it, or where it is no JSON. */
function readBody(body: unknown): unknown {
  if (typeof body !== "string") return body ?? undefined;
  if (body.length > MAX_PARSED_LETTERS) return body;
  try {
    return parseJson(body);
  } catch (error) {
    if (error instanceof AppError) return body;
    throw error;
  }
}
