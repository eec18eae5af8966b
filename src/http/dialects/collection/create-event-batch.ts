import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { Elysia } from "elysia";
import { AppError } from "../../../domain/errors.ts";
import type { IngestEvent, IngestEvents } from "../../../domain/ingest-events.ts";
import type { Site } from "../../../domain/site.ts";
import { truncateText } from "../../../domain/text.ts";
import type { Clock } from "../../../lib/clock.ts";
import type { Admission } from "../../admission.ts";
import { readText, withPlainNumbers } from "../../body.ts";
import type { Caller } from "../../caller.ts";
import { responses } from "../../documented.ts";
import type { Guard } from "../../guard.ts";
import type { RejectedEvents } from "../../rejected-events.ts";
import { type RequestFacts, requestFacts } from "../../request-facts.ts";
import { fieldErrors } from "../../validation.ts";
import { decodeEvent, invalidEvent } from "./decode.ts";
import { encodeBatchEvent } from "./encode.ts";
import { encodeErrorBody } from "./errors.ts";
import type { FindWritableSite } from "./find-site.ts";
import { CreateEvent, CreateEventBatch, ErrorBody, EventBatchResult } from "./schemas.ts";

const ROUTE = "POST /api/v1/events/batch";

const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/**
 * The route's schema would reject a whole batch for one bad item, so items are checked here. Compiled for the first
 * batch: that takes as long as a tenth of a start.
 */
let itemValidator: TypeCheck<typeof CreateEvent> | undefined;

interface ItemError {
  readonly index: number;
  readonly error: AppError;
}

interface JudgedBatch {
  readonly items: readonly { readonly index: number; readonly item: IngestEvent }[];
  /** Of the other events, in no order. */
  readonly errors: ItemError[];
}

/** `POST /api/v1/events/batch`: up to 1,000 events, each judged alone, stored in one transaction. */
export function createEventBatchRoute(deps: {
  guard: Guard;
  admission: Admission;
  clock: Clock;
  findWritableSite: FindWritableSite;
  ingestEvents: IngestEvents;
  rejectedEvents: RejectedEvents;
}) {
  const { guard, admission, clock, findWritableSite, ingestEvents, rejectedEvents } = deps;

  /** Of a batch, by code: each is looked up once. In its place, what the items that name it are told. */
  async function findSites(events: readonly unknown[], caller: Caller): Promise<ReadonlyMap<string, Site | AppError>> {
    const sites = new Map<string, Site | AppError>();
    for (const event of events) {
      const code = codeOf(event);
      if (code !== null && !sites.has(code)) sites.set(code, await findItemSite(caller, code));
    }
    return sites;
  }

  async function findItemSite(caller: Caller, code: string): Promise<Site | AppError> {
    try {
      return await findWritableSite(caller, code);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code !== "not_found") return error;
      return new AppError("not_found", `Website with tracking code "${truncateText(code, 100)}" not found`);
    }
  }

  /** What can be stored of a batch, and what is wrong with the rest. */
  async function judge(events: readonly unknown[], caller: Caller, facts: RequestFacts): Promise<JudgedBatch> {
    const found = await findSites(events, caller);
    const errors: ItemError[] = [];
    const decoded: JudgedBatch["items"][number][] = [];
    for (const [index, event] of events.entries()) {
      const code = codeOf(event);
      const site = code === null ? undefined : found.get(code);
      try {
        decoded.push({ index, item: decodeItem(withPlainNumbers(event), site, facts) });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        errors.push({ index, error });
      }
    }
    const sites = decoded.map(({ item }) => item.site);
    const refusals = admission.admitEach(caller, sites);
    // Where it is the same for all, it is the request that is refused.
    if (refusals[0] && refusals.length === events.length && refusals.every(Boolean)) throw refusals[0];
    const items = decoded.filter(({ index }, position) => {
      const refusal = refusals[position];
      if (refusal) errors.push({ index, error: refusal });
      return !refusal;
    });
    return { items, errors };
  }

  return new Elysia({ normalize: false }).use(guard).post(
    "/api/v1/events/batch",
    async ({ body, caller, request, status }) => {
      const { items, errors } = await judge(body.events, caller, requestFacts(request, caller, clock));
      const ingested = items.length > 0 ? await ingestEvents(items.map(({ item }) => item)) : [];
      const events = [];
      let created = 0;
      for (const [position, { event, result }] of ingested.entries()) {
        if (result.outcome === "rejected") {
          errors.push({ index: items[position]?.index ?? -1, error: refused(result.reason) });
          continue;
        }
        if (result.outcome === "stored") created += 1;
        events.push(encodeBatchEvent(event, { ...result, isDuplicate: result.outcome === "duplicate" }));
      }
      errors.sort((a, b) => a.index - b.index);
      for (const { index, error } of errors) await rejectedEvents.ofBatch(ROUTE, body.events[index], error);
      return status(errors.length > 0 ? 207 : 201, {
        success: errors.length === 0,
        eventsCreated: created,
        events,
        ...(errors.length > 0 ? { errors: errors.map(encodeItemError) } : {}),
        message:
          errors.length > 0
            ? `Created ${created} events with ${errors.length} errors`
            : `Successfully created ${created} events`,
      });
    },
    {
      access: ROUTE,
      parse: readText(MAX_BATCH_BYTES),
      body: CreateEventBatch,
      detail: {
        operationId: "createEventBatch",
        summary: "Create up to 1,000 events",
        description: "Each event is judged alone; all that are stored are stored in one transaction.",
        responses: responses({
          201: { description: "All events are stored", schema: EventBatchResult },
          207: { description: "Some events are not stored: see `errors`", schema: EventBatchResult },
          400: { description: "The body is no batch", schema: ErrorBody },
          413: { description: "The body is too large", schema: ErrorBody },
          429: { description: "Nothing of it is stored; retry after `Retry-After`", schema: ErrorBody },
          503: { description: "Too much is waiting; retry after `Retry-After`", schema: ErrorBody },
          507: { description: "The server's disk is nearly full", schema: ErrorBody },
        }),
      },
    },
  );
}

/** @param site undefined where the item names none. */
function decodeItem(item: unknown, site: Site | AppError | undefined, facts: RequestFacts): IngestEvent {
  // A bad code is told before any other fault of the item, and in the same words, known or not.
  if (site instanceof AppError) throw site;
  itemValidator ??= TypeCompiler.Compile(CreateEvent);
  if (!itemValidator.Check(item)) throw invalidEvent(fieldErrors(itemValidator.Errors(item)));
  if (site === undefined) throw invalidEvent({ trackingCode: ["Required"] });
  return { ...decodeEvent(item, facts), site };
}

function codeOf(item: unknown): string | null {
  const code = typeof item === "object" && item !== null && "trackingCode" in item ? item.trackingCode : null;
  return typeof code === "string" ? code : null;
}

const refused = (cause: string): AppError => new AppError("internal", "The event could not be stored", { cause });

const encodeItemError = ({ index, error }: ItemError) => ({ index, ...encodeErrorBody(error) });
