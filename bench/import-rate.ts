import { createDatabase, runCommand } from "./servers.ts";
import { pageView } from "./workloads.ts";

/** `footfall import` of JSON lines into a new database, in events a second, its start included. */
export async function measureImport(events: number): Promise<number> {
  console.error(`measuring: import of ${events.toLocaleString("en")} JSON lines`);
  using database = createDatabase();
  await runCommand(database, ["site", "add", "--name", "Import", "--domain", "import.example", "--scope", "imported"]);
  const lines = Array.from({ length: events }, (_, n) => {
    const { trackingCode: _code, ...line } = pageView("", n);
    return JSON.stringify({ ...line, timestamp: Date.now() - n });
  });
  const args = ["import", "-", "--site", "imported", "--format", "jsonl", "--json"];
  const { output, ms } = await runCommand(database, args, new Blob([lines.join("\n")]));
  const report = output.match(/"stored":\s*(\d+)/)?.[1];
  if (Number(report) !== events) throw new Error(`The import stored ${report} of ${events} events:\n${output}`);
  return events / (ms / 1_000);
}
