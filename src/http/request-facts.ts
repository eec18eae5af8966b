import type { VisitorHints } from "../domain/enrichment.ts";
import type { Clock } from "../lib/clock.ts";
import type { Caller } from "./caller.ts";

/** What the request around an event tells. */
export interface RequestFacts {
  /** Of the visitor; null for a server posting for its visitors: nothing of the request is theirs. */
  readonly hints: VisitorHints | null;
  readonly nowMs: number;
}

export function requestFacts(request: Request, caller: Caller, clock: Clock): RequestFacts {
  return {
    hints: caller.key === null ? { userAgent: request.headers.get("user-agent"), address: caller.address } : null,
    nowMs: clock.now(),
  };
}
