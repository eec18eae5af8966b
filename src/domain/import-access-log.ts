import { normalizeAddress } from "../lib/ip-address.ts";
import { LOG_TIME_LENGTH, parseLogTime } from "./import-time.ts";
import { cleanText } from "./text.ts";

/**
 * One line of an access log in the common or the combined log format of Apache and nginx, with or
 * without the virtual host in front; what follows the known fields is ignored.
 */
export interface AccessLogEntry {
  /** Of whoever asked, in its usual form; never stored. Null where the log has a name, or nothing. */
  readonly address: string | null;
  /** Ms since 1970. */
  readonly time: number;
  /** Null for what is no HTTP request: a connection without one, or garbage. */
  readonly request: LogRequest | null;
  /** Null where the server sent no answer. */
  readonly status: number | null;
  readonly referrer: string | null;
  readonly userAgent: string | null;
}

export interface LogRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
}

export type ParsedAccessLogLine =
  | { readonly ok: true; readonly entry: AccessLogEntry }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads from left to right and looks at no character more than a few times, whatever is in the
 * line: logs are full of what attackers send.
 */
export function parseAccessLogLine(line: string): ParsedAccessLogLine {
  const bracket = findTime(line);
  if (bracket === -1) return wrong("has no time such as [17/May/2015:10:05:03 +0000]");
  // Host, identity and user: the user may hold blanks, so only their number from the left counts.
  const [host, second = "", third] = line.slice(0, bracket).trim().split(" ", 3);
  if (host === undefined || third === undefined) return wrong("does not begin with host, identity and user");
  const time = parseLogTime(line.slice(bracket + 1, bracket + 1 + LOG_TIME_LENGTH));
  if (time === null) return wrong("has a time that does not exist");

  const request = readQuoted(line, bracket + LOG_TIME_LENGTH + 2);
  if (request === null) return wrong("has no request in quotes after the time");
  const [, status, , afterBytes] = readAnswer(line, request.end);
  if (status === undefined || afterBytes === undefined) return wrong("has no status and size after the request");

  const referrer = readQuoted(line, afterBytes);
  const userAgent = referrer && readQuoted(line, referrer.end);
  return {
    ok: true,
    entry: {
      // The second only behind a virtual host.
      address: normalizeAddress(second) ?? normalizeAddress(host),
      time,
      request: parseRequest(request.text),
      status: status === "-" || status === "000" ? null : Number(status),
      referrer: present(referrer?.text),
      userAgent: present(userAgent?.text),
    },
  };
}

const wrong = (reason: string): ParsedAccessLogLine => ({ ok: false, reason: `Is no access log line: ${reason}` });

const present = (text: string | undefined): string | null =>
  text === undefined || text === "-" || text.trim() === "" ? null : text;

/** Where the `[` of the time stands; a user name may hold brackets too. -1: nowhere. */
function findTime(line: string): number {
  for (let at = line.indexOf(" ["); at !== -1; at = line.indexOf(" [", at + 2)) {
    // The time has a fixed shape: two letters of it tell it from anything in a name.
    const hasShape = line[at + 4] === "/" && line[at + 8] === "/" && line[at + 2 + LOG_TIME_LENGTH] === "]";
    if (hasShape) return at + 1;
  }
  return -1;
}

/** ` 200 1234` from `start` on: status, size, and where they end; empty where they are not. */
function readAnswer(line: string, start: number): [] | [string, string, string, number] {
  // 40 characters hold both with room to spare, and bound the work.
  const found = /^ +(\d{3}|-) +(\d{1,20}|-)(?= |$)/.exec(line.slice(start, start + 40));
  const [whole, status, size] = found ?? [];
  if (whole === undefined || status === undefined || size === undefined) return [];
  return [whole, status, size, start + whole.length];
}

/**
 * The text between the next quotes and the position behind them; null unless a quote is the next
 * character but blanks. A quote inside is escaped, or not followed by a blank: some servers escape
 * nothing. A field that the line's end cuts off counts as ended there.
 */
function readQuoted(line: string, start: number): { text: string; end: number } | null {
  let at = start;
  while (line[at] === " ") at += 1;
  if (line[at] !== '"') return null;
  const first = at + 1;
  let hasEscape = false;
  for (at = first; at < line.length; at++) {
    if (line[at] === "\\") {
      hasEscape = true;
      at += 1;
    } else if (line[at] === '"' && (at + 1 === line.length || line[at + 1] === " ")) break;
  }
  const raw = line.slice(first, at);
  return { text: cleanText(hasEscape ? decodeEscapes(raw) : raw), end: Math.min(at + 1, line.length) };
}

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v" };

/** Bytes that are not UTF-8 become U+FFFD. */
const utf8 = new TextDecoder("utf-8");

/** `\"`, `\\`, `\n` and `\xHH` (bytes of UTF-8) → what they stand for; anything else stays as it is. */
function decodeEscapes(raw: string): string {
  return raw.replace(/(?:\\x[0-9a-f]{2})+|\\["\\nrtbfv]/gi, (sequence) => {
    if (/^\\x/i.test(sequence)) return utf8.decode(Buffer.from(sequence.replace(/\\x/gi, ""), "hex"));
    const letter = sequence.slice(1);
    return CONTROL_ESCAPES[letter] ?? letter;
  });
}

/** `GET /path?query HTTP/1.1`; HTTP/0.9 has no version, and bad clients send blanks in the target. */
function parseRequest(text: string): LogRequest | null {
  const blank = text.indexOf(" ");
  const method = text.slice(0, blank === -1 ? undefined : blank);
  if (blank === -1 || method.length > 20 || !/^[A-Z_-]+$/.test(method)) return null;
  const version = text.lastIndexOf(" ");
  const hasVersion = version > blank && text.startsWith("HTTP/", version + 1);
  const target = text.slice(blank + 1, hasVersion ? version : undefined).trim();
  return target === "" ? null : { method, target };
}
