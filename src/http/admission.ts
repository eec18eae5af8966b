import { AppError } from "../domain/errors.ts";
import type { Site } from "../domain/site.ts";
import { truncateText } from "../domain/text.ts";
import { type Caller, mayRead } from "./caller.ts";
import { openTo } from "./cors.ts";
import type { Limits } from "./limits.ts";

/**
 * What every dialect asks once it knows the site of a request, whichever way it got to know it: may this
 * request post to the site, may it read. Limits and origins are settled here for all of them, and what
 * is left of the limits is told in the answer's head, good or bad.
 *
 * Whether a *key* may post to the site is not asked here: dialects say so in different ways (`mayWrite`).
 */
export interface Admission {
  /**
   * Lets a request post to a site, or throws. To be called once for each site of the request, after the
   * body was found to be right and before anything is stored.
   *
   * @param events how many; all of them are let in, or none.
   * @throws `rate_limited`; `forbidden` for a page of an origin that the site does not allow;
   *   `payload_too_large` for more events than the site ever takes at once.
   */
  admit(caller: Caller, site: Site, events?: number): void;
  /**
   * The same for a batch whose events are judged alone: it counts once for each of its sites, and its
   * events are let in until the site's quota is used up. Then `Retry-After` says when to send the others again.
   *
   * @param sites of the events, in order.
   * @returns for each event what refuses it, null for one that is let in.
   */
  admitEach(caller: Caller, sites: readonly Site[]): readonly (AppError | null)[];
  /**
   * Whether the caller may read the site's events; if so, `openToPages`.
   *
   * @throws `rate_limited` for a request without a key.
   */
  admitReader(caller: Caller, site: Site): boolean;
  /** Lets pages of the origins that the site allows read the answer, which is about the site. */
  openToPages(caller: Caller, site: Site): void;
}

/** In letters; an origin is nearly always shorter. */
const MAX_SHOWN_ORIGIN = 100;

/** Of a batch, what a site takes. */
interface Share {
  /** How many events are still let in. */
  left: number;
  /** What the others are told. */
  readonly refusal: AppError | null;
}

export function createAdmission({ limits }: { limits: Limits }): Admission {
  function refusalOfRequest(caller: Caller, site: Site): AppError | null {
    // A key is no page's own: whoever has one may post from anywhere.
    if (caller.key !== null) return null;
    if (!isAllowedOrigin(site, caller.origin)) {
      const origin = truncateText(caller.origin ?? "", MAX_SHOWN_ORIGIN);
      return new AppError("forbidden", `The website takes no events of pages of ${origin}`);
    }
    return limits.ofPosting(caller, site);
  }

  function shareOf(caller: Caller, site: Site, events: number): Share {
    const refused = refusalOfRequest(caller, site);
    if (refused) return { left: 0, refusal: refused };
    const { taken, refusal } = limits.ofBatch(caller, site, events);
    return { left: taken, refusal };
  }

  return {
    admit(caller, site, events = 1) {
      const refusal = refusalOfRequest(caller, site) ?? limits.ofEvents(caller, site, events);
      if (refusal) throw refusal;
    },
    admitEach(caller, sites) {
      const shares = new Map<number, Share>();
      for (const [id, [site, ...others]] of Map.groupBy(sites, ({ id }) => id)) {
        if (site) shares.set(id, shareOf(caller, site, 1 + others.length));
      }
      const waits = [...shares.values()].flatMap(({ refusal }) => refusal?.retryAfter ?? []);
      if (waits.length > 0) caller.answer.headers["retry-after"] = String(Math.max(...waits));
      return sites.map(({ id }) => {
        const share = shares.get(id);
        if (!share || share.left === 0) return share?.refusal ?? null;
        share.left -= 1;
        return null;
      });
    },
    admitReader(caller, site) {
      if (!mayRead(caller, site)) return false;
      openToPages(caller, site);
      const refusal = caller.key === null ? limits.ofReading(caller, site) : null;
      if (refusal) throw refusal;
      return true;
    },
    openToPages,
  };
}

/** Without a word of the server or the site, no page may read. */
function openToPages({ origin, answer }: Caller, { allowedOrigins }: Site): void {
  if (origin !== null && allowedOrigins?.includes(origin)) Object.assign(answer.headers, openTo(origin));
}

/** Without an origin it is no page that posts, and the list is about pages. */
const isAllowedOrigin = ({ allowedOrigins }: Site, origin: string | null): boolean =>
  origin === null || allowedOrigins === null || allowedOrigins.includes(origin);
