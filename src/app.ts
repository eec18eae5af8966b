import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../package.json" with { type: "json" };
import type { Config } from "./config/config.ts";
import { createAuthenticate } from "./domain/authenticate.ts";
import { createCreateKey } from "./domain/create-key.ts";
import { createCreateSite } from "./domain/create-site.ts";
import { type Defaults, ensureDefaults } from "./domain/ensure-defaults.ts";
import { createIngestEvents } from "./domain/ingest-events.ts";
import type { Store } from "./domain/ports.ts";
import { enrichFromUserAgent } from "./enrich/user-agent.ts";
import { createClientAddress } from "./http/client-address.ts";
import { createHttp } from "./http/server.ts";
import { type RandomBytes, systemRandom } from "./lib/base62.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { createNetworks } from "./lib/ip-address.ts";
import { createLogger, type Logger } from "./lib/log.ts";
import type { DatabaseLocation } from "./store/database.ts";
import type { MeasureDisk } from "./store/disk-space.ts";
import { openStore } from "./store/open-store.ts";

export { version };

/** What tests replace. */
export interface AppOverrides {
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly random?: RandomBytes;
  readonly measureDisk?: MeasureDisk;
}

export interface App extends AsyncDisposable {
  /** Where it listens, with the real port. */
  readonly url: URL;
  readonly defaults: Defaults;
  /** Resolves with the cause when the writer has died: nothing can be stored any more. */
  readonly failure: Promise<unknown>;
  /** Stops listening, answers what is in flight, stores what was accepted, closes. */
  stop(): Promise<void>;
}

/** How long requests in flight may take to finish at a stop, in ms. */
const DRAIN_MS = 8_000;

/** How long the server still listens after it was told to stop, in ms: for requests that are on their way. */
const LAST_REQUESTS_MS = 50;

/** How long a read may take that no index bounds, in ms. */
const READ_DEADLINE_MS = 10_000;

/** Composes everything: the only place that sees every layer. */
export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const random = overrides.random ?? systemRandom;
  const log = overrides.log ?? createLogger(config.logLevel);
  const failure = Promise.withResolvers<unknown>();
  await using cleanup = new AsyncDisposableStack();

  const store = cleanup.use(
    await openStore({
      location: config.isEphemeral ? temporaryFile(cleanup) : config.database,
      replicaUrl: config.replicaUrl,
      durability: config.durability,
      clock,
      log,
      role: "server",
      readDeadlineMs: READ_DEADLINE_MS,
      onWriterDeath: failure.resolve,
      ...(overrides.measureDisk ? { measureDisk: overrides.measureDisk } : {}),
    }),
  );
  const operations = createOperations(store, { clock, random, adminKey: config.adminKey });
  let isStopping = false;
  const http = createHttp({
    ...store,
    ...operations,
    clock,
    log,
    logRequests: config.logLevel === "debug" || config.logLevel === "trace",
    corsOrigins: config.corsOrigins,
    clientAddress: createClientAddress({ trustedProxies: createNetworks(config.trustedProxies), log }),
    version,
    ping: store.ping,
    isStopping: () => isStopping,
  }).listen({ hostname: config.host, port: config.port });
  const server = http.server;
  if (!server) throw new Error("The HTTP server did not start");
  cleanup.defer(async () => {
    isStopping = true;
    // Bun resets connections whose request it has not read yet, so what has been sent is let in first.
    await Bun.sleep(LAST_REQUESTS_MS);
    const cut = setTimeout(() => void server.stop(true), DRAIN_MS);
    await server.stop(false);
    clearTimeout(cut);
  });

  // After listening: a start that fails on a taken port must not make a key that nobody gets to see.
  const defaults = await ensureDefaults({ ...store, ...operations, clock, hasAdminKey: config.adminKey !== null });

  const running = cleanup.move();
  const stop = () => running.disposeAsync();
  return { url: server.url, defaults, failure: failure.promise, stop, [Symbol.asyncDispose]: stop };
}

/** The domain's operations over one store. */
function createOperations(store: Store, deps: { clock: Clock; random: RandomBytes; adminKey: string | null }) {
  return {
    ingestEvents: createIngestEvents({ writer: store.writer, enrich: enrichFromUserAgent }),
    createSite: createCreateSite({ ...store, ...deps }),
    createKey: createCreateKey({ ...store, ...deps }),
    authenticate: createAuthenticate({ ...store, ...deps }),
  };
}

/** A database file of its own for this run, gone at its end. */
function temporaryFile(cleanup: AsyncDisposableStack): DatabaseLocation {
  const folder = mkdtempSync(join(tmpdir(), "footfall-"));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  return { kind: "file", path: join(folder, "footfall.db") };
}
