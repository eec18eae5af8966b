import type { BenchClient } from "./client.ts";
import { pageView } from "./workloads.ts";

const AT_ONCE = 1_000;
const CONNECTIONS = 4;

/** Events are spread over this time, in ms, so that days, deep pages and time ranges mean something. */
const SPREAD_MS = 90 * 24 * 3_600_000;

/**
 * Posts events in batches until the site has `to` of them; the n-th is always the same event.
 *
 * @param last how many the largest table of the run has: the time that is spread over.
 * @returns events a second.
 */
export async function fill(client: BenchClient, from: number, to: number, last: number): Promise<number> {
  const end = Date.now();
  let next = from;
  async function send(): Promise<void> {
    while (next < to) {
      const first = next;
      next = Math.min(to, next + AT_ONCE);
      const events = Array.from({ length: next - first }, (_, n) => ({
        ...pageView(client.trackingCode, first + n),
        timestamp: Math.floor(end - SPREAD_MS + ((first + n) / last) * SPREAD_MS),
      }));
      await client.ask("/api/v1/events/batch", { method: "POST", body: { events } });
    }
  }
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, send));
  return (to - from) / ((performance.now() - startedAt) / 1_000);
}
