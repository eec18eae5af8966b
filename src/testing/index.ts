import { explainMissing } from "./explain.ts";
import { differencesOf } from "./match.ts";
import { createReadNewEvents } from "./read-events.ts";
import { startProcess } from "./server-process.ts";
import type * as contract from "./testing.d.ts";

/** How long an event may take to come, in ms, where the test does not say. */
const WITHIN_MS = 2_000;

const LOOK_EVERY_MS = 15;

type Facts = Pick<
  contract.FootfallServer,
  "url" | "trackingCode" | "siteKey" | "key" | "websiteId" | "siteId" | "programId" | "scope"
>;

export const startFootfall: typeof contract.startFootfall = async ({ env = {} } = {}) => {
  const started = await startProcess(env);
  const facts = started.facts as Facts;
  const { ask, stop } = started.process;
  return {
    ...facts,
    async events(like = {}) {
      const events = await createReadNewEvents(facts)();
      return events.filter((event) => differencesOf(event, like).length === 0);
    },
    async expectEvent(like, { within = WITHIN_MS } = {}) {
      const readNewEvents = createReadNewEvents(facts);
      const seen: contract.StoredEvent[] = [];
      for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
        const events = await readNewEvents();
        const found = events.find((event) => differencesOf(event, like).length === 0);
        if (found) return found;
        seen.push(...events);
        if (waitedMs >= within) throw new Error(explainMissing(like, seen, within));
        // By the server's clock: fake timers stop every clock of this process.
        await ask(`pause ${LOOK_EVERY_MS}`);
      }
    },
    async clear() {
      await ask("clear");
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
};
