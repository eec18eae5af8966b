import type { ClientHints, VisitorHints } from "../domain/enrichment.ts";
import type { Clock } from "../lib/clock.ts";
import type { Caller } from "./caller.ts";

/** What the request around an event tells. */
export interface RequestFacts {
  /** Of the visitor; null for a server posting for its visitors: nothing of the request is theirs. */
  readonly hints: VisitorHints | null;
  readonly nowMs: number;
}

/** What servers post with. A bot that visits a page does not post with them, and no visitor does. */
const HTTP_LIBRARY =
  /^(?:aiohttp|apache-httpclient|axios|bun|curl|dart|deno|faraday|go-http-client|got|guzzlehttp|httpie|httpx|java|libcurl|libwww-perl|lwp|node|node-fetch|okhttp|php|postmanruntime|powershell|python|python-httpx|python-requests|python-urllib|reqwest|restsharp|ruby|undici|wget)(?![\w-])/i;

export function requestFacts(request: Request, caller: Caller, clock: Clock): RequestFacts {
  const nowMs = clock.now();
  return { hints: caller.key === null ? visitorHints(request, caller, nowMs) : null, nowMs };
}

function visitorHints({ headers }: Request, { address, country }: Caller, atMs: number): VisitorHints {
  const userAgent = headers.get("user-agent");
  return {
    userAgent: userAgent !== null && HTTP_LIBRARY.test(userAgent) ? null : userAgent,
    clientHints: clientHints(headers),
    address,
    country,
    gpc: headers.get("sec-gpc") === "1",
    dnt: headers.get("dnt") === "1",
    atMs,
  };
}

function clientHints(headers: Headers): ClientHints | null {
  const hints = {
    brands: headers.get("sec-ch-ua"),
    mobile: headers.get("sec-ch-ua-mobile"),
    platform: headers.get("sec-ch-ua-platform"),
  };
  return hints.brands === null && hints.mobile === null && hints.platform === null ? null : hints;
}
