import { createAttribution } from "./app/attribution.ts";
import { createCollecting } from "./app/collecting.ts";
import { databaseOf, leaseHolderOf } from "./app/database-of.ts";
import { createDeleting } from "./app/deleting.ts";
import { keepSalts } from "./app/keep-salts.ts";
import { listen } from "./app/listen.ts";
import { createReading } from "./app/reading.ts";
import { createSitesAndKeys } from "./app/sites-and-keys.ts";
import type { Config } from "./config/config.ts";
import { type Defaults, ensureDefaults } from "./domain/ensure-defaults.ts";
import { FOLLOW_TIMING, type FollowTiming } from "./domain/follow-events.ts";
import { observeIngest } from "./domain/observe-ingest.ts";
import { createPurgeSchedule } from "./domain/purge-schedule.ts";
import { openGeoDatabase } from "./enrich/geo-database.ts";
import { openEnrich } from "./enrich/open-enrich.ts";
import { createClientAddress } from "./http/client-address.ts";
import { createProxyCountry } from "./http/proxy-country.ts";
import { createLeases } from "./jobs/lease.ts";
import { lastRun, type RunningJobs, startJobs } from "./jobs/run-jobs.ts";
import { createSchedule, JOB_NAMES } from "./jobs/schedule.ts";
import { type RandomBytes, systemRandom } from "./lib/base62.ts";
import { type Clock, type SteadyTime, systemClock, systemSteadyTime } from "./lib/clock.ts";
import { watchClockSteps } from "./lib/clock-steps.ts";
import { createNetworks } from "./lib/ip-address.ts";
import { createLogger, type Logger } from "./lib/log.ts";
import { pauseAsLong } from "./lib/pause.ts";
import { createRateLimiter } from "./lib/rate-limiter.ts";
import { deletionGauges } from "./metrics/deletion-gauges.ts";
import { createMetrics } from "./metrics/metrics.ts";
import type { MeasureDisk } from "./store/disk-space.ts";
import { openStore } from "./store/open-store.ts";
import { version } from "./version.ts";

/** What tests replace. */
export interface AppOverrides {
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly random?: RandomBytes;
  readonly measureDisk?: MeasureDisk;
  readonly followTiming?: FollowTiming;
  /** That of the clock when left out and the clock is replaced: then it makes no steps. */
  readonly steadyTime?: SteadyTime;
  /** Between two chunks of a deletion or a purge. */
  readonly pause?: (lastMs: number) => Promise<void>;
  /** How many events are deleted in one transaction. */
  readonly atOnce?: number;
}

export interface App extends AsyncDisposable {
  /** Where it listens, with the real port. */
  readonly url: URL;
  readonly defaults: Defaults;
  /** Resolves with the cause when the writer has died: nothing can be stored any more. */
  readonly failure: Promise<unknown>;
  /**
   * Removes every event and says how many: for test servers.
   *
   * @throws where the database is not a temporary one.
   */
  clear(): Promise<number>;
  /** Runs a job now, whatever its schedule says. */
  readonly runJob: RunningJobs["run"];
  /** Stops listening, answers what is in flight, stores what was accepted, closes. */
  stop(): Promise<void>;
}

/** How long a read may take that no index bounds, in ms. */
const READ_DEADLINE_MS = 10_000;

