import { AppError } from "../domain/errors.ts";
import { decodeUtf8, isRawNumber, isShallow, parseJson } from "../domain/text.ts";

/** How long a body may take to arrive, in ms; a client that drips bytes holds a buffer meanwhile. */
const BODY_TIMEOUT_MS = 30_000;

/** Bodies up to this size need no timer: holding one costs no more than holding the connection. */
const SMALL_BYTES = 16 * 1024;

/**
 * The bytes of a request's body.
 *
 * @param limit in bytes; more is `payload_too_large`, found out before it is read where the client says so.
 */
async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const length = request.headers.get("content-length");
  if (length !== null) {
    if (Number(length) > limit) throw tooLarge(limit);
    const bytes = request.bytes();
    return Number(length) > SMALL_BYTES ? beforeTimeout(bytes) : bytes;
  }
  return readChunks(request, limit);
}

/** A body of unknown length, counted while it arrives. */
async function readChunks(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const expires = Date.now() + BODY_TIMEOUT_MS;
  for (;;) {
    const { done, value } = await beforeTimeout(reader.read(), expires - Date.now());
    if (done) return Buffer.concat(chunks);
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
}

async function beforeTimeout<T>(work: Promise<T>, ms = BODY_TIMEOUT_MS): Promise<T> {
  let timer: Timer | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError("invalid_json", "The request body did not arrive in time")), ms);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(limit: number): AppError {
  return new AppError("payload_too_large", `The request body must be at most ${limit} bytes`);
}

/**
 * A route's body parser: text of at most `limit` bytes. It becomes JSON in the next step, after the
 * caller has been checked, whatever the Content-Type says: `navigator.sendBeacon` sends text/plain.
 */
export function readText(limit: number) {
  return async ({ request }: { request: Request }): Promise<string> => decodeUtf8(await readBytes(request, limit));
}

/** The same for a body that may be left out: then it is an empty object. */
export function readOptionalText(limit: number) {
  const read = readText(limit);
  return async (context: { request: Request }): Promise<string> => (await read(context)) || "{}";
}

/**
 * How deep a body may nest, in levels. Far above what a field may (`MAX_JSON_DEPTH`), so that
 * one deep item of a batch is that item's error; far below what exhausts the stack.
 */
const MAX_BODY_DEPTH = 256;

/**
 * A body's text as JSON, with plain numbers in its fields.
 *
 * @throws `invalid_json` where it is none, or cannot be stored.
 */
export function decodeBody(text: string): unknown {
  const value = parseJson(text);
  if (mayBeDeep(text) && !isShallow(value, MAX_BODY_DEPTH)) {
    throw new AppError("invalid_json", `The request body is nested deeper than ${MAX_BODY_DEPTH} levels`);
  }
  return withPlainNumbers(value);
}

/**
 * The same object; its own fields that are numbers are doubles, however many digits were written.
 * Only below, in free-form places, do literals matter.
 */
export function withPlainNumbers(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  for (const name in fields) {
    const field = fields[name];
    if (isRawNumber(field)) fields[name] = Number((field as { rawJSON: string }).rawJSON);
  }
  return value;
}

/** Whether there are enough brackets at all: most bodies need not be walked. */
function mayBeDeep(text: string): boolean {
  let open = 0;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      open += 1;
      if (open > MAX_BODY_DEPTH) return true;
    }
  }
  return false;
}
