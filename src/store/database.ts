import { type Client, createClient } from "@libsql/client";
import { ConnectionPool, Sqlite3Client } from "@libsql/client/sqlite3";

/** Where the events live: a file of this machine, or a libSQL server. */
export type DatabaseLocation =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "remote"; readonly url: string; readonly authToken?: string };

/** `full`: an acknowledged event survives a power cut; `normal`: it survives a crash of the process. */
export type Durability = "full" | "normal";

/** What a connection is for decides its pragmas. They are per connection: a pool must set them on each. */
export type ConnectionRole = "writer" | "reader";

const CACHE_KIB: Record<ConnectionRole, number> = { writer: 32_768, reader: 8_192 };

/** How long a connection waits for another process's write transaction. */
export const BUSY_TIMEOUT_MS = 5_000;

/** A request to a libSQL server that takes longer than this has failed. */
const REMOTE_TIMEOUT_MS = 10_000;

export function connectionPragmas(role: ConnectionRole, durability: Durability): readonly string[] {
  const common = [`PRAGMA cache_size = -${CACHE_KIB[role]}`, "PRAGMA temp_store = MEMORY"];
  return role === "reader" ? [...common, "PRAGMA query_only = 1"] : [...common, `PRAGMA synchronous = ${durability}`];
}

/** A pool that prepares every connection it opens, also one that replaces a broken one. */
class PreparedConnectionPool extends ConnectionPool {
  readonly #pragmas: readonly string[];
  readonly #prepared = new WeakSet<object>();

  constructor(path: string, pragmas: readonly string[]) {
    super(path, { timeout: BUSY_TIMEOUT_MS }, 1);
    this.#pragmas = pragmas;
  }

  override acquireSync(forTransaction?: boolean): ReturnType<ConnectionPool["acquireSync"]> {
    const connection = super.acquireSync(forTransaction);
    if (!this.#prepared.has(connection)) {
      for (const pragma of this.#pragmas) connection.exec(pragma);
      this.#prepared.add(connection);
    }
    return connection;
  }
}

/** The part of `fetch` that libSQL's client calls. */
function fetchWithTimeout(input: Request): Promise<Response> {
  return fetch(new Request(input, { signal: AbortSignal.timeout(REMOTE_TIMEOUT_MS) }));
}

/**
 * A client with one connection to the database.
 *
 * @param extraPragmas run after those of the role; file databases only.
 */
export function openClient(
  location: DatabaseLocation,
  role: ConnectionRole,
  durability: Durability,
  extraPragmas: readonly string[] = [],
): Client {
  if (location.kind === "remote") {
    return createClient({
      url: location.url,
      ...(location.authToken === undefined ? {} : { authToken: location.authToken }),
      fetch: fetchWithTimeout,
      concurrency: 1,
    });
  }
  const pool = new PreparedConnectionPool(location.path, [...connectionPragmas(role, durability), ...extraPragmas]);
  return new Sqlite3Client(pool, "number");
}
