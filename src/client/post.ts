import { bodyOf, type Queued } from "./queue.ts";
import { judge, type Verdict } from "./verdict.ts";

/** How long an answer may take, in ms. */
const TIMEOUT_MS = 30_000;

/** The ways to the server. */
export interface Post {
  /** @param keepalive whether it goes on when the page is left; for at most 64 KiB. */
  send(batch: readonly Queued[], keepalive?: boolean): Promise<Verdict>;
  /** Without an answer; false where it cannot be done. */
  beacon(batch: readonly Queued[]): boolean;
}

export function createPost({ url, key }: { readonly url: string; readonly key?: string }): Post {
  const endpoint = `${url.replace(/\/+$/, "")}/api/v1/events/batch`;
  return {
    async send(batch, keepalive = false) {
      try {
        const answer = await fetch(endpoint, {
          method: "POST",
          // As text/plain, which it says of a string: for JSON a browser would have to ask the server first.
          body: bodyOf(batch),
          headers: key ? { authorization: `Bearer ${key}` } : {},
          keepalive,
          signal: AbortSignal.timeout?.(TIMEOUT_MS) ?? null,
        });
        return await judge(answer);
      } catch {
        return { kind: "later", afterMs: null };
      }
    },
    // A beacon cannot carry a key.
    beacon: (batch) => !key && (navigator.sendBeacon?.(endpoint, bodyOf(batch)) ?? false),
  };
}
