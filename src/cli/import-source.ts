import { createReadStream, statSync } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CommandError } from "./failure.ts";
import { isCompressed, STDIN } from "./import-format.ts";

/** The bytes of one input, and how far the reading has come. */
export interface ImportSource {
  /** As people call it. */
  readonly name: string;
  /** Bytes of the file as it lies on the disk; null where that is not known. */
  readonly totalBytes: number | null;
  readBytes(): number;
  /** Decompressed. They throw CommandError, with only the reason, when there is no reading to the end. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const READ_AHEAD_BYTES = 256 * 1024;

/**
 * @param file a path, or `-` for standard input.
 * @param signal ends the reading: the chunks throw.
 * @throws CommandError for a file that does not exist.
 */
export function openSource(file: string, signal: AbortSignal): ImportSource {
  let readBytes = 0;
  const name = file === STDIN ? "stdin" : file;

  async function* count(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of raw) {
      readBytes += chunk.length;
      yield chunk;
    }
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    const raw: Readable = file === STDIN ? process.stdin : createReadStream(file, { highWaterMark: READ_AHEAD_BYTES });
    const abort = () => raw.destroy(new Error("interrupted"));
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      yield* isCompressed(file) ? decompress(count(raw)) : count(raw);
    } catch (error) {
      throw new CommandError(reasonOf(error), error);
    } finally {
      signal.removeEventListener("abort", abort);
      raw.destroy();
    }
  }

  return { name, totalBytes: file === STDIN ? null : sizeOf(file), readBytes: () => readBytes, chunks: read() };
}

function decompress(compressed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  // A failure on either side destroys the other, so that whoever reads the result gets it.
  pipeline(Readable.from(compressed), gunzip, () => {});
  return gunzip;
}

/** @throws CommandError */
function sizeOf(file: string): number | null {
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) throw new Error("it is a folder");
    return stats.isFile() ? stats.size : null;
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${reasonOf(error)}`, error);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "its permissions do not allow it";
  if (code?.startsWith("Z_")) return `it is no complete gzip file (${message})`;
  return message;
}
