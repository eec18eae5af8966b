import QuickLRU from "quick-lru";
import { type Networks, normalizeAddress } from "../lib/ip-address.ts";
import type { Logger } from "../lib/log.ts";
import { originalOf } from "./usual-path.ts";

/** The part of Bun's server that knows who is at the other end. */
export interface Peers {
  requestIP(request: Request): { readonly address: string } | null;
}

/** The address of whoever sent a request; null where there is none (a request that no socket brought). */
export type ClientAddress = (request: Request, peers: Peers | null) => string | null;

/** Addresses that were looked at before; at most twice as many are kept. */
const REMEMBERED = 10_000;

/** How many hops of a header are looked at, from the right. */
const MAX_HOPS = 20;

/**
 * The client's address: the peer's, or, where the peer is a trusted proxy, the right-most hop of
 * `X-Forwarded-For` or `Forwarded` that is none. What stands further left can be invented by anyone.
 */
export function createClientAddress(deps: { trustedProxies: Networks; log: Logger }): ClientAddress {
  const { trustedProxies, log } = deps;
  const trust = new QuickLRU<string, boolean>({ maxSize: REMEMBERED });
  const usual = new QuickLRU<string, string>({ maxSize: REMEMBERED });
  let hasWarned = false;

  function isTrusted(address: string): boolean {
    const known = trust.get(address);
    if (known !== undefined) return known;
    const trusted = trustedProxies.contain(address);
    trust.set(address, trusted);
    return trusted;
  }

  function normalize(text: string): string | null {
    const known = usual.get(text);
    if (known !== undefined) return known;
    const address = normalizeAddress(text);
    if (address !== null) usual.set(text, address);
    return address;
  }

  /** A setting is missing, or somebody tries to be somebody else: once is enough to know. */
  function warnOfUntrusted(peer: string): void {
    if (hasWarned) return;
    hasWarned = true;
    log.warn(
      { peer },
      "a peer that is no trusted proxy sends X-Forwarded-For, which is ignored; is it your proxy? Then name it in FOOTFALL_TRUSTED_PROXIES",
    );
  }

  return (request, peers) => {
    const said = (peers?.requestIP(request) ?? peers?.requestIP(originalOf(request)))?.address;
    const peer = said === undefined ? null : normalize(said);
    if (peer === null) return null;
    const hops = forwardedHops(request.headers);
    if (hops === null) return peer;
    if (!isTrusted(peer)) {
      warnOfUntrusted(peer);
      return peer;
    }
    let client = peer;
    for (const hop of hops) {
      const address = normalize(hop);
      // What is no address (`unknown`, `_hidden`) hides whoever was before it.
      if (address === null) break;
      client = address;
      if (!isTrusted(address)) break;
    }
    return client;
  };
}

/** The hops of the request, the nearest first; null where no header names any. */
function forwardedHops(headers: Headers): readonly string[] | null {
  const list = headers.get("x-forwarded-for");
  if (list !== null) return lastHops(list);
  const forwarded = headers.get("forwarded");
  if (forwarded === null) return null;
  // RFC 7239: `for=192.0.2.1;proto=https, for="[2001:db8::1]:443"`.
  return lastHops(forwarded).map((hop) => /(?:^|;)\s*for\s*=\s*"?([^";]*)"?/i.exec(hop)?.[1] ?? "");
}

const lastHops = (list: string): readonly string[] => list.split(",").slice(-MAX_HOPS).reverse();
