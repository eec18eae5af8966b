/** One setting: what it is called, what it is without being said, and what people read about it. */
export interface Setting {
  /** What stands behind the flag in the help: `--port <number>`. */
  readonly value: string;
  /** What holds where nothing is said; null: nothing. */
  readonly default: string | null;
  readonly help: string;
  /** Never shown in messages. */
  readonly secret: boolean;
}

/**
 * Every setting. Variables, flags, defaults and help all come from this table, so that they cannot
 * differ: `DATABASE_URL` is `FOOTFALL_DATABASE_URL` and `--database-url`.
 */
export const SETTINGS = {
  DATABASE_URL: {
    value: "url",
    default: "file:./data/footfall.db",
    help: "where the events live: file:, http(s)://, libsql://, or :memory: (a temporary file, gone at exit)",
    secret: false,
  },
  DATABASE_AUTH_TOKEN: {
    value: "token",
    default: null,
    help: "what a libSQL server asks for",
    secret: true,
  },
  REPLICA_URL: {
    value: "url",
    default: null,
    help: "a replica of that libSQL server, for reads that may be some milliseconds behind: http(s)://, libsql://",
    secret: false,
  },
  HOST: {
    value: "address",
    default: "127.0.0.1",
    help: "address to listen on; 0.0.0.0 for all",
    secret: false,
  },
  PORT: {
    value: "number",
    default: "3000",
    help: "port to listen on; 0 for any free one",
    secret: false,
  },
  ADMIN_KEY: {
    value: "key",
    default: null,
    help: "a secret of at least 32 characters that is accepted as the admin key (made at the first start if unset)",
    secret: true,
  },
  DURABILITY: {
    value: "level",
    default: "full",
    help: "full: an answered event survives a power cut; normal: it survives a crash of the process",
    secret: false,
  },
  QUERY_DEADLINE: {
    value: "duration",
    default: "10s",
    help: "how long an OData or KQL query may run: 500ms, 10s, at most 2m",
    secret: false,
  },
  PURGE_CRON: {
    value: "pattern",
    default: "0 3 * * *",
    help: "when deleted events are removed for good: a cron pattern, UTC",
    secret: false,
  },
  UNDO_WINDOW: {
    value: "duration",
    default: "24h",
    help: "how long a deletion can be undone at least: 30m, 24h, 7d",
    secret: false,
  },
  MAX_PENDING_DELETIONS: {
    value: "number",
    default: "1000000",
    help: "how many deleted events may wait for their removal",
    secret: false,
  },
  INGEST_LIMIT: {
    value: "rate",
    default: "1200/min",
    help: "how many requests without a key an address may send to a site: 20/s, 1200/min, 5000/h; off for any number",
    secret: false,
  },
  TRUSTED_PROXIES: {
    value: "list",
    default: "127.0.0.0/8,::1",
    help: "networks whose X-Forwarded-For is believed, separated by commas; off for none",
    secret: false,
  },
  GEO_DB: {
    value: "file",
    default: null,
    help: "a database of addresses in MaxMind's format (.mmdb) instead of the countries that come with it",
    secret: false,
  },
  CORS_ORIGINS: {
    value: "list",
    default: null,
    help: "origins whose pages may read and manage, separated by commas, or *",
    secret: false,
  },
  METRICS_PUBLIC: {
    value: "true|false",
    default: "false",
    help: "whether everyone can read /metrics; otherwise it takes an admin key",
    secret: false,
  },
  LOG_LEVEL: {
    value: "level",
    default: "info",
    help: "trace, debug, info, warn, error, fatal or silent",
    secret: false,
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

const PREFIX = "FOOTFALL_";

/** `DATABASE_URL` → `FOOTFALL_DATABASE_URL`. */
export const variableOf = (name: SettingName): string => `${PREFIX}${name}`;

/** `DATABASE_URL` → `--database-url`. */
export const flagOf = (name: SettingName): string => `--${name.toLowerCase().replaceAll("_", "-")}`;

/** Variables by name; what {@link readEnvironment} returns, with the values of flags put over it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable of ours that no setting reads. */
export interface UnknownSetting {
  readonly variable: string;
  /** The variable that was probably meant; null where none is near. */
  readonly nearest: string | null;
}

/** The `FOOTFALL_…` variables that mean nothing to this release: misspelt, or of another one. */
export function findUnknownSettings(env: Environment): readonly UnknownSetting[] {
  const known = SETTING_NAMES.map(variableOf);
  return Object.keys(env)
    .filter((variable) => variable.startsWith(PREFIX) && !known.includes(variable))
    .sort()
    .map((variable) => ({ variable, nearest: nearestName(variable.slice(PREFIX.length)) }));
}

/** Longer names are nobody's slip, and the work grows with the length. */
const MAX_COMPARED = 64;

function nearestName(name: string): string | null {
  if (name.length > MAX_COMPARED) return null;
  const candidates = SETTING_NAMES.map((known) => ({
    known,
    /** 0: the same; 1: nothing in common. */
    difference: editDistance(name, known) / Math.max(name.length, known.length),
  }));
  const [best] = candidates.sort((a, b) => a.difference - b.difference);
  // With more than half of the letters wrong it is another name, not a misspelt one.
  return best && best.difference <= 0.5 ? variableOf(best.known) : null;
}

/** How many letters must be put in, left out or changed to make `b` of `a` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
