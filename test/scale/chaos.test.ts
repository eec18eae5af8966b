import { describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { readAllEvents } from "../crash/support/inspect.ts";
import { createLedger, judge, KEPT, type Ledger, type Verdict } from "../crash/support/ledger.ts";
import { chooseSeed, createRandom, type Random } from "../crash/support/random.ts";
import { startHastyProxy, waitUntil } from "../crash/support/server.ts";
import { OPERATIONS, type Operation, postSingle } from "../crash/support/workload.ts";
import { eventually } from "../support/clock.ts";
import type { Sqld } from "../support/sqld.ts";
import { type Cluster, startCluster } from "./support/cluster.ts";
import { applyClusterLoad } from "./support/load.ts";

/** How long there is load, with a death every moment; 60 in the long form. */
const SECONDS = Number(process.env.FOOTFALL_SCALE_SECONDS ?? 5);
const INSTANCES = 4;
const CLIENTS = 24;

/** Between one death and the next. */
const PAUSE_MS = [200, 1_200] as const;
/** How long what was killed stays away. */
const AWAY_MS = [0, 1_500] as const;

/** After each death, an event must be acknowledged again within this time: a halt for good is found out. */
const GOES_ON_WITHIN_MS = 20_000;

const TIMEOUT_MS = 120_000 + SECONDS * 4_000;

type Victim = "an instance" | "all instances" | "the primary" | "the replica";

/** Die in any case, however short the run is. */
const FIRST_VICTIMS: readonly Victim[] = ["the primary", "an instance"];

/** Instances die most often, as they would. */
const VICTIMS: readonly Victim[] = ["an instance", "an instance", "the primary", "the replica"];

async function killForAWhile(victim: Victim, cluster: Cluster, random: Random): Promise<void> {
  const awayMs = random.between(...AWAY_MS);
  if (victim === "an instance") {
    const place = random.between(0, INSTANCES - 1);
    await cluster.instances[place]?.kill();
    await Bun.sleep(awayMs);
    return cluster.restart(place);
  }
  if (victim === "all instances") {
    await Promise.all(cluster.instances.map((instance) => instance.kill()));
    await Promise.all(cluster.instances.map((_, place) => cluster.restart(place)));
    return;
  }
  const server = victim === "the primary" ? cluster.primary : cluster.replica;
  await server.kill();
  await Bun.sleep(awayMs);
  return server.restart();
}

interface Run {
  readonly verdict: Verdict;
  readonly deaths: ReadonlyMap<Victim, number>;
}

interface RunOptions {
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly seconds: number;
  readonly clients?: number;
  readonly victims: readonly Victim[];
  /** Die before those that chance chooses. */
  readonly first?: readonly Victim[];
  readonly operations?: readonly Operation[];
}

/** Load from many clients, death after death; then what is there is compared with what was acknowledged. */
async function run(options: RunOptions): Promise<Run> {
  const { cluster, ledger, random, seconds, clients = CLIENTS, victims, first = [], operations = OPERATIONS } = options;
  const next = [...first];
  const deaths = new Map<Victim, number>();
  const done = new AbortController();
  const load = applyClusterLoad({ cluster, ledger, random, clients, operations, until: done.signal });
  const until = performance.now() + seconds * 1_000;
  while (next.length > 0 || performance.now() < until) {
    await Bun.sleep(random.between(...PAUSE_MS));
    const victim = next.shift() ?? random.pick(victims) ?? "an instance";
    deaths.set(victim, (deaths.get(victim) ?? 0) + 1);
    await killForAWhile(victim, cluster, random);
    const before = ledger.acknowledged.size;
    await waitUntil("an event is acknowledged", GOES_ON_WITHIN_MS, () => ledger.acknowledged.size > before);
  }
  done.abort();
  await load;
  return { verdict: await compare(cluster, ledger), deaths };
}

/** How long a replica may take that has to begin anew. */
const CAUGHT_UP_WITHIN_MS = 30_000;

async function compare(cluster: Cluster, ledger: Ledger): Promise<Verdict> {
  // Until then lists may lack what other instances have stored in the last seconds.
  const state = await eventually("the replica has all", CAUGHT_UP_WITHIN_MS, async () => {
    const atPrimary = await inspectServer(cluster.primary);
    // One that begins anew has no tables for a moment.
    const atReplica = await inspectServer(cluster.replica).catch(() => null);
    return Bun.deepEquals(atReplica, atPrimary) && atPrimary;
  });
  const [instance] = cluster.instances;
  if (!instance) throw new Error("There is no instance");
  const { events, total } = await readAllEvents(instance, instance.trackingCode);
  const found = { integrity: "ok", events: events.length, totals: total, dayCounts: total, twice: 0 };
  if (total !== events.length || !Bun.deepEquals(state, found)) {
    ledger.report(`the list has ${JSON.stringify(found)}, the database ${JSON.stringify(state)}`);
  }
  return judge(ledger, events);
}

/** What a database server says of its database, past Footfall. */
async function inspectServer(server: Sqld) {
  const client = createClient({ url: server.url });
  const one = async (sql: string) => (await client.execute(sql)).rows[0]?.[0];
  const state = {
    integrity: await one("PRAGMA integrity_check"),
    events: await one("SELECT count(*) FROM events NOT INDEXED WHERE deleted_at IS NULL"),
    totals: await one("SELECT sum(n) FROM event_totals"),
    dayCounts: await one("SELECT sum(n) FROM event_day_counts"),
    twice: await one(
      "SELECT count(*) FROM (SELECT 1 FROM events NOT INDEXED WHERE dedupe_key IS NOT NULL GROUP BY site_id, dedupe_key HAVING count(*) > 1)",
    ),
  };
  client.close();
  return state;
}

const describeRun = ({ verdict, deaths }: Run): string =>
  `${verdict.acknowledged} events acknowledged, ${verdict.lost.length} lost, ${verdict.duplicated.length} twice; deaths: ${[...deaths].map(([victim, times]) => `${victim} ${times}`).join(", ")}`;

describe(`${INSTANCES} instances on one database server`, () => {
  test(
    "lose no acknowledged event, store none twice, and go on, whichever process is killed",
    async () => {
      const seed = chooseSeed();
      const random = createRandom(seed);
      await using cluster = await startCluster({ instances: INSTANCES });
      const ledger = createLedger("scale", random.fork());
      const result = await run({ cluster, ledger, random, seconds: SECONDS, first: FIRST_VICTIMS, victims: VICTIMS });
      const statuses = [...ledger.statuses].map(([status, times]) => `${status}: ${times}`).join(", ");
      console.info(`${SECONDS} s of deaths (seed ${seed}): ${describeRun(result)}; answers ${statuses}`);
      expect(result.verdict).toMatchObject(KEPT);
      for (const victim of FIRST_VICTIMS) expect(result.deaths.get(victim)).toBeGreaterThan(0);
      expect(result.verdict.acknowledged).toBeGreaterThan(SECONDS * 50);
    },
    TIMEOUT_MS,
  );

  test("control: the same load finds what is lost behind proxies that acknowledge too early", async () => {
    const random = createRandom(chooseSeed());
    await using cluster = await startCluster({ instances: INSTANCES, dress: startHastyProxy });
    const ledger = createLedger("control", random.fork());
    const result = await run({
      cluster,
      ledger,
      random,
      seconds: 0.3,
      clients: 4,
      victims: ["all instances"],
      operations: [postSingle],
    });
    console.info(`control: ${describeRun(result)}`);
    expect(result.verdict.lost.length).toBeGreaterThan(0);
  }, 60_000);
});
