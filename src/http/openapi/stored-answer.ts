import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { acceptedEncoding } from "../accept-encoding.ts";

/** Something that stays the same as long as the server runs. */
export interface StoredContent {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `Content-Type`, `Cache-Control` and whatever else every answer with it says. */
  readonly headers: Readonly<Record<string, string>>;
}

export type AnswerStored = (request: Request) => Promise<Response>;

/** The better one first. */
const ENCODINGS = ["br", "gzip"] as const;
type Encoding = (typeof ENCODINGS)[number];

/** In bytes; below it, compression gains less than its header costs. */
const MIN_COMPRESSED_BYTES = 1_024;

/** Higher levels gain 8 % and take 20 times as long. */
const BROTLI_QUALITY = 9;

/**
 * Answers with content that is made at the first request and compressed at the first request that
 * wants it so. Its entity tag is strong: one for each encoding (RFC 9110, section 8.8.3).
 */
export function createStoredAnswer(load: () => Promise<StoredContent>): AnswerStored {
  let loading: Promise<LoadedContent> | undefined;
  return async (request) => {
    loading ??= load().then(toLoaded);
    const { hash, headers, canCompress, encode } = await loading;
    const encoding = canCompress ? acceptedEncoding(request.headers.get("accept-encoding"), ENCODINGS) : null;
    const etag = `"${hash}${encoding === null ? "" : `-${encoding}`}"`;
    const common = { ...headers, etag, ...(canCompress ? { vary: "Accept-Encoding" } : {}) };
    if (matches(request.headers.get("if-none-match"), etag))
      return new Response(null, { status: 304, headers: common });
    const body = await encode(encoding);
    return new Response(body, { headers: encoding === null ? common : { ...common, "content-encoding": encoding } });
  };
}

interface LoadedContent {
  readonly hash: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly canCompress: boolean;
  /** The bytes in an encoding, each made once. */
  encode(encoding: Encoding | null): Promise<Uint8Array<ArrayBuffer>>;
}

function toLoaded({ bytes, headers }: StoredContent): LoadedContent {
  const encoded = new Map<Encoding | null, Promise<Uint8Array<ArrayBuffer>>>();
  return {
    hash: hashOf(bytes),
    headers,
    canCompress: bytes.byteLength >= MIN_COMPRESSED_BYTES,
    encode(encoding) {
      const made = encoded.get(encoding) ?? compress(bytes, encoding);
      encoded.set(encoding, made);
      return made;
    },
  };
}

/** A short name of the content: 96 bits of its SHA-256, URL-safe. */
export function hashOf(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("base64url").slice(0, 16);
}

/** Off the main thread: the largest file takes 200 ms. */
async function compress(bytes: Uint8Array<ArrayBuffer>, encoding: Encoding | null): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === "gzip") return new Uint8Array(await promisify(gzip)(bytes));
  if (encoding === "br") {
    const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
    return new Uint8Array(await promisify(brotliCompress)(bytes, { params }));
  }
  return bytes;
}

/** Whether `If-None-Match` names the tag; a weak one matches as well (RFC 9110, section 13.1.2). */
function matches(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}
