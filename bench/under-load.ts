import { connect } from "./client.ts";
import { fill } from "./fill.ts";
import { type LoadResult, loadGenerator } from "./load.ts";
import { measureOperation, OPERATIONS } from "./operations.ts";
import { createDatabase, KEY, startFootfall } from "./servers.ts";
import { SINGLE } from "./workloads.ts";

/** How single events fare while something heavy goes on: p99 in ms, null where this release has no such thing. */
export interface UnderLoadRow {
  readonly meanwhile: string;
  readonly p99: number | null;
}

const SECONDS = 5;

export async function measureUnderLoad(events: number): Promise<UnderLoadRow[]> {
  console.error(`measuring: single events beside heavy work in ${events.toLocaleString("en")} events`);
  using database = createDatabase();
  await using server = await startFootfall(database);
  const client = await connect(server.origin);
  await fill(client, 0, events, events);

  const post = (): Promise<LoadResult> =>
    loadGenerator.run({ ...server, workload: SINGLE, trackingCode: client.trackingCode, key: KEY, seconds: SECONDS });

  /** `work` again and again as long as events are posted. */
  async function beside(meanwhile: string, work: () => Promise<unknown>): Promise<UnderLoadRow> {
    let isPosting = true;
    const posting = post().finally(() => {
      isPosting = false;
    });
    while (isPosting) await work();
    return { meanwhile, p99: (await posting).p99 };
  }

  const rows: UnderLoadRow[] = [{ meanwhile: "nothing", p99: (await post()).p99 }];
  for (const operation of OPERATIONS.filter(({ isHeavy }) => isHeavy)) {
    if (operation.needs !== undefined && !client.has(operation.needs)) {
      rows.push({ meanwhile: operation.name, p99: null });
      continue;
    }
    rows.push(await beside(operation.name, () => measureOperation(client, operation, events)));
  }
  const isExportable = client.has("/api/v1/events/export");
  const exporting = () => client.drain(`/api/v1/events/export?trackingCode=${client.trackingCode}`);
  rows.push(isExportable ? await beside("export", exporting) : { meanwhile: "export", p99: null });
  return rows;
}
