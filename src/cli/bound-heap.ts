import { ptr } from "bun:ffi";
import { totalmem } from "node:os";
import { readEnvironment, readForeignEnvironment } from "../config/env.ts";
import { loadFromC } from "../lib/c-library.ts";
import type { Logger } from "../lib/log.ts";
import { build } from "../version.ts";

/** What the runtime's collector takes for the memory of the machine. It is read once, when the runtime starts. */
const VARIABLE = "BUN_JSC_forceRAMSize";

/** With more than this the collector gets lazier, and the server no faster. */
const BELIEVED_BYTES = 2 * 1024 ** 3;

/**
 * Starts this program anew in its own place, as the same process with the same arguments and files, with a collector
 * that believes in no more memory than 2 GiB or a container's limit.
 *
 * Left to itself it lets the heap grow with the memory of the machine: on one of 24 GiB the server takes 60 MiB more
 * under load, and is not faster for it.
 *
 * Does nothing from source, on a machine that has no more than that, and where the variable is set: by somebody, or by
 * this. A program that cannot be started anew goes on as it is.
 */
export function boundHeap(log: Logger): void {
  const environment = { ...readForeignEnvironment(), ...readEnvironment() };
  if (build === null || environment[VARIABLE] !== undefined || totalmem() <= BELIEVED_BYTES) return;
  const limit = Math.min(process.constrainedMemory() || BELIEVED_BYTES, BELIEVED_BYTES);
  const variables = Object.entries({ ...environment, [VARIABLE]: String(limit) });
  // Behind the program's name and Bun's own word for it.
  const given = process.argv.slice(2);
  try {
    execute(
      process.execPath,
      [process.argv0, ...given],
      variables.map(([name, value]) => `${name}=${value}`),
    );
  } catch (error) {
    log.debug({ err: error }, "the heap grows with the memory of the machine");
  }
}

/** What C reads, which must not be collected before it has. */
const held: Buffer[] = [];

/** A list of texts as C has it: their places, and a null behind the last. */
function listOf(words: readonly string[]): BigUint64Array<ArrayBuffer> {
  const texts = words.map((word) => Buffer.from(`${word}\0`));
  held.push(...texts);
  return BigUint64Array.from([...texts.map((text) => BigInt(ptr(text))), 0n]);
}

/** Replaces the program that runs in this process. @throws where that is not possible. */
function execute(path: string, words: readonly string[], variables: readonly string[]): never {
  const { execve } = loadFromC(
    { execve: { args: ["cstring", "ptr", "ptr"], returns: "i32" } },
    "the program cannot be started anew",
  );
  execve(Buffer.from(`${path}\0`), listOf(words), listOf(variables));
  throw new Error(`${path} could not be started anew`);
}
