import { truncateText } from "./text.ts";

/** One line of an input, without its line break. */
export interface ImportLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Why it cannot be read; then `text` is only for showing. Null for a line that can. */
  readonly problem: string | null;
}

export interface LineOptions {
  /** Longer lines are not kept in memory and come with a problem. */
  readonly maxBytes?: number;
  /** What becomes of bytes that are not UTF-8: the line comes with a problem, or they become U+FFFD. */
  readonly invalidUtf8: "problem" | "replace";
}

export const MAX_LINE_BYTES = 64 * 1024;

/** A line, or a row, that holds a whole event: four times what the largest event of any API has. */
export const MAX_EVENT_BYTES = 1024 * 1024;

/** How much of a line that is too long is kept, to show which one it was. */
export const SHOWN_BYTES = 2 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Cuts bytes into lines (LF or CR LF), as many at a time as have come. Memory is bounded by the
 * largest chunk and `maxBytes`, however long a line is.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  options: LineOptions,
): AsyncGenerator<readonly ImportLine[]> {
  const maxBytes = options.maxBytes ?? MAX_LINE_BYTES;
  const decode = createDecoder(options.invalidUtf8, maxBytes);
  let count = 0;
  /** The beginning of a line whose end has not come yet: at most `maxBytes` and one chunk. */
  let begun: Uint8Array[] = [];
  let begunBytes = 0;

  function finish(rest: Uint8Array): ImportLine {
    const bytes = begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
    const length = begunBytes + rest.length;
    begun = [];
    begunBytes = 0;
    count += 1;
    return decode(count, bytes, length);
  }

  for await (const chunk of chunks) {
    const lines: ImportLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      lines.push(finish(chunk.subarray(start, end)));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    begunBytes += rest.length;
    if (rest.length > 0 && begunBytes - rest.length <= maxBytes) begun.push(rest.slice());
    if (lines.length > 0) yield lines;
  }
  if (begunBytes > 0) yield [finish(new Uint8Array(0))];
}

/** @returns a function of number, bytes (at least the beginning) and real length of a line. */
function createDecoder(invalidUtf8: LineOptions["invalidUtf8"], maxBytes: number) {
  const strict = new TextDecoder("utf-8", { fatal: true });
  const lenient = new TextDecoder("utf-8");
  const shown = (bytes: Uint8Array) => truncateText(lenient.decode(bytes.subarray(0, SHOWN_BYTES)), SHOWN_BYTES);

  return (number: number, bytes: Uint8Array, length: number): ImportLine => {
    const isCrLf = bytes[length - 1] === CARRIAGE_RETURN;
    const line = isCrLf ? bytes.subarray(0, length - 1) : bytes;
    if (length - (isCrLf ? 1 : 0) > maxBytes) {
      return { number, text: shown(bytes), problem: `Is longer than ${maxBytes} bytes` };
    }
    try {
      return { number, text: strict.decode(line), problem: null };
    } catch {
      const text = lenient.decode(line);
      return { number, text, problem: invalidUtf8 === "replace" ? null : "Is not valid UTF-8" };
    }
  };
}
