import type { Logger } from "../lib/log.ts";
import type { Checkpointer } from "./checkpointer.ts";
import type { StoreWriter } from "./event-writer.ts";
import type { ResidueReply, ResidueRequest } from "./residue-worker.ts";

/** Pages that one command overwrites: half a millisecond. */
const BLANK_PAGES = 20;

/** Tries to cut the log, which readers and writers can be in the way of for a moment. */
const TRUNCATE_TRIES = 20;
const TRUNCATE_PAUSE_MS = 100;

const WORKER = new URL("./residue-worker.ts", import.meta.url).href;

/** See `PurgeStore.reclaim`: for a database file. */
export function createReclaim(deps: {
  path: string;
  writer: StoreWriter;
  checkpointer: Checkpointer;
  log: Logger;
  /** As for `createCarryOut`. */
  pause: (lastMs: number) => Promise<void>;
}): (signal: AbortSignal) => Promise<void> {
  const { path, writer, checkpointer, log, pause } = deps;

  /** A command, and then a pause: events that come in have half of the writer's time. */
  async function runGently<T>(command: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await command();
    await pause(performance.now() - startedAt);
    return result;
  }

  async function vacuum(signal: AbortSignal): Promise<void> {
    let left = Number.POSITIVE_INFINITY;
    while (!signal.aborted) {
      const found = await runGently(() => writer.run("vacuumSome", undefined));
      // No less than before: what comes in takes the pages as fast as they are given back.
      if (found === 0 || found >= left) return;
      left = found;
    }
  }

  async function blank(signal: AbortSignal): Promise<number> {
    using residue = startResidueWorker(path);
    let blanked = 0;
    for (let from: number | null = 2; from !== null && !signal.aborted; ) {
      const { pages, next }: ResidueReply = await residue.look(from);
      for (let at = 0; at < pages.length && !signal.aborted; at += BLANK_PAGES) {
        await runGently(() => writer.run("blankPages", { pages: pages.slice(at, at + BLANK_PAGES) }));
      }
      blanked += pages.length;
      from = next;
    }
    return blanked;
  }

  async function truncate(signal: AbortSignal): Promise<boolean> {
    for (let attempt = 1; attempt <= TRUNCATE_TRIES && !signal.aborted; attempt++) {
      if (await checkpointer.truncate()) return true;
      await Bun.sleep(TRUNCATE_PAUSE_MS);
    }
    return false;
  }

  return async (signal) => {
    await forgetTypes(writer, signal);
    await vacuum(signal);
    const pages = await blank(signal);
    const isCut = await truncate(signal);
    log.debug({ pages, isCut }, "space of removed events reclaimed");
    if (!isCut && !signal.aborted) {
      log.warn("the write-ahead log could not be cut: it holds what was removed until the next quiet moment");
    }
  };
}

/** See `PurgeStore.reclaim`: for a libSQL server, whose files are its own business. */
export const createServerReclaim =
  (writer: StoreWriter) =>
  (signal: AbortSignal): Promise<void> =>
    forgetTypes(writer, signal);

async function forgetTypes(writer: StoreWriter, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await writer.run("forgetTypes", undefined)));
}

interface ResidueWorker extends Disposable {
  look(from: number): Promise<ResidueReply>;
}

function startResidueWorker(path: string): ResidueWorker {
  const worker = new Worker(WORKER);
  let pending: PromiseWithResolvers<ResidueReply> | undefined;
  worker.onerror = (event) => pending?.reject(new Error(`The residue worker has ended: ${event.message}`));
  worker.onmessage = ({ data }: MessageEvent<ResidueReply>) => {
    if (data.failure === undefined) pending?.resolve(data);
    else pending?.reject(new Error(data.failure));
  };
  return {
    look(from) {
      pending = Promise.withResolvers();
      worker.postMessage({ path, from } satisfies ResidueRequest);
      return pending.promise;
    },
    [Symbol.dispose]: () => worker.terminate(),
  };
}
