import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

/*
 * Imports the access log of a real web site with the binary and looks whether the numbers agree: what
 * the import says that it stored, what the API lists and counts, with bots and without, and that a second
 * import of the same file adds nothing. Prints the bots that asked most often, as a table for the guide.
 */

const USAGE = "bun scripts/try-real-log.ts FILE (an access log in the combined format; build the binary first)";
const BINARY = resolve(import.meta.dirname, "../dist/footfall");
const ADMIN_KEY = crypto.randomUUID();
const PAGE_SIZE = 1_000;
const TOP_BOTS = 20;

interface Report {
  readonly lines: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly rejected: number;
}

interface Page {
  readonly events: readonly { readonly id: string }[];
  readonly pagination: { readonly total: number; readonly nextCursor: string | null };
}

interface Stats {
  readonly totals: { readonly bot_visits: number };
  readonly bot_breakdown: readonly {
    readonly bot_name: string;
    readonly bot_company: string | null;
    readonly count: number;
  }[];
}

/** The binary in a folder of its own. */
function createFootfall(folder: string) {
  const env = {
    FOOTFALL_DATABASE_URL: `file:${join(folder, "footfall.db")}`,
    FOOTFALL_ADMIN_KEY: ADMIN_KEY,
    FOOTFALL_LOG_LEVEL: "warn",
  };

  function run(...args: readonly string[]): unknown {
    const { stdout, stderr, exitCode } = Bun.spawnSync([BINARY, ...args, "--json"], { cwd: folder, env });
    if (exitCode !== 0) throw new Error(`footfall ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
    return JSON.parse(stdout.toString());
  }

  /** Resolves when it listens. */
  async function serve(): Promise<AsyncDisposable & { readonly url: string }> {
    const server = Bun.spawn([BINARY, "serve", "--port", "0"], { cwd: folder, env, stdout: "pipe", stderr: "inherit" });
    let said = "";
    for await (const chunk of server.stdout) {
      said += new TextDecoder().decode(chunk);
      const url = /listening on (http:\S+)/.exec(said)?.[1];
      if (url === undefined) continue;
      const stop = async () => {
        server.kill("SIGTERM");
        if ((await server.exited) !== 0) throw new Error(`The server ended with ${server.exitCode}`);
      };
      return { url, [Symbol.asyncDispose]: stop };
    }
    throw new Error(`The server did not start: ${said}`);
  }

  return { run, serve };
}

async function ask<Answer>(url: string): Promise<Answer> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  if (!answer.ok) throw new Error(`${url} was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** Walks through all pages: how many different events there are, and what each page says is their number. */
async function list(
  url: string,
  trackingCode: string,
  filter: Readonly<Record<string, string>> = {},
): Promise<{ listed: number; total: number }> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  let total: number;
  do {
    const query = new URLSearchParams({
      trackingCode,
      limit: String(PAGE_SIZE),
      ...filter,
      ...(cursor ? { cursor } : {}),
    });
    const page = await ask<Page>(`${url}/api/v1/events?${query}`);
    for (const { id } of page.events) ids.add(id);
    total = page.pagination.total;
    cursor = page.pagination.nextCursor;
  } while (cursor !== null);
  return { listed: ids.size, total };
}

/** The bots by their number of events, as Markdown. */
function describeBots({ bot_breakdown, totals }: Stats): string {
  const rows = bot_breakdown
    .slice(0, TOP_BOTS)
    .map(({ bot_name, bot_company, count }) => `| ${bot_name} | ${bot_company ?? "–"} | ${count} |`);
  return [
    "| bot | company | events |",
    "| --- | --- | --- |",
    ...rows,
    `| all ${bot_breakdown.length} bots | | ${totals.bot_visits} |`,
  ].join("\n");
}

function assertEqual(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${what}: ${actual} instead of ${expected}`);
}

/** @param flags of the import: with `--all` also what is no page view. */
async function tryLog(log: string, folder: string, flags: readonly string[]): Promise<string> {
  const footfall = createFootfall(folder);
  const site = footfall.run("site", "add", "--name", "Real log") as { id: string; trackingCode: string };
  const importLog = () => footfall.run("import", log, "--site", site.id, "--format", "combined", ...flags) as Report;

  const first = importLog();
  assertEqual("Lines with an outcome", first.stored + first.duplicates + first.skipped + first.rejected, first.lines);
  if (first.stored === 0) throw new Error("Nothing was stored");

  await using server = await footfall.serve();
  const before = await list(server.url, site.trackingCode);
  assertEqual("Events listed after the first import", before.listed, first.stored);
  assertEqual("Total after the first import", before.total, first.stored);

  // Beside the running server.
  const second = importLog();
  assertEqual("Events stored by the second import", second.stored, 0);
  assertEqual("Duplicates of the second import", second.duplicates, first.stored + first.duplicates);
  const after = await list(server.url, site.trackingCode);
  assertEqual("Events listed after the second import", after.listed, first.stored);
  assertEqual("Total after the second import", after.total, first.stored);

  const stats = await ask<Stats>(`${server.url}/api/v1/sites/${site.id}/stats?start=0001-01-01`);
  const people = await list(server.url, site.trackingCode, { bots: "exclude" });
  assertEqual("Events listed without bots", people.listed, first.stored - stats.totals.bot_visits);
  assertEqual("Total without bots", people.total, people.listed);

  const { lines, stored, duplicates, skipped, rejected } = first;
  const counts = `${lines} lines: ${stored} stored and listed, ${duplicates} duplicates, ${skipped} skipped, ${rejected} rejected; nothing more by a second import`;
  return `${counts}\n\n${describeBots(stats)}\n`;
}

async function main(args: readonly string[]): Promise<number> {
  const [file] = args;
  if (args.length !== 1 || file === undefined || !existsSync(file) || !existsSync(BINARY)) {
    console.error(`Usage: ${USAGE}`);
    return 2;
  }
  for (const flags of [[], ["--all"]]) {
    const folder = mkdtempSync(join(tmpdir(), "footfall-real-log-"));
    try {
      // Rejected lines are kept beside the log: not where it came from.
      const log = join(folder, basename(file));
      copyFileSync(file, log);
      console.log(`${["import", ...flags].join(" ")}: ${await tryLog(log, folder, flags)}`);
    } catch (error) {
      console.error(`${["import", ...flags].join(" ")}: ${(error as Error).message}`);
      return 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
