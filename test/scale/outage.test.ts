import { describe, expect, test } from "bun:test";
import type { StartedServer } from "../crash/support/server.ts";
import { eventually } from "../support/clock.ts";
import { caughtUp } from "../support/sqld.ts";
import { startCluster } from "./support/cluster.ts";

/** How long the primary is away; 30 in the long form, which sees the refusals, too. */
const SECONDS = Number(process.env.FOOTFALL_SCALE_OUTAGE_SECONDS ?? 3);

/** From then on events are not even taken into the queue. */
const REFUSED_AT_ONCE_AFTER_SECONDS = 15;

const RECOVERED_WITHIN_MS = 10_000;
const TIMEOUT_MS = 60_000 + SECONDS * 2_000;

interface Answer {
  readonly status: number;
  readonly retryAfter: number;
  readonly eventId: string;
}

async function post(instance: StartedServer, eventId: string): Promise<Answer> {
  const { trackingCode } = instance;
  const json = {
    trackingCode,
    eventType: "click",
    url: "https://example.com/",
    sessionId: eventId,
    visitorId: "v",
    eventId,
  };
  const answer = await instance.request("/api/v1/events", { json });
  await answer.text();
  return { status: answer.status, retryAfter: Number(answer.headers.get("retry-after")), eventId };
}

async function listSessions(instance: StartedServer, limit = 100): Promise<{ status: number; sessions: string[] }> {
  const answer = await instance.request(`/api/v1/events?trackingCode=${instance.trackingCode}&limit=${limit}`);
  const { events = [] } = (await answer.json()) as { events?: { sessionId: string }[] };
  return { status: answer.status, sessions: events.map(({ sessionId }) => sessionId) };
}

async function readiness(instance: StartedServer): Promise<unknown> {
  const answer = await instance.request("/ready");
  return { status: answer.status, body: await answer.json() };
}

describe(`a primary that is away for ${SECONDS} s`, () => {
  test(
    "stops no read, loses and doubles no event, is told by /ready, and is recovered from without help",
    async () => {
      await using cluster = await startCluster({ instances: 2 });
      const [instance] = cluster.instances as [StartedServer];
      const before = await Promise.all(Array.from({ length: 20 }, (_, n) => post(instance, `before-${n}`)));
      expect(before.every(({ status }) => status === 201)).toBe(true);
      await caughtUp(cluster.primary, cluster.replica);

      await cluster.primary.kill();
      const diedAt = performance.now();
      const awaySeconds = () => (performance.now() - diedAt) / 1_000;
      const waiting: Promise<Answer>[] = [];
      let lists = 0;
      while (awaySeconds() < SECONDS) {
        const posted = post(instance, `during-${waiting.length}`);
        // It is looked at in the end; what fails before must be seen as what it is.
        posted.catch(() => {});
        waiting.push(posted);
        const { status, sessions } = await listSessions(instance);
        expect({ status, events: sessions.length }).toEqual({ status: 200, events: 20 });
        lists += 1;
        expect(await readiness(instance)).toEqual({ status: 200, body: { status: "read_only" } });
        await Bun.sleep(50);
      }
      const lastOnes = await atOnce(instance, awaySeconds());

      await cluster.primary.restart();
      const during = [...(await Promise.all(waiting)), ...lastOnes];
      await eventually(
        "events are stored again",
        RECOVERED_WITHIN_MS,
        async () => (await post(instance, "after")).status < 300,
      );
      const recoveredMs = performance.now() - diedAt - SECONDS * 1_000;
      expect(await readiness(instance)).toEqual({ status: 200, body: { status: "ready" } });

      const stored = during.filter(({ status }) => status === 201);
      const refused = during.filter(({ status }) => status === 503);
      console.info(
        `primary away for ${SECONDS} s: ${lists} lists, ${stored.length} events waited and were stored, ${refused.length} refused; events again ${recoveredMs.toFixed(0)} ms after its start`,
      );
      expect(stored.length + refused.length).toBe(during.length);
      expect(refused.every(({ retryAfter }) => retryAfter > 0)).toBe(true);
      // Whoever was refused sends again, as told.
      for (const { eventId } of refused) expect((await post(instance, eventId)).status).toBeWithin(200, 202);
      await caughtUp(cluster.primary, cluster.replica);
      const { sessions } = await listSessions(instance, 1_000);
      const sent = [...before, ...during].map(({ eventId }) => eventId);
      expect(sessions.toSorted()).toEqual(["after", ...sent].toSorted());
    },
    TIMEOUT_MS,
  );
});

/** A few more events, which nobody lets wait once it is known how long the primary has been away. */
async function atOnce(instance: StartedServer, awaySeconds: number): Promise<readonly Answer[]> {
  if (awaySeconds < REFUSED_AT_ONCE_AFTER_SECONDS) return [];
  const begun = performance.now();
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => post(instance, `late-${n}`)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
  expect(performance.now() - begun).toBeLessThan(2_000);
  return answers;
}

/** As everywhere: whoever stops a server waits for it no longer. */
const STOPPED_WITHIN_MS = 10_000;

test("an instance that is stopped while the primary is away ends in time, and refuses what waits", async () => {
  await using cluster = await startCluster({ instances: 1, hasReplica: false });
  const [instance] = cluster.instances as [StartedServer];
  await cluster.primary.kill();
  const waiting = Promise.all(Array.from({ length: 5 }, (_, n) => post(instance, `late-${n}`)));
  const begun = performance.now();
  await instance.stop();
  expect(performance.now() - begun).toBeLessThan(STOPPED_WITHIN_MS);
  expect(instance.process.exitCode).toBe(0);
  expect((await waiting).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
}, 30_000);
