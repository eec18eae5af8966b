import type { ListFlags } from "./list-flags.ts";
import { bold, red } from "./style.ts";
import { formatTable, maskControls } from "./table.ts";

/** Where a command's words go. */
export interface Output {
  /** What the command was asked for: standard output, one line or several. */
  print(text: string): void;
  /** The same for programs. */
  printJson(value: unknown): void;
  /**
   * Standard output, as it is and unbounded in sum: resolves when its reader has room for more.
   *
   * @returns false when there is no reader any more.
   */
  write(text: string): Promise<boolean>;
  /** A table for people, its values for programs: whichever the flags say, or who listens. */
  printList(list: PrintedList, flags: ListFlags): void;
  /** Words about it, for people: standard error. */
  note(text: string): void;
  /** Why a command failed, in one line: standard error. */
  failed(line: string): void;
  /** Overwrites the last status line on a terminal; an empty text removes it. Does nothing in a pipe. */
  status(text: string): void;
  /** Whether there is such a line while standard output goes elsewhere: to a file, or to another program. */
  readonly isWatched: boolean;
}

/** The same things twice. */
export interface PrintedList {
  readonly head: readonly string[];
  /** A cell for each name of the head. */
  readonly rows: readonly (readonly string[])[];
  readonly values: readonly unknown[];
}

const CLEAR_LINE = "\r\x1b[K";

/** Standard output and standard error of this process. */
export function createOutput(): Output {
  let hasStatus = false;
  const write = (stream: NodeJS.WriteStream, text: string) => {
    if (hasStatus) process.stderr.write(CLEAR_LINE);
    hasStatus = false;
    stream.write(text);
  };
  const print = (text: string) => write(process.stdout, `${text}\n`);
  const printJson = (value: unknown) => print(JSON.stringify(value, null, 2));
  return {
    isWatched: process.stderr.isTTY && !process.stdout.isTTY,
    print,
    printJson,
    write: (text) => writePatiently(process.stdout, text),
    printList({ head, rows, values }, { json, table }) {
      if (json || (!table && !process.stdout.isTTY)) return printJson(values);
      const [first = "", ...others] = formatTable([head, ...rows]).split("\n");
      print([bold(first), ...others].join("\n"));
    },
    note: (text) => write(process.stderr, `${maskControls(text)}\n`),
    failed: (line) => write(process.stderr, `${red("footfall:")} ${maskControls(line)}\n`),
    status(text) {
      if (!process.stderr.isTTY) return;
      // A line that wraps could not be removed again.
      write(process.stderr, Bun.sliceAnsi(maskControls(text), 0, process.stderr.columns - 1));
      hasStatus = text !== "";
    },
  };
}

async function writePatiently(stream: NodeJS.WriteStream, text: string): Promise<boolean> {
  if (stream.destroyed || stream.errored) return false;
  if (stream.write(text)) return true;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onRoom = () => resolve(true);
  const onEnd = () => resolve(false);
  stream.once("drain", onRoom).once("error", onEnd).once("close", onEnd);
  try {
    return await promise;
  } finally {
    stream.off("drain", onRoom).off("error", onEnd).off("close", onEnd);
  }
}
