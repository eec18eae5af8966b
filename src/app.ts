import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "./config/config.ts";
import { createRetention } from "./domain/apply-retention.ts";
import { createAttributeClick } from "./domain/attribute-click.ts";
import { BY_SERVER } from "./domain/audit.ts";
import { createAuthenticate } from "./domain/authenticate.ts";
import { createCarryOut } from "./domain/carry-out.ts";
import { createClickIds } from "./domain/click-id.ts";
import { createCreateKey } from "./domain/create-key.ts";
import { createCreateSite } from "./domain/create-site.ts";
import { createDailySalts } from "./domain/daily-salts.ts";
import { createDeleteEvent } from "./domain/delete-event.ts";
import { createDeleteEvents } from "./domain/delete-events.ts";
import { createDeleteSite } from "./domain/delete-site.ts";
import { createHashEmail } from "./domain/email-hash.ts";
import type { Enrich } from "./domain/enrichment.ts";
import { type Defaults, ensureDefaults } from "./domain/ensure-defaults.ts";
import { createEraseMatching } from "./domain/erase-matching.ts";
import { createEraseVisitor } from "./domain/erase-visitor.ts";
import { createExpireRecords } from "./domain/expire-records.ts";
import { createExportEvents, createExportWhole } from "./domain/export-events.ts";
import { createExportVisitor } from "./domain/export-visitor.ts";
import { createFindProgram } from "./domain/find-program.ts";
import { createFollowEvents, FOLLOW_TIMING, type FollowTiming } from "./domain/follow-events.ts";
import { createIngestEvents, type IngestEvents } from "./domain/ingest-events.ts";
import { createKeyStillMay } from "./domain/key-standing.ts";
import { createNoteRejection, type ObserveRejection } from "./domain/note-rejection.ts";
import { observeIngest } from "./domain/observe-ingest.ts";
import type { ObserveEvents } from "./domain/observers.ts";
import type { Store } from "./domain/ports.ts";
import { createPurge } from "./domain/purge.ts";
import { createPurgeSchedule, type PurgeSchedule } from "./domain/purge-schedule.ts";
import { createReclaim } from "./domain/reclaim.ts";
import { createRefundSale } from "./domain/refund-sale.ts";
import { createReportPerformance } from "./domain/report-performance.ts";
import { createRestoreDeletion } from "./domain/restore-deletion.ts";
import { createRestoreEvent } from "./domain/restore-event.ts";
import { createRestoreSite } from "./domain/restore-site.ts";
import { createRevokeKey } from "./domain/revoke-key.ts";
import { createRotateKey } from "./domain/rotate-key.ts";
import { createTrackClick } from "./domain/track-click.ts";
import { createTrackLead } from "./domain/track-lead.ts";
import { createTrackSale } from "./domain/track-sale.ts";
import { createUpdateSite } from "./domain/update-site.ts";
import { openGeoDatabase } from "./enrich/geo-database.ts";
import { openEnrich } from "./enrich/open-enrich.ts";
import { createClientAddress } from "./http/client-address.ts";
import { createProxyCountry } from "./http/proxy-country.ts";
import type { ApiName } from "./http/request-observer.ts";
import { createLeases } from "./jobs/lease.ts";
import { lastRun, type RunningJobs, startJobs } from "./jobs/run-jobs.ts";
import { createSchedule, JOB_NAMES } from "./jobs/schedule.ts";
import { type RandomBytes, randomLetters, systemRandom } from "./lib/base62.ts";
import { type Clock, type SteadyTime, systemClock, systemSteadyTime } from "./lib/clock.ts";
import { watchClockSteps } from "./lib/clock-steps.ts";
import { createNetworks } from "./lib/ip-address.ts";
import { createLogger, type Logger } from "./lib/log.ts";
import { pauseAsLong } from "./lib/pause.ts";
import { createRateLimiter } from "./lib/rate-limiter.ts";
import { deletionGauges } from "./metrics/deletion-gauges.ts";
import { createMetrics } from "./metrics/metrics.ts";
import type { DatabaseLocation } from "./store/database.ts";
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

/** How long requests in flight may take to finish at a stop, in ms. */
const DRAIN_MS = 8_000;

/** How long the server still listens after it was told to stop, in ms: for requests that are on their way. */
const LAST_REQUESTS_MS = 50;

/** How long a read may take that no index bounds, in ms. */
const READ_DEADLINE_MS = 10_000;

