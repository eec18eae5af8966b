import { MIN_ADMIN_KEY_LENGTH } from "../domain/api-key-secret.ts";
import { parseDuration } from "../lib/duration.ts";
import { LOG_LEVELS, type LogLevel } from "../lib/log.ts";
import type { Rate } from "../lib/rate-limiter.ts";
import type { DatabaseLocation, Durability } from "../store/database.ts";
import { ConfigError, wrongValue } from "./config-error.ts";
import { parseCorsOrigins } from "./cors-origins.ts";
import { type DatabaseChoice, isServerUrl, parseDatabaseUrl } from "./database-url.ts";
import {
  read,
  readChoice,
  readCount,
  readCron,
  readDuration,
  readNetworks,
  readOrDefault,
  readSecret,
} from "./read-settings.ts";
import { parseRequestRate } from "./request-rate.ts";
import { type Environment, variableOf } from "./settings.ts";

export { ConfigError } from "./config-error.ts";

/** The settings of a server, checked. */
export interface Config {
  readonly database: DatabaseLocation;
  /** A replica of the database's server, for reads that tolerate to be some milliseconds behind. */
  readonly replicaUrl: string | null;
  /** `:memory:`: the server makes a private temporary file instead of `database` and removes it at its end. */
  readonly isEphemeral: boolean;
  readonly host: string;
  /** 0 to 65535; 0: any free one. */
  readonly port: number;
  /** At least 32 visible ASCII characters; null: one is made at the first start. */
  readonly adminKey: string | null;
  readonly durability: Durability;
  /** How long a query may run that a caller wrote. */
  readonly queryDeadlineMs: number;
  /** A cron pattern in UTC. */
  readonly purgeCron: string;
  readonly undoWindowMs: number;
  /** How many soft-deleted events may wait for their purge. */
  readonly maxPendingDeletions: number;
  /** Of requests without a key, for each address and site; null: any number. */
  readonly ingestLimit: Rate | null;
  /** Addresses and networks (`10.0.0.0/8`) of the proxies in front of the server. */
  readonly trustedProxies: readonly string[];
  /** A file in MaxMind's format that tells where addresses are; null: the one that comes with Footfall. */
  readonly geoDatabase: string | null;
  /** Origins as browsers send them, or `["*"]`. */
  readonly corsOrigins: readonly string[];
  /** Whether `/metrics` answers everyone. */
  readonly metricsPublic: boolean;
  readonly logLevel: LogLevel;
}

/** What a command needs that works on the database beside a server, or without one. */
export type DatabaseConfig = Pick<Config, "database" | "durability" | "geoDatabase" | "logLevel">;

const BOOLEANS = ["true", "false"] as const;
const DURABILITIES = ["full", "normal"] as const satisfies readonly Durability[];

/**
 * The settings of `serve`.
 *
 * @param env variables by name; one that is empty counts as unset.
 * @throws ConfigError for the first wrong value.
 */
export function parseConfig(env: Environment): Config {
  const choice = readDatabase(env);
  const isEphemeral = choice.kind === "ephemeral";
  return {
    database: locate(choice, env),
    replicaUrl: readReplica(env, choice),
    isEphemeral,
    ...parseAddress(env),
    adminKey: readSecret(env, "ADMIN_KEY", MIN_ADMIN_KEY_LENGTH),
    // What is gone at exit cannot survive a power cut: it would only cost time.
    durability: isEphemeral ? "normal" : readChoice(env, "DURABILITY", DURABILITIES),
    queryDeadlineMs: readQueryDeadline(env),
    ...parsePurgeConfig(env),
    maxPendingDeletions: readCount(env, "MAX_PENDING_DELETIONS"),
    ingestLimit: parseRequestRate("INGEST_LIMIT", readOrDefault(env, "INGEST_LIMIT")),
    trustedProxies: readNetworks(env, "TRUSTED_PROXIES"),
    geoDatabase: read(env, "GEO_DB"),
    metricsPublic: readChoice(env, "METRICS_PUBLIC", BOOLEANS) === "true",
    corsOrigins: parseCorsOrigins(read(env, "CORS_ORIGINS") ?? ""),
    logLevel: readChoice(env, "LOG_LEVEL", LOG_LEVELS),
  };
}

