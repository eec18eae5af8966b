import QuickLRU from "quick-lru";
import type { Networks } from "../lib/ip-address.ts";
import type { Peers } from "./client-address.ts";

/** The country of the visitor as a trusted proxy says, ISO 3166-1 alpha-2; null where none does. */
export type ProxyCountry = (request: Request, peers: Peers | null) => string | null;

/** Peers that were looked at before; at most twice as many are kept. */
const REMEMBERED = 1_000;

/** Cloudflare says `XX` where it does not know, and `T1` of Tor. */
const COUNTRY = /^(?!XX|T1)[A-Z]{2}$/;

/** Reads `CF-IPCountry`, which anyone can send: it counts only from a trusted proxy. */
export function createProxyCountry(trustedProxies: Networks): ProxyCountry {
  const trust = new QuickLRU<string, boolean>({ maxSize: REMEMBERED });

  function isTrusted(peer: string): boolean {
    const known = trust.get(peer);
    if (known !== undefined) return known;
    const trusted = trustedProxies.contain(peer);
    trust.set(peer, trusted);
    return trusted;
  }

  return (request, peers) => {
    const said = request.headers.get("cf-ipcountry");
    if (said === null || !COUNTRY.test(said)) return null;
    const peer = peers?.requestIP(request)?.address;
    return peer !== undefined && isTrusted(peer) ? said : null;
  };
}
