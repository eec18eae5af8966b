import type { SaltOf } from "../domain/daily-salts.ts";
import type { Enrich, SitePrivacy, VisitorHints } from "../domain/enrichment.ts";
import { addToData, type NewEvent } from "../domain/event.ts";
import { findAiSource } from "./ai-sources.ts";
import type { AddressFacts, LookUpAddress } from "./geo.ts";
import { cutUserAgent, parseUserAgent } from "./user-agent.ts";
import { type SessionOf, visitorIdOf } from "./visitors.ts";

/** Fills in all that a request tells of an event. */
export function createEnrich(deps: { lookUpAddress: LookUpAddress; saltOf: SaltOf; sessionOf: SessionOf }): Enrich {
  const { lookUpAddress, saltOf, sessionOf } = deps;

  /** Visitor and session, where the client named none. */
  function identify(event: NewEvent, hints: VisitorHints, { network }: AddressFacts): void {
    const { siteId } = event;
    event.visitorId ??= visitorIdOf(saltOf(hints.atMs), { network, userAgent: hints.userAgent ?? "", siteId });
    event.sessionId ??= sessionOf(siteId, event.visitorId, hints.atMs);
  }

  return (event, hints, site) => {
    if (hints === null) return findSource(event);
    describeAgent(event, hints);
    findSource(event);
    const address = hints.address === null ? null : lookUpAddress(hints.address);
    locate(event, hints, address);
    if (isUnfollowed(hints, site)) {
      event.visitorId = null;
      event.sessionId = null;
      event.city = null;
    } else if (address && hints.atMs > 0) {
      identify(event, hints, address);
    }
  };
}

/** Device, browser and system, all three or none: a client that named one knows better. And the bot, if it is one. */
function describeAgent(event: NewEvent, { userAgent, clientHints }: VisitorHints): void {
  if (userAgent === null) return;
  const { device, browser, os, bot } = parseUserAgent(userAgent, clientHints);
  if (event.device === null && event.browser === null && event.os === null)
    Object.assign(event, { device, browser, os });
  if (event.aiSource !== null) return;
  if (event.botName === null) event.botName = bot?.name ?? null;
  if (event.botName === null) return;
  event.botCompany ??= bot?.company ?? null;
  // A bot is nobody's person; a person's User-Agent is not stored.
  event.data = addToData(event.data, "userAgent", cutUserAgent(userAgent));
}

/** A bot's visit is no referral. */
function findSource(event: NewEvent): void {
  if (event.aiSource === null && event.botName === null) event.aiSource = findAiSource(event.referrer, event.url);
}

/** A proxy that was asked to say the country may know better than the database; then the city is not of that place. */
function locate(event: NewEvent, hints: VisitorHints, address: AddressFacts | null): void {
  if (event.country !== null) return;
  event.country = hints.country ?? address?.country ?? null;
  if (address === null || event.country !== address.country) return;
  event.region ??= address.region;
  event.city ??= address.city;
}

const isUnfollowed = (hints: VisitorHints, site: SitePrivacy): boolean =>
  (hints.gpc && site.honorGpc) || (hints.dnt && site.honorDnt);