/** Composes everything: the only place that sees every layer. */
export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const clock = overrides.clock ?? systemClock;
  const random = overrides.random ?? systemRandom;
  const log = overrides.log ?? createLogger(config.logLevel);
  const failure = Promise.withResolvers<unknown>();
  // Before anything is opened or made: the setting may be wrong.
  const geo = openGeoDatabase(config.geoDatabase);
  await using cleanup = new AsyncDisposableStack();

  // Not before: the store's thread loads its own modules meanwhile.
  const loading = import("./http/server.ts");
  const store = cleanup.use(
    await openStore({
      location: databaseOf(config, cleanup),
      replicaUrl: config.replicaUrl,
      durability: config.durability,
      clock,
      log,
      role: "server",
      readDeadlineMs: READ_DEADLINE_MS,
      queryDeadlineMs: config.queryDeadlineMs,
      onWriterDeath: failure.resolve,
      ...(overrides.measureDisk ? { measureDisk: overrides.measureDisk } : {}),
    }),
  );
  const { createHttp } = await loading;
  const metrics = cleanup.use(
    createMetrics({
      store,
      version,
      jobs: JOB_NAMES,
      gauges: deletionGauges({
        ...store,
        clock,
        maxPendingDeletions: config.maxPendingDeletions,
        lastPurge: () => lastRun(store.kv, "purge"),
      }),
    }),
  );

  const { saltOf } = cleanup.use(await keepSalts({ ...store, clock, random, log }));
  const purgeSchedule = createPurgeSchedule({ cron: config.purgeCron, undoWindowMs: config.undoWindowMs });
  const clockSteps = watchClockSteps(clock, overrides.steadyTime ?? (overrides.clock ? clock.now : systemSteadyTime));
  const collecting = createCollecting(store, {
    clock,
    enrich: openEnrich({ geo, saltOf, random }),
    observeRejection: metrics.requests.rejected,
  });
  const attribution = createAttribution(store, {
    clock,
    random,
    ingestEvents: observeIngest(collecting.ingestEvents, metrics.requests.eventsOf("affiliate")),
  });
  const reading = createReading(store, { timing: overrides.followTiming ?? FOLLOW_TIMING });
  const sitesAndKeys = createSitesAndKeys(store, { clock, random, adminKey: config.adminKey, purgeSchedule });
  const deleting = createDeleting(store, {
    clock,
    clockSteps,
    log,
    purgeSchedule,
    maxPendingDeletions: config.maxPendingDeletions,
    pause: overrides.pause ?? pauseAsLong,
    onPurged: metrics.jobs.purged,
    ...(overrides.atOnce === undefined ? {} : { atOnce: overrides.atOnce }),
  });

  const jobs = cleanup.use(
    startJobs({
      jobs: createSchedule({ ...deleting, purgeSchedule }),
      leases: createLeases({ ...store, clock, log, holder: leaseHolderOf(config) }),
      kv: store.kv,
      clock,
      log,
      onFailure: metrics.jobs.failed,
      onLook: () => void clockSteps.observe(),
    }),
  );
  const trustedProxies = createNetworks(config.trustedProxies);
  const stopping = new AbortController();
  const http = createHttp({
    ...store,
    ...collecting,
    ...attribution,
    ...reading,
    ...sitesAndKeys,
    ...deleting,
    clock,
    log,
    logRequests: config.logLevel === "debug" || config.logLevel === "trace",
    corsOrigins: config.corsOrigins,
    requests: metrics.requests,
    metrics,
    metricsPublic: config.metricsPublic,
    limiter: createRateLimiter({ clock }),
    keylessRate: config.ingestLimit,
    clientAddress: createClientAddress({ trustedProxies, log }),
    proxyCountry: createProxyCountry(trustedProxies),
    version,
    stopping: stopping.signal,
    isStopping: () => stopping.signal.aborted,
  });
  const { url } = cleanup.use(
    listen(http, {
      ...config,
      onStop() {
        // Event streams have no end of their own, and would be waited for.
        stopping.abort(new Error("The server is stopping"));
        store.hurry();
      },
    }),
  );

  // After listening: a start that fails on a taken port must not make a key that nobody gets to see.
  const defaults = await ensureDefaults({ ...store, ...sitesAndKeys, clock, hasAdminKey: config.adminKey !== null });

  const running = cleanup.move();
  const stop = () => running.disposeAsync();
  return {
    url,
    defaults,
    failure: failure.promise,
    runJob: jobs.run,
    async clear() {
      if (!config.isEphemeral) throw new Error("Only a temporary database can be cleared");
      return store.clear();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
