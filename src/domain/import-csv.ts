import { pipeline, Readable } from "node:stream";
import { type CastingContext, type Info, type Options, parse } from "csv-parse";
import { type ImportLine, MAX_EVENT_BYTES, SHOWN_BYTES } from "./import-lines.ts";
import { parseJson, truncateText } from "./text.ts";

/** What a cell may be that stands unquoted for nothing. */
type Cell = string | null;

interface Row {
  readonly record: readonly Cell[];
  readonly info: Info;
}

/** How many rows go on together. */
const BLOCK_ROWS = 500;

/** The file cannot be read any further; the message is for the person whose file it is. */
export class CsvError extends Error {}

/**
 * Rows of a CSV file (RFC 4180, UTF-8) as lines of JSON, by the names in its first row: what a JSON
 * line may say, a row may say as well. The number of a line is that of its row's last line.
 *
 * An unquoted empty cell is nothing; `""` is an empty text. Memory is bounded by the largest chunk.
 *
 * @throws CsvError where the first row names nothing, or a name twice, and where quotes are wrong; and
 *   what `chunks` throws.
 */
export async function* readCsv(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ImportLine[]> {
  let lines: ImportLine[] = [];
  const options: Options = {
    // Bytes as they are: which of them are no UTF-8 is found out row by row.
    encoding: "latin1",
    relax_column_count: true,
    max_record_size: MAX_EVENT_BYTES,
    info: true,
    cast: toCell,
  };
  const parser = parse(options);
  // A failure on either side destroys the other, so that whoever reads the rows gets it.
  pipeline(Readable.from(withoutMark(chunks)), parser, () => {});
  let toJson: ((record: Row["record"]) => string) | null = null;
  for await (const { record, info } of explained(parser)) {
    if (toJson === null) toJson = createRowEncoder(record);
    else lines.push(toLine(record, info.lines, toJson));
    if (lines.length < BLOCK_ROWS) continue;
    yield lines;
    lines = [];
  }
  if (lines.length > 0) yield lines;
}

const toCell = (text: string, { quoting }: CastingContext): Cell => (text === "" && !quoting ? null : text);

const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_MAX_RECORD_SIZE: `a row is longer than ${MAX_EVENT_BYTES} characters; is a quote missing?`,
  CSV_QUOTE_NOT_CLOSED: "a quote is never closed",
  CSV_INVALID_CLOSING_QUOTE: "a cell goes on behind its closing quote",
  INVALID_OPENING_QUOTE: "there is a quote in a cell that does not begin with one",
};

/** The same rows; behind a wrong quote, nobody knows any more where rows begin. */
async function* explained(rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  try {
    yield* rows;
  } catch (error) {
    const problem = error instanceof Error && "code" in error ? PROBLEMS[String(error.code)] : undefined;
    if (problem === undefined) throw error;
    throw new CsvError(`line ${(error as { lines?: number }).lines}: ${problem}`, { cause: error });
  }
}

const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/** Spreadsheets put a mark in front, which is no part of the first name. */
async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of chunks) {
    const hasMark = isFirst && BYTE_ORDER_MARK.equals(chunk.subarray(0, BYTE_ORDER_MARK.length));
    isFirst = false;
    yield hasMark ? chunk.subarray(BYTE_ORDER_MARK.length) : chunk;
  }
}

function toLine(record: Row["record"], number: number, toJson: (record: Row["record"]) => string): ImportLine {
  // A blank line is a row of one cell with nothing in it.
  if (record.length === 1 && record[0] === null) return { number, text: "", problem: null };
  try {
    return { number, text: toJson(record), problem: null };
  } catch (error) {
    const shown = decodeLeniently(record.join(","));
    return { number, text: truncateText(shown, SHOWN_BYTES), problem: (error as Error).message };
  }
}

/** The first row → a function that writes the others as JSON. */
function createRowEncoder(header: Row["record"]): (record: Row["record"]) => string {
  const names = header.map((cell) => decodeCell(cell ?? "").trim());
  const repeated = names.find((name, position) => names.indexOf(name) !== position);
  if (names.every((name) => name === "")) throw new CsvError("its first row must name the fields");
  if (repeated !== undefined) throw new CsvError(`its first row names "${repeated}" twice`);
  const columns = names.map((name) => ({ key: JSON.stringify(name), encode: ENCODERS[name] ?? JSON.stringify }));
  return (record) => {
    if (record.length > columns.length) {
      throw new Error(`Has ${record.length} cells, and the first row ${columns.length}`);
    }
    const fields = record.flatMap((cell, position) => {
      const column = columns[position];
      return cell === null || column === undefined ? [] : [`${column.key}:${column.encode(decodeCell(cell))}`];
    });
    return `{${fields.join(",")}}`;
  };
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

const encodeNumber = (cell: string): string => (NUMBER.test(cell) ? cell : JSON.stringify(cell));

/** JSON as it stands; what is none becomes a text, which the field's check refuses by its name. */
function encodeJson(cell: string): string {
  try {
    parseJson(cell);
    return cell;
  } catch {
    return JSON.stringify(cell);
  }
}

/** Fields that are no texts. */
const ENCODERS: Readonly<Record<string, (cell: string) => string>> = {
  timestamp: encodeNumber,
  value: encodeNumber,
  isTest: (cell) => (/^(?:true|false)$/.test(cell) ? cell : JSON.stringify(cell)),
  properties: encodeJson,
  data: encodeJson,
};

const strict = new TextDecoder("utf-8", { fatal: true });
const lenient = new TextDecoder("utf-8");

/** @throws where the bytes are no UTF-8. */
function decodeCell(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  try {
    return strict.decode(Buffer.from(bytes, "latin1"));
  } catch {
    throw new Error("Is not valid UTF-8");
  }
}

const decodeLeniently = (bytes: string): string => lenient.decode(Buffer.from(bytes, "latin1"));
