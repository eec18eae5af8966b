import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../support/server.ts";
import { inspectFile, readAllEvents } from "./support/inspect.ts";
import { createLedger, judge, KEPT, type Ledger, type SentEvent } from "./support/ledger.ts";
import { chooseSeed, createRandom } from "./support/random.ts";
import type { WriterLine } from "./support/second-writer.ts";
import { exitOf, type StartedServer, startServer, waitUntil } from "./support/server.ts";
import { applyLoad } from "./support/workload.ts";

const ROUNDS = 6;
const HASTY_ROUNDS = 10;
const CONNECTIONS = 16;
const BOTH_WRITE_MS = [50, 600] as const;

/** How many events the survivor must store after the other was killed. */
const AFTERWARDS = 50;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a server and a command that write at the same time", () => {
  test("lose nothing and share no id when one of them is killed", async () => {
    const seed = chooseSeed();
    const random = createRandom(seed);
    const ledger = createLedger("server", random.fork());
    const database = join(folder, "two.db");
    let server: StartedServer | null = null;

    for (let round = 1; round <= ROUNDS; round++) {
      server ??= await startServer(database);
      const { url, trackingCode } = server;
      const done = new AbortController();
      const load = applyLoad({ url, trackingCode, ledger, random, writers: CONNECTIONS, until: done.signal });
      const command = startSecondWriter(database, `command-${round}`, ledger);
      await waitUntil("the command writes", 10_000, () => command.stored() > 0);
      await Bun.sleep(random.between(...BOTH_WRITE_MS));

      if (round % 2 === 0) {
        await server.kill();
        server = null;
        const before = command.stored();
        await waitUntil("the command goes on alone", 10_000, () => command.stored() >= before + AFTERWARDS);
        await command.stop();
        await load;
      } else {
        await command.kill();
        const before = ledger.acknowledged.size;
        await waitUntil("the server goes on alone", 10_000, () => ledger.acknowledged.size >= before + AFTERWARDS);
        done.abort();
        await load;
      }
    }

    server ??= await startServer(database);
    const { events } = await readAllEvents(server, server.trackingCode);
    const file = inspectFile(database);
    await server.stop();
    const verdict = judge(ledger, events);
    const byCommand = events.filter(isByCommand);
    console.info(
      `two writers (seed ${seed}): ${verdict.acknowledged} events acknowledged, ` +
        `${byCommand.length} of those stored by the commands, ${verdict.lost.length} lost`,
    );
    expect(verdict).toMatchObject(KEPT);
    expect(file).toMatchObject({ integrity: ["ok"], events: events.length, totals: events.length });
    const ofCommands = new Set(byCommand.map(({ id }) => nodeOf(id)));
    const ofServer = new Set(events.filter((event) => !isByCommand(event)).map(({ id }) => nodeOf(id)));
    expect([...ofServer]).toEqual([0]);
    expect(ofCommands.has(0)).toBe(false);
  }, 120_000);

  test("control: a command that says too early what it has stored is found out", async () => {
    const ledger = createLedger("control", createRandom(chooseSeed()));
    await using server = await startServer(join(folder, "control.db"));
    // Killed right after a commit, one has told no lie: of many, some are caught at it.
    for (let round = 1; round <= HASTY_ROUNDS; round++) {
      const command = startSecondWriter(server.database, `command-hasty-${round}`, ledger, "hasty");
      await waitUntil("the command writes", 10_000, () => command.stored() > AFTERWARDS);
      await command.kill();
    }
    const { events } = await readAllEvents(server, server.trackingCode);
    const { lost, acknowledged } = judge(ledger, events);
    console.info(`control: ${lost.length} of ${acknowledged} acknowledged events lost`);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(acknowledged);
  }, 30_000);
});

const isByCommand = ({ eventId }: SentEvent): boolean => eventId?.startsWith("command-") ?? false;

/** The bits of an id that tell the processes apart. */
const nodeOf = (id: string): number => Math.floor(Number.parseInt(id, 36) / 64) % 64;

interface SecondWriter {
  /** How many events it says it has stored. */
  stored(): number;
  /** Lets it finish what it has begun. */
  stop(): Promise<void>;
  /** SIGKILL; what it had said before is in the ledger. */
  kill(): Promise<void>;
}

function startSecondWriter(database: string, name: string, ledger: Ledger, mode = ""): SecondWriter {
  const script = join(import.meta.dir, "support", "second-writer.ts");
  const child = Bun.spawn([process.execPath, script, database, name, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const sent = new Map<string, SentEvent>();
  let stored = 0;

  function note(line: WriterLine): void {
    if ("sent" in line) {
      sent.set(line.sent.sessionId, line.sent);
      ledger.adopt(line.sent);
      return;
    }
    const event = sent.get(line.stored);
    if (event) ledger.acknowledge(event, line.id);
    stored += 1;
  }

  const reading = (async () => {
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) note(JSON.parse(line));
    }
  })();
  return {
    stored: () => stored,
    async stop() {
      child.kill("SIGTERM");
      expect(await exitOf(child, 20_000)).toMatchObject({ code: 0 });
      await reading;
    },
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
      await reading;
    },
  };
}
