import type { Random } from "./random.ts";
import type { SystemCall } from "./trace.ts";

/** Options for a trace that holds every byte that was written, in hexadecimal. */
export const FULL_TRACE = ["-xx", "-s", "65536"];

/** Calls that {@link replay} needs. */
export const REPLAY_CALLS = [
  "pwrite64",
  "pwritev",
  "pwritev2",
  "ftruncate",
  "fallocate",
  "fsync",
  "fdatasync",
  "sendto",
];

/** A change of a file that a power cut may undo, in part or as a whole, until the file is synced. */
interface Change {
  readonly path: string;
  readonly endedAt: number;
  /** The bytes written; null for a change of the length. */
  readonly bytes: Buffer | null;
  /** Where they begin; or the new length. */
  readonly offset: number;
}

/** What a disk holds. */
export type Disk = ReadonlyMap<string, Buffer>;

export interface Replay {
  /** Places in the trace at which the power may be cut. */
  readonly lines: number;
  /**
   * What is on the disk after a cut: everything that was synced, and of the rest nothing, or any
   * part of it.
   */
  cutAt(line: number, rest: "nothing" | Random): Disk;
  /** Ids of the events that had been acknowledged. */
  acknowledgedBefore(line: number): ReadonlySet<string>;
}

const SECTOR = 512;

/**
 * Reads from a trace what a server did to its files.
 *
 * @param before the files as they were when the trace began.
 */
export function replay(calls: readonly SystemCall[], before: Disk): Replay {
  const changes: Change[] = [];
  const syncs: { path: string; beganAt: number; endedAt: number }[] = [];
  const answers: { beganAt: number; ids: readonly string[] }[] = [];
  for (const call of calls) {
    if (call.result === null || call.result < 0) continue;
    const path = pathOf(call);
    if (call.name === "sendto") answers.push({ beganAt: call.beganAt, ids: idsIn(call.args) });
    else if (!before.has(path)) continue;
    else if (call.name === "fsync" || call.name === "fdatasync") syncs.push({ ...call, path });
    else changes.push(readChange(call, path));
  }

  return {
    lines: Math.max(...calls.map(({ endedAt }) => endedAt)),
    cutAt(line, rest) {
      const disk = new Map(before);
      for (const [path, content] of before) {
        // Not simply the last sync: one of another thread may have begun later and ended sooner.
        const ended = syncs.filter((sync) => sync.path === path && sync.endedAt < line);
        const synced = Math.max(-1, ...ended.map(({ beganAt }) => beganAt));
        const done = changes.filter((change) => change.path === path && change.endedAt < line);
        const safe = done.filter((change) => change.endedAt < synced);
        const unsafe = rest === "nothing" ? [] : done.slice(safe.length).filter(() => rest.between(0, 1) === 1);
        const survivors = rest === "nothing" ? [] : unsafe.map((change) => tear(change, rest));
        disk.set(path, applyAll(content, [...safe, ...survivors]));
      }
      return disk;
    },
    acknowledgedBefore: (line) => new Set(answers.filter(({ beganAt }) => beganAt < line).flatMap(({ ids }) => ids)),
  };
}

/** The same calls as of a server that never syncs a file. */
export function withoutSyncs(calls: readonly SystemCall[], path: string): readonly SystemCall[] {
  return calls.filter((call) => !(/^f(?:data)?sync$/.test(call.name) && pathOf(call) === path));
}

/** The file that a call is about. */
function pathOf({ args }: SystemCall): string {
  return decode(/^\d+<((?:\\x..)*)>/.exec(args)?.[1] ?? "").toString();
}

function decode(hex: string): Buffer {
  return Buffer.from(hex.replaceAll("\\x", ""), "hex");
}

/** Every id in an answer that says that events are stored. */
function idsIn(args: string): readonly string[] {
  const text = decode(/, "((?:\\x..)*)"/.exec(args)?.[1] ?? "").toString();
  if (!/^HTTP\/1\.1 20[01] /.test(text)) return [];
  return [...text.matchAll(/"id":"([0-9a-z]+)"/g)].map(([, id]) => id as string);
}

function readChange({ name, args, endedAt }: SystemCall, path: string): Change {
  if (name === "ftruncate") return { path, endedAt, bytes: null, offset: Number(args.split(", ")[1]) };
  const [, hex, offset] = /, "((?:\\x..)*)", \d+, (\d+)$/.exec(args) ?? [];
  if (name !== "pwrite64" || hex === undefined) throw new Error(`A change of ${path} that is not understood: ${name}`);
  return { path, endedAt, bytes: decode(hex), offset: Number(offset) };
}

function applyAll(content: Buffer, changes: readonly Change[]): Buffer {
  const ends = changes.map(({ bytes, offset }) => offset + (bytes?.length ?? 0));
  const room = Buffer.alloc(Math.max(content.length, ...ends));
  content.copy(room);
  let length = content.length;
  for (const { bytes, offset } of changes) {
    if (bytes === null) {
      room.fill(0, offset);
      length = offset;
    } else {
      bytes.copy(room, offset);
      length = Math.max(length, offset + bytes.length);
    }
  }
  return room.subarray(0, length);
}

/** A disk writes whole sectors, and may have got as far as any of them. */
function tear(change: Change, random: Random): Change {
  if (change.bytes === null || random.between(0, 3) > 0) return change;
  const sectors = Math.floor(change.bytes.length / SECTOR);
  return { ...change, bytes: change.bytes.subarray(0, random.between(0, sectors) * SECTOR) };
}
