import { column, eventColumn } from "../build.ts";
import {
  EVENT_COLUMNS,
  type EventColumn,
  type Expr,
  type Named,
  type Pipeline,
  type SortKey,
  type Step,
} from "../expr.ts";
import { QueryError } from "../query-error.ts";
import { type BindOptions, bindCondition, bindValue } from "./bind.ts";
import { parseFilter, parseOrderBy } from "./parse.ts";

export interface ODataOptions {
  /** `now()`, in ticks. */
  readonly now: bigint;
  /** The properties in their order, and what they are of an event. */
  readonly properties: Readonly<Record<string, EventColumn>>;
}

/** What a request asks for; null where it does not say. */
export interface ODataRequest {
  readonly filter: string | null;
  readonly orderBy: string | null;
  readonly select: string | null;
  readonly skip: number;
  readonly top: number;
}

export interface ODataQuery {
  readonly rows: Pipeline;
  /** All that the filter lets through, for the total. */
  readonly matching: Pipeline;
}

/** An error that one of a request's options is to blame for. */
export class OptionError extends Error {
  readonly option: "filter" | "orderby" | "select";
  override readonly cause: QueryError;

  constructor(option: OptionError["option"], cause: QueryError) {
    super(cause.message, { cause });
    this.name = "OptionError";
    this.option = option;
    this.cause = cause;
  }
}

/**
 * The options of a request → what they mean.
 *
 * @throws OptionError for whatever is not valid or not supported.
 */
export function compileOData(request: ODataRequest, { now, properties }: ODataOptions): ODataQuery {
  const names = Object.keys(properties);
  const all = names.map((name): Named => ({ name, value: eventColumn(properties[name] ?? "id") }));
  const known = new Map(
    names.map((name): [string, Expr] => [name, column(name, EVENT_COLUMNS[properties[name] ?? "id"])]),
  );
  const options: BindOptions = { now, properties: known };
  const matching: Step[] = [{ kind: "project", columns: all }];
  const { filter, orderBy, select, skip, top } = request;
  if (filter !== null) {
    matching.push({ kind: "where", condition: blame("filter", () => bindCondition(parseFilter(filter), options)) });
  }
  const steps = [...matching];
  if (orderBy !== null) {
    const last = all.filter(({ name }) => properties[name] === "occurredAt" || properties[name] === "id");
    steps.push({ kind: "sort", keys: blame("orderby", () => sortKeys(orderBy, last, options)) });
  }
  steps.push({ kind: "take", count: top, skip });
  if (select !== null) steps.push({ kind: "project", columns: blame("select", () => selected(select, known)) });
  return { rows: { steps }, matching: { steps: matching } };
}

function blame<T>(option: OptionError["option"], work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof QueryError ? new OptionError(option, error) : error;
  }
}

/** A request's order, and after it the usual one: so that pages neither repeat nor skip an event. */
function sortKeys(orderBy: string, usual: readonly Named[], options: BindOptions): readonly SortKey[] {
  const said = parseOrderBy(orderBy).map(({ value, descending }) => ({
    value: bindValue(value, options),
    descending,
    // Null comes before everything else.
    nullsFirst: !descending,
  }));
  const last = usual
    // Time before id.
    .toSorted((a, b) => a.value.type.localeCompare(b.value.type))
    .map(({ name, value }) => ({ value: column(name, value.type), descending: true, nullsFirst: false }));
  return [...said, ...last];
}

function selected(select: string, known: ReadonlyMap<string, Expr>): readonly Named[] {
  const names = new Set<string>();
  let position = 0;
  for (const part of select.split(",")) {
    const name = part.trim();
    if (name !== "*" && !known.has(name)) {
      throw new QueryError(name === "" ? "Expected a property" : `There is no property ${name.slice(0, 80)}`, position);
    }
    for (const one of name === "*" ? known.keys() : [name]) names.add(one);
    position += part.length + 1;
  }
  return [...names].map((name) => ({ name, value: known.get(name) ?? eventColumn("id") }));
}
