import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emptyEvent } from "../../src/domain/event.ts";
import { createLogger } from "../../src/lib/log.ts";
import { openClient } from "../../src/store/database.ts";
import { deletionCommands } from "../../src/store/deletion-commands.ts";
import { encodeRows, numberRow } from "../../src/store/encode-rows.ts";
import { insertEvents } from "../../src/store/event-columns.ts";
import { prepareFile } from "../../src/store/prepare-file.ts";
import { purgeCommands } from "../../src/store/purge-commands.ts";

/** SQLite's three ways to remove: with zeros over it, with zeros where that costs no page more, or not. */
export const MODES = ["ON", "FAST", "OFF"] as const;
export type Mode = (typeof MODES)[number];

export interface SecureDeleteResult {
  readonly mode: Mode;
  readonly insertsPerSecond: number;
  readonly purgesPerSecond: number;
}

const BATCH = 1_000;
const CHECKPOINT_EVERY = 20;
const NOW = Date.UTC(2026, 0, 1);

function partOf(from: number): { rows: string; rare: number } {
  const events = Array.from({ length: BATCH }, (_, k) => {
    const n = from + k;
    return {
      ...emptyEvent({ type: n % 7 === 0 ? "click" : "pageview", occurredAt: NOW + n }),
      siteId: 1,
      url: `https://example.com/blog/article-${n % 500}`,
      path: `/blog/article-${n % 500}`,
      visitorId: `vis-${n % 5_000}`,
      sessionId: `sess-${n % 9_000}`,
      browser: "Chrome",
      data: `{"properties":{"articleId":"art-${n % 300}"}}`,
    };
  });
  const { rows, rare } = encodeRows(events);
  return { rows: `[${rows.map((row, k) => numberRow(from + k + 1, NOW + from + k, row)).join(",")}]`, rare };
}

const perSecond = (count: number, startedAt: number): number => (count * 1_000) / (performance.now() - startedAt);

/** The server's own statements on a file of their own, checkpoints included: `events` go in, every other is purged. */
export async function measureSecureDelete(mode: Mode, events: number): Promise<SecureDeleteResult> {
  const folder = mkdtempSync(join(tmpdir(), "footfall-bench-"));
  const path = join(folder, "footfall.db");
  await prepareFile({ path, durability: "full", nowMs: NOW, log: createLogger("silent") });
  const extraPragmas = ["PRAGMA wal_autocheckpoint = 0", `PRAGMA secure_delete = ${mode}`];
  const $client = openClient({ kind: "file", path }, { role: "writer", durability: "full", extraPragmas });
  let steps = 0;
  const checkpoint = async () => {
    steps += 1;
    if (steps % CHECKPOINT_EVERY === 0) await $client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  };
  try {
    let startedAt = performance.now();
    for (let n = 0; n < events; n += BATCH) {
      const { rows, rare } = partOf(n);
      await $client.execute({ sql: insertEvents(rare), args: [rows, BATCH] });
      await checkpoint();
    }
    const insertsPerSecond = perSecond(events, startedAt);

    const ids = Array.from({ length: events / 2 }, (_, n) => 2 * n + 1);
    const request = { siteId: 1, kind: "events", filter: null, reason: null, by: "bench", nowMs: NOW, purgeAt: NOW };
    for (let at = 0; at < ids.length; at += BATCH) {
      const chosen = ids.slice(at, at + BATCH);
      await deletionCommands.markEvents(
        { $client },
        { request: { ...request, kind: "events" }, ids: chosen, cap: events },
      );
    }
    startedAt = performance.now();
    let purged = 0;
    for (;;) {
      const done = await purgeCommands.purgeSome({ $client }, { nowMs: NOW, steps: [], by: "bench" });
      if (done.deletions === 0) break;
      purged += done.events;
      await checkpoint();
    }
    return { mode, insertsPerSecond, purgesPerSecond: perSecond(purged, startedAt) };
  } finally {
    $client.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
