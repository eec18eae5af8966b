import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import { ConfigError, parseAddress, parseConfig, parseDatabaseConfig } from "../../src/config/config.ts";

const KEY = "0123456789abcdef0123456789abcdef";

const messageOf = (env: Record<string, string | undefined>): string => {
  try {
    parseConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error("No ConfigError was thrown");
};

test("an empty environment gives the documented defaults", () => {
  expect(parseConfig({})).toEqual({
    database: { kind: "file", path: resolve("data/footfall.db") },
    replicaUrl: null,
    isEphemeral: false,
    host: "127.0.0.1",
    port: 3000,
    adminKey: null,
    durability: "full",
    queryDeadlineMs: 10_000,
    purgeCron: "0 3 * * *",
    undoWindowMs: 86_400_000,
    maxPendingDeletions: 1_000_000,
    ingestLimit: { limit: 1_200, windowMs: 60_000 },
    trustedProxies: ["127.0.0.0/8", "::1"],
    geoDatabase: null,
    corsOrigins: [],
    metricsPublic: false,
    logLevel: "info",
  });
});

test("an empty value counts as unset", () => {
  const empty = {
    FOOTFALL_DATABASE_URL: "",
    FOOTFALL_DATABASE_AUTH_TOKEN: "",
    FOOTFALL_REPLICA_URL: "",
    FOOTFALL_HOST: "",
    FOOTFALL_PORT: "",
    FOOTFALL_ADMIN_KEY: "",
    FOOTFALL_DURABILITY: "",
    FOOTFALL_QUERY_DEADLINE: "",
    FOOTFALL_PURGE_CRON: "",
    FOOTFALL_UNDO_WINDOW: "",
    FOOTFALL_MAX_PENDING_DELETIONS: "",
    FOOTFALL_INGEST_LIMIT: "",
    FOOTFALL_TRUSTED_PROXIES: "",
    FOOTFALL_GEO_DB: "",
    FOOTFALL_CORS_ORIGINS: "",
    FOOTFALL_METRICS_PUBLIC: "",
    FOOTFALL_LOG_LEVEL: "",
  };
  expect(parseConfig(empty)).toEqual(parseConfig({}));
});

test("every setting is taken over", () => {
  expect(
    parseConfig({
      FOOTFALL_DATABASE_URL: "libsql://db.example",
      FOOTFALL_DATABASE_AUTH_TOKEN: "token",
      FOOTFALL_REPLICA_URL: "https://replica.example",
      FOOTFALL_HOST: "[::1]",
      FOOTFALL_PORT: "0",
      FOOTFALL_ADMIN_KEY: KEY,
      FOOTFALL_DURABILITY: "normal",
      FOOTFALL_QUERY_DEADLINE: "2m",
      FOOTFALL_PURGE_CRON: "*/5 * * * *",
      FOOTFALL_UNDO_WINDOW: "30m",
      FOOTFALL_MAX_PENDING_DELETIONS: "10",
      FOOTFALL_INGEST_LIMIT: "20/s",
      FOOTFALL_TRUSTED_PROXIES: "off",
      FOOTFALL_GEO_DB: "/geo/city.mmdb",
      FOOTFALL_CORS_ORIGINS: "https://a.example",
      FOOTFALL_METRICS_PUBLIC: "true",
      FOOTFALL_LOG_LEVEL: "silent",
    }),
  ).toEqual({
    database: { kind: "remote", url: "libsql://db.example", authToken: "token" },
    replicaUrl: "https://replica.example",
    isEphemeral: false,
    host: "::1",
    port: 0,
    adminKey: KEY,
    durability: "normal",
    queryDeadlineMs: 120_000,
    purgeCron: "*/5 * * * *",
    undoWindowMs: 1_800_000,
    maxPendingDeletions: 10,
    ingestLimit: { limit: 20, windowMs: 1_000 },
    trustedProxies: [],
    geoDatabase: "/geo/city.mmdb",
    corsOrigins: ["https://a.example"],
    metricsPublic: true,
    logLevel: "silent",
  });
});

describe("settings of deletion", () => {
  test.each([
    ["FOOTFALL_PURGE_CRON", "at night", 'a cron pattern that comes due, such as "0 3 * * *"'],
    ["FOOTFALL_PURGE_CRON", "0 0 31 2 *", 'a cron pattern that comes due, such as "0 3 * * *"'],
    ["FOOTFALL_UNDO_WINDOW", "1 day", "a number and a unit: 30m, 24h or 7d"],
    ["FOOTFALL_UNDO_WINDOW", "24", "a number and a unit: 30m, 24h or 7d"],
    ["FOOTFALL_MAX_PENDING_DELETIONS", "1e6", "a whole number"],
    ["FOOTFALL_MAX_PENDING_DELETIONS", "-1", "a whole number"],
  ])("%s=%s stops the start and says what is allowed", (variable, value, allowed) => {
    const flag = `--${variable.slice("FOOTFALL_".length).toLowerCase().replaceAll("_", "-")}`;
    expect(messageOf({ [variable]: value })).toBe(
      `${variable} (or ${flag}) is ${JSON.stringify(value)}; it must be ${allowed}`,
    );
  });
});

test.each(["0s", "121s", "3m", "1h", "10", "soon"])(
  "FOOTFALL_QUERY_DEADLINE=%s stops the start and says what is allowed",
  (value) => {
    expect(messageOf({ FOOTFALL_QUERY_DEADLINE: value })).toBe(
      `FOOTFALL_QUERY_DEADLINE (or --query-deadline) is ${JSON.stringify(value)}; it must be a number and a unit, at most 2m: 500ms, 10s or 2m`,
    );
  },
);
test.each(["yes", "1", "TRUE"])("FOOTFALL_METRICS_PUBLIC=%s stops the start and says what is allowed", (value) => {
  expect(messageOf({ FOOTFALL_METRICS_PUBLIC: value })).toBe(
    `FOOTFALL_METRICS_PUBLIC (or --metrics-public) is "${value}"; it must be one of true, false`,
  );
});

describe("FOOTFALL_INGEST_LIMIT", () => {
  test.each([
    ["1/s", { limit: 1, windowMs: 1_000 }],
    ["1200/min", { limit: 1_200, windowMs: 60_000 }],
    ["9999999/h", { limit: 9_999_999, windowMs: 3_600_000 }],
    ["off", null],
  ])("may be %s", (value, ingestLimit) => {
    expect(parseConfig({ FOOTFALL_INGEST_LIMIT: value }).ingestLimit).toEqual(ingestLimit);
  });

  test.each(["0/min", "1200", "1200/m", "1200 / min", "-1/min", "1.5/s", "10000000/s", "1200/day", "OFF", "/min"])(
    "%s stops the start and is shown",
    (value) => {
      expect(messageOf({ FOOTFALL_INGEST_LIMIT: value })).toBe(
        `FOOTFALL_INGEST_LIMIT (or --ingest-limit) is "${value}"; it must be off, or a number of requests and a unit: 20/s, 1200/min or 5000/h`,
      );
    },
  );
});

describe("FOOTFALL_TRUSTED_PROXIES", () => {
  test("are addresses and networks of both kinds", () => {
    const { trustedProxies } = parseConfig({ FOOTFALL_TRUSTED_PROXIES: "10.0.0.0/8, 192.0.2.7,2001:db8::/32" });
    expect(trustedProxies).toEqual(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
  });

  test.each(["10.0.0.0/33", "::/129", "proxy.example", "10.0.0.0/8;::1", "10", "10.0.0.0/", "10.0.0.0/8/8", "0x7f.1"])(
    "%s stops the start and is shown",
    (value) => {
      expect(messageOf({ FOOTFALL_TRUSTED_PROXIES: value })).toBe(
        `FOOTFALL_TRUSTED_PROXIES (or --trusted-proxies) is "${value}"; it must be off, or addresses and networks such as 10.0.0.0/8,::1, separated by commas`,
      );
    },
  );
});

describe("FOOTFALL_REPLICA_URL", () => {
  const database = { FOOTFALL_DATABASE_URL: "http://127.0.0.1:8080" };

  test.each(["file:a.db", ":memory:", "replica.example", "ftp://me:hunter2@replica.example"])(
    "%s is no server, and stops the start",
    (url) => {
      const message = messageOf({ ...database, FOOTFALL_REPLICA_URL: url });
      expect(message).toStartWith("FOOTFALL_REPLICA_URL (or --replica-url) is ");
      expect(message).toEndWith("it must be http://host, https://host or libsql://host");
      expect(message).not.toContain("hunter2");
    },
  );

  test.each([":memory:", "file:a.db", ""])("makes no sense where the database is %p: a file has no replicas", (url) => {
    const env = { FOOTFALL_DATABASE_URL: url, FOOTFALL_REPLICA_URL: "http://127.0.0.1:8081" };
    expect(messageOf(env)).toBe(
      "FOOTFALL_REPLICA_URL is set, but FOOTFALL_DATABASE_URL names no libSQL server whose replica it could be",
    );
  });
});

describe("FOOTFALL_DATABASE_URL", () => {
  const pathOf = (url: string) => {
    const { database } = parseConfig({ FOOTFALL_DATABASE_URL: url });
    return database.kind === "file" ? database.path : null;
  };

  test.each([
    ["file:a.db", "a.db"],
    ["file:./b/a.db", "b/a.db"],
    ["file:../a.db", "../a.db"],
    ["FILE:a.db", "a.db"],
    ["file:/b/a.db", "/b/a.db"],
    ["file:///b/a.db", "/b/a.db"],
    ["file://localhost/b/a.db", "/b/a.db"],
    ["file:///b/with%20blank%3F.db", "/b/with blank?.db"],
    ["file:%C3%A4.db", "ä.db"],
    ["file:a b.db", "a b.db"],
  ])("%s is the file %s", (url, path) => {
    expect(pathOf(url)).toBe(resolve(path));
  });

  test.each(["http://127.0.0.1:8080", "https://db.example/x", "libsql://db.example?authToken=t"])(
    "%s is a server",
    (url) => {
      expect(parseConfig({ FOOTFALL_DATABASE_URL: url }).database).toEqual({ kind: "remote", url });
    },
  );

  test.each([
    "data/footfall.db",
    "/var/lib/footfall.db",
    "postgres://db.example",
    "http://",
    "file:",
    "file://",
    "file:./folder/",
    "file://other.example/a.db",
    "file:a.db?mode=ro",
    "file:a.db#x",
    "file:%",
    "file:a%00b.db",
    ":memory",
    "memory",
  ])("%s is refused, with the variable, the flag and the value", (url) => {
    const message = messageOf({ FOOTFALL_DATABASE_URL: url });
    expect(message).toStartWith(`FOOTFALL_DATABASE_URL (or --database-url) is ${JSON.stringify(url)}; it must be `);
  });

  test("a password and a token in a refused URL are not shown", () => {
    const message = messageOf({ FOOTFALL_DATABASE_URL: "ftp://me:hunter2@db.example/?authToken=s3cret" });
    expect(message).toContain("db.example");
    expect(message).not.toMatch(/hunter2|s3cret/);
  });

  test(":memory: is a private file that makes no folder of its own here, and needs no sync", () => {
    const config = parseConfig({ FOOTFALL_DATABASE_URL: ":memory:", FOOTFALL_DURABILITY: "full" });
    expect(config).toMatchObject({ isEphemeral: true, durability: "normal" });
  });

  test(":memory: is refused where a command needs a database that others can reach", () => {
    expect(() => parseDatabaseConfig({ FOOTFALL_DATABASE_URL: ":memory:" })).toThrow(ConfigError);
  });
});

test.each([
  ["FOOTFALL_PORT", "65536", "a whole number from 0 to 65535"],
  ["FOOTFALL_PORT", "-1", "a whole number from 0 to 65535"],
  ["FOOTFALL_PORT", "3e3", "a whole number from 0 to 65535"],
  ["FOOTFALL_PORT", " 80", "a whole number from 0 to 65535"],
  ["FOOTFALL_HOST", "http://localhost", "without scheme and port"],
  ["FOOTFALL_HOST", "localhost:3000", "without scheme and port"],
  ["FOOTFALL_HOST", "a b", "without scheme and port"],
  ["FOOTFALL_DURABILITY", "FULL", "one of full, normal"],
  ["FOOTFALL_LOG_LEVEL", "loud", "one of trace, debug, info, warn, error, fatal, silent"],
  ["FOOTFALL_CORS_ORIGINS", "https://a.example/path", "without a path"],
  ["FOOTFALL_CORS_ORIGINS", "a.example", "without a path"],
  ["FOOTFALL_CORS_ORIGINS", "https://a.example https://b.example", "separated by commas"],
  ["FOOTFALL_CORS_ORIGINS", "null", "without a path"],
])("%s=%s is refused in one line that says what is allowed", (variable, value, allowed) => {
  const message = messageOf({ [variable]: value });
  expect(message).toStartWith(`${variable} (or --`);
  expect(message).toContain(JSON.stringify(value));
  expect(message).toContain(allowed);
  expect(message).not.toContain("\n");
});

test.each(["0", "1", "65535", "08080"])("the port may be %s", (port) => {
  expect(parseAddress({ FOOTFALL_PORT: port }).port).toBe(Number(port));
});

test.each(["0.0.0.0", "::", "localhost", "my-host.example", "fe80::1"])("the host may be %s", (host) => {
  expect(parseAddress({ FOOTFALL_HOST: host }).host).toBe(host);
});

describe("FOOTFALL_ADMIN_KEY", () => {
  test("of 32 visible characters is accepted", () => {
    expect(parseConfig({ FOOTFALL_ADMIN_KEY: KEY }).adminKey).toBe(KEY);
  });

  test.each([
    ["too short", KEY.slice(1)],
    ["a blank", `${KEY} x`],
    ["a control character", `${KEY}\n`],
    ["a letter that does not fit in a header", `${KEY}é`],
  ])("with %s is refused without being shown", (_what, key) => {
    const message = messageOf({ FOOTFALL_ADMIN_KEY: key });
    expect(message).toContain("FOOTFALL_ADMIN_KEY");
    expect(message).toContain(`*** (${key.length} characters)`);
    expect(message).not.toContain("0123456789");
  });
});

test("CORS origins are normalised as browsers send them, each once", () => {
  const list = " https://A.example:443 ,http://b.example:8080, https://a.example,app://Local,";
  expect(parseConfig({ FOOTFALL_CORS_ORIGINS: list }).corsOrigins).toEqual([
    "https://a.example",
    "http://b.example:8080",
    "app://local",
  ]);
});

test("* among CORS origins means every origin", () => {
  expect(parseConfig({ FOOTFALL_CORS_ORIGINS: "https://a.example,*" }).corsOrigins).toEqual(["*"]);
});

describe("the log level of a command", () => {
  test("is warn where none is set: its output is what it has to say", () => {
    expect(parseDatabaseConfig({}).logLevel).toBe("warn");
  });

  test("is the one that is set", () => {
    expect(parseDatabaseConfig({ FOOTFALL_LOG_LEVEL: "info" }).logLevel).toBe("info");
  });
});
