import type { Clock } from "../../../lib/clock.ts";
import type { Caller } from "../../caller.ts";
import type { RequestFacts } from "./decode.ts";

export function requestFacts(request: Request, caller: Caller, clock: Clock): RequestFacts {
  return {
    userAgent: request.headers.get("user-agent"),
    isFromServer: caller.key !== null,
    nowMs: clock.now(),
  };
}
