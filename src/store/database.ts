import { type Client, createClient } from "@libsql/client";
import { ConnectionPool, Sqlite3Client } from "@libsql/client/sqlite3";
import QuickLRU from "quick-lru";

/** Where the events live: a file of this machine, or a libSQL server. */
export type DatabaseLocation =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "remote"; readonly url: string; readonly authToken?: string };

/** A libSQL server. */
export type RemoteLocation = Extract<DatabaseLocation, { kind: "remote" }>;

/** `full`: an acknowledged event survives a power cut; `normal`: it survives a crash of the process. */
export type Durability = "full" | "normal";

/** What a connection is for decides its pragmas. They are per connection: a pool must set them on each. */
export type ConnectionRole = "writer" | "reader";

const CACHE_KIB: Record<ConnectionRole, number> = { writer: 16_384, reader: 8_192 };

/** How long a connection waits for another process's write transaction. */
export const BUSY_TIMEOUT_MS = 5_000;

/** A request to a libSQL server that takes longer than this has failed. */
const REMOTE_TIMEOUT_MS = 10_000;

/**
 * Requests to a libSQL server at the same time, by the clients that do not say: one writer, some
 * readers. The server itself takes 128 of all its clients together.
 */
const REMOTE_CONCURRENCY: Record<ConnectionRole, number> = { writer: 1, reader: 16 };

export function connectionPragmas(role: ConnectionRole, durability: Durability): readonly string[] {
  const common = [`PRAGMA cache_size = -${CACHE_KIB[role]}`, "PRAGMA temp_store = MEMORY"];
  return role === "reader" ? [...common, "PRAGMA query_only = 1"] : [...common, `PRAGMA synchronous = ${durability}`];
}

type Connection = ReturnType<ConnectionPool["acquireSync"]>;

/** Statements that a connection keeps compiled; at most twice as many. */
const KEPT_STATEMENTS = 50;

/**
 * Makes a connection keep its statements compiled for their next use: the client compiles each
 * anew, which costs more than a small batch or a page. SQLite compiles them again by itself when the
 * schema has changed.
 */
function keepStatements(connection: Connection): void {
  const kept = new QuickLRU<string, ReturnType<Connection["prepare"]>>({ maxSize: KEPT_STATEMENTS });
  const prepare = connection.prepare.bind(connection);
  const prepareOnce = (sql: string) => {
    const known = kept.get(sql);
    if (known) return known;
    const statement = prepare(sql);
    kept.set(sql, statement);
    return statement;
  };
  // The declared type leaves the parameters to each caller; a kept statement does not know them.
  connection.prepare = prepareOnce as Connection["prepare"];
}

/** A pool that prepares every connection it opens, also one that replaces a broken one. */
class PreparedConnectionPool extends ConnectionPool {
  readonly #pragmas: readonly string[];
  readonly #prepared = new WeakSet<object>();

  constructor(path: string, pragmas: readonly string[]) {
    super(path, { timeout: BUSY_TIMEOUT_MS }, 1);
    this.#pragmas = pragmas;
  }

  override acquireSync(forTransaction?: boolean): Connection {
    const connection = super.acquireSync(forTransaction);
    if (this.#prepared.has(connection)) return connection;
    try {
      for (const pragma of this.#pragmas) connection.exec(pragma);
    } catch (error) {
      // Not given back, it would count as borrowed for good, and the next query would wait for it.
      connection.close();
      this.release(connection);
      throw error;
    }
    keepStatements(connection);
    this.#prepared.add(connection);
    return connection;
  }
}

export interface ClientOptions {
  readonly role: ConnectionRole;
  readonly durability: Durability;
  /** Run after those of the role; file databases only. */
  readonly extraPragmas?: readonly string[];
  /** How long a libSQL server may take for an answer; 10 s when it is not said. */
  readonly answerWithinMs?: number;
  /** How many requests to a libSQL server may be under way at the same time. */
  readonly concurrency?: number;
}

/** A client with one connection to the file, or as many requests to the server at once as the role makes. */
export function openClient(location: DatabaseLocation, options: ClientOptions): Client {
  const { role, durability, extraPragmas = [], answerWithinMs = REMOTE_TIMEOUT_MS } = options;
  const { concurrency = REMOTE_CONCURRENCY[role] } = options;
  if (location.kind === "remote") {
    return createClient({
      url: location.url,
      ...(location.authToken === undefined ? {} : { authToken: location.authToken }),
      // The part of `fetch` that libSQL's client calls.
      fetch: (request: Request) => fetch(new Request(request, { signal: AbortSignal.timeout(answerWithinMs) })),
      concurrency,
    });
  }
  const pool = new PreparedConnectionPool(location.path, [...connectionPragmas(role, durability), ...extraPragmas]);
  return new Sqlite3Client(pool, "number");
}
