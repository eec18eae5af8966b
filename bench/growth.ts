import { type BenchClient, connect } from "./client.ts";
import { fill } from "./fill.ts";
import { measure } from "./measure.ts";
import { measureOperation, OPERATIONS } from "./operations.ts";
import { createDatabase, runCommand, startFootfall } from "./servers.ts";
import { sampled, usageOf } from "./usage.ts";
import { BATCH, SINGLE } from "./workloads.ts";

/** What a database of some size does. Null where this release cannot do it. */
export interface GrowthColumn {
  readonly events: number;
  readonly figures: Readonly<Record<string, Figure>>;
}

export interface Figure {
  readonly value: number | null;
  readonly unit: "ms" | "events/s" | "B" | "MiB";
}

const LOAD_SECONDS = 3;

/** How often it is looked whether a deletion is done, and whether its purge is due, in ms. */
const LOOK_EVERY_MS = 20;

/** Deletions are due at the first full minute; nothing else makes the purge wait, and one in ten may be many. */
const PURGED_AT_ONCE = {
  FOOTFALL_UNDO_WINDOW: "1s",
  FOOTFALL_PURGE_CRON: "* * * * *",
  FOOTFALL_MAX_PENDING_DELETIONS: "10000000",
};

/** Fills a new database, starts the server on it again, and measures everything once. */
export async function measureGrowth(events: number): Promise<GrowthColumn> {
  console.error(`measuring: a database of ${events.toLocaleString("en")} events`);
  using database = createDatabase(PURGED_AT_ONCE);
  const figures: Record<string, Figure> = {};
  const note = (name: string, value: number | null, unit: Figure["unit"]) => {
    figures[name] = { value, unit };
  };

  {
    await using server = await startFootfall(database);
    note("filled, batches of 1,000", await fill(await connect(server.origin), 0, events, events), "events/s");
  }
  note("bytes an event", database.bytes() / events, "B");

  {
    await using server = await startFootfall(database);
    note("start to listening", server.startMs, "ms");
    const client = await connect(server.origin);
    for (const operation of OPERATIONS) note(operation.name, await measureOperation(client, operation, events), "ms");
    const exported = await measureExport(client, server.pid, events);
    note("export", exported?.perSecond ?? null, "events/s");
    note("export, more memory", exported?.moreMiB ?? null, "MiB");
    for (const workload of [SINGLE, BATCH]) {
      const options = { trackingCode: client.trackingCode, rounds: 1, seconds: LOAD_SECONDS };
      const [row] = await measure(workload, [server], options);
      note(workload.name, row?.perSecond ?? null, "events/s");
    }
    note("delete one in ten by filter", await measureDeletion(client), "ms");
  }
  await untilFullMinute();
  const purge = await runCommand(database, ["purge", "--json"]);
  const { events: purged } = JSON.parse(purge.output) as { events: number };
  note("purge", purged / (purge.ms / 1_000), "events/s");
  return { events, figures };
}

async function measureExport(client: BenchClient, pid: number, events: number) {
  const path = "/api/v1/events/export";
  if (!client.has(path)) return null;
  const before = usageOf(pid).residentMiB;
  const startedAt = performance.now();
  const { peakMiB } = await sampled(pid, () => client.drain(`${path}?trackingCode=${client.trackingCode}`));
  return { perSecond: events / ((performance.now() - startedAt) / 1_000), moreMiB: peakMiB - before };
}

/** From the request until every event is marked, in ms. */
async function measureDeletion(client: BenchClient): Promise<number> {
  const startedAt = performance.now();
  const path = `/api/v1/events?trackingCode=${client.trackingCode}&eventType=click`;
  const { deletionId } = JSON.parse(await client.ask(path, { method: "DELETE" })) as { deletionId: string };
  for (;;) {
    const { status } = JSON.parse(await client.ask(`/api/v1/deletions/${deletionId}`)) as { status: string };
    if (status !== "deleting") return performance.now() - startedAt;
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

/** The server is gone by then, so its own purge does not run. */
async function untilFullMinute(): Promise<void> {
  const due = Math.ceil((Date.now() + 1_000) / 60_000) * 60_000;
  await Bun.sleep(due + 100 - Date.now());
}