/**
 * The settings of commands that open the database.
 *
 * They only log warnings where no level is set: what they have to say is their output.
 *
 * @throws ConfigError, also for a database in memory, which no other process can reach.
 */
export function parseDatabaseConfig(env: Environment): DatabaseConfig {
  const choice = readDatabase(env);
  if (choice.kind === "ephemeral") {
    throw new ConfigError(
      `${variableOf("DATABASE_URL")} is ":memory:", a database that only its server can reach; name a file or a server`,
    );
  }
  return {
    database: locate(choice, env),
    durability: readChoice(env, "DURABILITY", DURABILITIES),
    geoDatabase: read(env, "GEO_DB"),
    logLevel: read(env, "LOG_LEVEL") === null ? "warn" : readChoice(env, "LOG_LEVEL", LOG_LEVELS),
  };
}

/** When deletions become final. */
export function parsePurgeConfig(env: Environment): Pick<Config, "purgeCron" | "undoWindowMs"> {
  return { purgeCron: readCron(env, "PURGE_CRON"), undoWindowMs: readDuration(env, "UNDO_WINDOW") };
}

/** Where the server listens. */
export function parseAddress(env: Environment): Pick<Config, "host" | "port"> {
  return { host: readHost(env), port: readPort(env) };
}

function readPort(env: Environment): number {
  const value = readOrDefault(env, "PORT");
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535)) throw wrongValue("PORT", value, "a whole number from 0 to 65535 (0: any free port)");
  return port;
}

function readHost(env: Environment): string {
  const value = readOrDefault(env, "HOST");
  const host = value.replace(/^\[(.*)\]$/, "$1");
  const isAddress = host.includes(":") ? URL.canParse(`http://[${host}]/`) : /^[a-z0-9_.-]+$/i.test(host);
  if (!isAddress) throw wrongValue("HOST", value, "an address or host name of this machine, without scheme and port");
  return host;
}

/** What the query languages' own services allow at most. */
const MAX_QUERY_DEADLINE_MS = 120_000;

function readQueryDeadline(env: Environment): number {
  const value = readOrDefault(env, "QUERY_DEADLINE");
  const ms = parseDuration(value);
  if (ms === null || ms === 0 || ms > MAX_QUERY_DEADLINE_MS) {
    throw wrongValue("QUERY_DEADLINE", value, "a number and a unit, at most 2m: 500ms, 10s or 2m");
  }
  return ms;
}

function readDatabase(env: Environment): DatabaseChoice {
  return parseDatabaseUrl(readOrDefault(env, "DATABASE_URL"));
}

/** Only a server has replicas. */
function readReplica(env: Environment, choice: DatabaseChoice): string | null {
  const url = read(env, "REPLICA_URL");
  if (url === null) return null;
  if (!isServerUrl(url)) throw wrongValue("REPLICA_URL", url, "http://host, https://host or libsql://host");
  if (choice.kind !== "remote") {
    throw new ConfigError(
      `${variableOf("REPLICA_URL")} is set, but ${variableOf("DATABASE_URL")} names no libSQL server whose replica it could be`,
    );
  }
  return url;
}

function locate(choice: DatabaseChoice, env: Environment): DatabaseLocation {
  switch (choice.kind) {
    case "file":
      return choice;
    case "remote": {
      const authToken = readSecret(env, "DATABASE_AUTH_TOKEN", 1);
      return authToken === null ? choice : { ...choice, authToken };
    }
    case "ephemeral":
      // Never opened: the server makes a file where it can also remove it.
      return { kind: "file", path: ":memory:" };
  }
}
