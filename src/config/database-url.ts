import { resolve } from "node:path";
import { wrongValue } from "./config-error.ts";

/** What FOOTFALL_DATABASE_URL names. */
export type DatabaseChoice =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "remote"; readonly url: string }
  /** A private file that lives as long as the server does. */
  | { readonly kind: "ephemeral" };

const ALLOWED = "file:./folder/name.db, file:///folder/name.db, http://host, https://host, libsql://host or :memory:";

/**
 * @returns for a file, its absolute path: a relative one starts at the working directory.
 * @throws ConfigError
 */
export function parseDatabaseUrl(text: string): DatabaseChoice {
  if (text === ":memory:") return { kind: "ephemeral" };
  if (/^file:/i.test(text)) return { kind: "file", path: parseFileUrl(text) };
  if (isServerUrl(text)) return { kind: "remote", url: text };
  throw wrongValue("DATABASE_URL", text, ALLOWED);
}

/** Whether it is the address of a libSQL server. */
export function isServerUrl(text: string): boolean {
  return /^(?:https?|libsql):\/\/[^/]/i.test(text) && URL.canParse(text);
}

/** `file:a.db`, `file:./a.db`, `file:/a.db`, `file:///a.db` and `file://localhost/a.db`, percent-encoded or not. */
function parseFileUrl(text: string): string {
  const [, host, encoded = ""] = /^file:(?:\/\/([^/?#]*)(?=\/|$))?(.*)$/is.exec(text) ?? [];
  if (host && host.toLowerCase() !== "localhost") {
    throw wrongValue("DATABASE_URL", text, "a file of this machine: file:./folder/name.db or file:///folder/name.db");
  }
  if (/[?#]/.test(encoded)) {
    throw wrongValue("DATABASE_URL", text, "a file: URL without ? and # (in a file's name: %3F and %23)");
  }
  const path = decodePath(encoded);
  if (path === null) throw wrongValue("DATABASE_URL", text, "a file: URL with valid percent-encoding (% itself: %25)");
  if (path === "" || /[/\\]$/.test(path)) {
    throw wrongValue("DATABASE_URL", text, "a file, not a folder: file:./folder/name.db");
  }
  return resolve(path);
}

/** Null where the encoding is wrong or hides a NUL, which would cut the path. */
function decodePath(encoded: string): string | null {
  try {
    const path = decodeURIComponent(encoded);
    return path.includes("\0") ? null : path;
  } catch {
    return null;
  }
}