/** How often it is looked whether the day's salts are there and old ones gone, in ms. */
const SALTS_EVERY_MS = 60_000;

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
      location: config.isEphemeral ? temporaryFile(cleanup) : config.database,
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
  const salts = createDailySalts({ kv: store.kv, clock, random, log });
  await salts.refresh();
  const saltTimer = setInterval(() => void salts.refresh(), SALTS_EVERY_MS);
  cleanup.defer(() => clearInterval(saltTimer));
  const purgeSchedule = createPurgeSchedule({ cron: config.purgeCron, undoWindowMs: config.undoWindowMs });
  const operations = createOperations(store, {
    clock,
    random,
    adminKey: config.adminKey,
    schedule: purgeSchedule,
    timing: overrides.followTiming ?? FOLLOW_TIMING,
    enrich: openEnrich({ geo, saltOf: salts.saltOf, random }),
    observeEvents: metrics.requests.eventsOf,
    observeRejection: metrics.requests.rejected,
  });
  const deletionOperations = createDeletionOperations(store, {
    config,
    clock,
    log,
    purgeSchedule,
    steadyTime: overrides.steadyTime ?? (overrides.clock ? clock.now : systemSteadyTime),
    pause: overrides.pause ?? pauseAsLong,
    onPurged: metrics.jobs.purged,
    ...(overrides.atOnce === undefined ? {} : { atOnce: overrides.atOnce }),
  });
  const jobs = cleanup.use(
    startJobs({
      jobs: createSchedule(deletionOperations),
      leases: createLeases({ ...store, clock, log, holder: leaseHolder(config) }),
      kv: store.kv,
      clock,
      log,
      onFailure: metrics.jobs.failed,
      onLook: () => void deletionOperations.clockSteps.observe(),
    }),
  );
  const trustedProxies = createNetworks(config.trustedProxies);
  const stopping = new AbortController();
  const http = createHttp({
    ...store,
    ...operations,
    ...deletionOperations,
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
    ping: store.ping,
    stopping: stopping.signal,
    isStopping: () => stopping.signal.aborted,
  }).listen({ hostname: config.host, port: config.port });
  const server = http.server;
  if (!server) throw new Error("The HTTP server did not start");
  cleanup.defer(async () => {
    // Event streams have no end of their own, and would be waited for.
    stopping.abort(new Error("The server is stopping"));
    store.hurry();
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
  const clear = async () => {
    if (!config.isEphemeral) throw new Error("Only a temporary database can be cleared");
    return store.clear();
  };
  return {
    url: server.url,
    defaults,
    failure: failure.promise,
    runJob: jobs.run,
    clear,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The domain's operations over one store. */
function createOperations(
  store: Store,
  deps: {
    clock: Clock;
    random: RandomBytes;
    adminKey: string | null;
    schedule: PurgeSchedule;
    timing: FollowTiming;
    enrich: Enrich;
    /** What became of the events of an API. */
    observeEvents: (api: ApiName) => ObserveEvents;
    observeRejection: ObserveRejection;
  },
) {
  const ingestEvents = createIngestEvents({ writer: store.writer, enrich: deps.enrich });
  const exporting = { ...store, wait: Bun.sleep };
  return {
    ingestEvents,
    noteRejection: createNoteRejection({ ...store, ...deps }),
    ...createTracking(store, {
      ...deps,
      ingestEvents: observeIngest(ingestEvents, deps.observeEvents("affiliate")),
    }),
    createSite: createCreateSite({ ...store, ...deps }),
    updateSite: createUpdateSite(store),
    deleteSite: createDeleteSite({ ...store, ...deps }),
    restoreSite: createRestoreSite({ ...store, ...deps }),
    createKey: createCreateKey({ ...store, ...deps }),
    rotateKey: createRotateKey({ ...store, ...deps }),
    revokeKey: createRevokeKey({ ...store, ...deps }),
    authenticate: createAuthenticate({ ...store, ...deps }),
    exportEvents: createExportEvents(exporting),
    exportVisitor: createExportVisitor({ ...store, exportWhole: createExportWhole(exporting) }),
    followEvents: createFollowEvents({ ...store, ...deps }),
    keyStillMay: createKeyStillMay({ ...store, ...deps }),
  };
}

/** The chain from a click to its conversion. */
function createTracking(store: Store, deps: { clock: Clock; random: RandomBytes; ingestEvents: IngestEvents }) {
  const attributeClick = createAttributeClick(store);
  const hashEmail = createHashEmail({ ...store, ...deps });
  return {
    findProgram: createFindProgram(store),
    trackClick: createTrackClick({ ...store, ...deps, clickIds: createClickIds() }),
    trackLead: createTrackLead({ ...deps, attributeClick, hashEmail }),
    trackSale: createTrackSale({ ...deps, attributeClick }),
    refundSale: createRefundSale({ ...store, ...deps }),
    reportPerformance: createReportPerformance(store),
  };
}

/** What deletes, restores and removes events. */
function createDeletionOperations(
  store: Store,
  deps: {
    config: Config;
    clock: Clock;
    log: Logger;
    purgeSchedule: PurgeSchedule;
    steadyTime: SteadyTime;
    pause: (lastMs: number) => Promise<void>;
    onPurged: (events: number) => void;
    atOnce?: number;
  },
) {
  const { config, clock, steadyTime } = deps;
  const shared = {
    ...store,
    ...deps,
    maxPendingDeletions: config.maxPendingDeletions,
    clockSteps: watchClockSteps(clock, steadyTime),
    carryOut: createCarryOut({ ...store, ...deps }),
    reclaim: createReclaim(store),
    by: BY_SERVER,
  };
  const eraseMatching = createEraseMatching(shared);
  return {
    deleteEvent: createDeleteEvent(shared),
    deleteEvents: createDeleteEvents(shared),
    restoreEvent: createRestoreEvent(shared),
    restoreDeletion: createRestoreDeletion(shared),
    eraseVisitor: createEraseVisitor(shared),
    purge: createPurge({ ...shared, eraseMatching }),
    retention: createRetention({ ...shared, eraseMatching }),
    expireRecords: createExpireRecords(shared),
    carryOut: shared.carryOut,
    reclaim: shared.reclaim,
    clockSteps: shared.clockSteps,
    purgeSchedule: shared.purgeSchedule,
  };
}

/** The one server of a file takes over its own leases after a crash; several may work on a libSQL server. */
function leaseHolder(config: Config): string {
  return config.isEphemeral || config.database.kind === "file" ? "server" : `server ${randomLetters(8)}`;
}

/** A database file of its own for this run, gone at its end. */
function temporaryFile(cleanup: AsyncDisposableStack): DatabaseLocation {
  const folder = mkdtempSync(join(tmpdir(), "footfall-"));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  return { kind: "file", path: join(folder, "footfall.db") };
}
