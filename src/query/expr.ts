import type { RegexProgram } from "./regex.ts";

/**
 * What both query languages mean: a tree of typed expressions, and a pipeline of relational steps.
 *
 * The tree says everything itself, null handling included, so that whoever runs it needs to know
 * neither language. A language that treats null otherwise says so by other operations.
 */

/** `dynamic` is any JSON value; `datetime` and `timespan` are counted in ticks, see `ticks.ts`. */
export type ValueType = "string" | "bool" | "long" | "real" | "datetime" | "timespan" | "dynamic";

/** Long, datetime and timespan are `bigint`, dynamic is JSON text; null is the missing value of every type. */
export type LiteralValue = string | boolean | bigint | number | null;

/**
 * Functions of values. Unless it says otherwise, one is null as soon as one of its arguments is.
 *
 * Every argument has the type that is named; where an operation takes several types, all its
 * arguments have the same.
 */
export type Operation =
  // Truth, three-valued as in SQL: null is "unknown".
  | "all" // of any number of bools: false as soon as one is false
  | "any" // of any number of bools: true as soon as one is true
  | "not"
  | "isTrue" // never null
  | "isNull" // of any type; never null. A JSON null is null, too
  // Comparisons. Strings compare by code point, false is less than true.
  | "is" // never null: null is null, and nothing else is
  | "equals" // null where both are null, false where one is
  | "less"
  | "lessOrEqual"
  | "oneOf" // whether the first is one of the others, by `is`; never null
  // Choice.
  | "choose" // condition, value, condition, value, …, value otherwise
  | "orElse" // the first that is not null
  | "firstText" // the first string that is neither null nor "", else ""
  // Numbers.
  | "add"
  | "subtract"
  | "multiply"
  | "divide" // of longs: towards zero; null by 0
  | "remainder" // has the sign of the dividend; null by 0
  | "modulo" // 0 or greater, smaller than the size of the divisor; null by 0
  | "floorTo" // the greatest multiple of the second that is not above the first; null where the second is not positive
  | "negate"
  | "absolute"
  | "round" // a real, and to how many decimals; halves away from zero
  | "floor"
  | "ceiling"
  // Texts. Positions and lengths are longs, in code points, from 0.
  | "concat"
  | "lower"
  | "upper"
  | "trim"
  | "length"
  | "indexOf" // -1 where it is not
  | "substring" // text, start, and perhaps a length; what lies outside is left out
  | "slice" // the same, but a start below 0 counts from the end
  | "replace" // text, what, by what
  // Time.
  | "year"
  | "month"
  | "day"
  | "hour"
  | "minute"
  | "second"
  | "dayOfYear"
  | "startOfMonth" // a datetime, and how many months later
  | "startOfYear" // a datetime, and how many years later
  // Conversions; what cannot be converted is null.
  | "toText" // as KQL writes it; of a dynamic: a string as it is, anything else as JSON. Null is ""
  | "toLong"
  | "toReal"
  | "toBool"
  | "toPoint"
  | "parseJson"
  // A dynamic's content where it is of that kind, else null.
  | "textIn"
  | "numberIn"
  | "boolIn"
  | "pointIn"
  | "arrayLength"
  | "bagKeys";

/** Ways in which a text can match a pattern; terms are runs of letters and digits. */
export type Match = "equals" | "contains" | "startsWith" | "endsWith" | "term" | "termPrefix" | "termSuffix";

/** Functions of a group of rows. All but `count` leave nulls out. */
export type Aggregate =
  | "count"
  | "countDistinct"
  | "sum" // 0 for none
  | "average"
  | "min"
  | "max"
  | "some" // any one value
  | "list" // a JSON array of the values
  | "set"; // the same without repetitions

export interface Literal {
  readonly kind: "literal";
  readonly type: ValueType;
  readonly value: LiteralValue;
}

export interface Call {
  readonly kind: "call";
  readonly type: ValueType;
  readonly operation: Operation;
  readonly args: readonly Expr[];
}

export type Expr =
  | Literal
  | Call
  /** Of the rows that the step gets. */
  | { readonly kind: "column"; readonly type: ValueType; readonly name: string }
  /** Names of members and positions of items, counted from the end where negative. */
  | {
      readonly kind: "path";
      readonly type: "dynamic";
      readonly of: Expr;
      readonly keys: readonly (string | number)[];
    }
  | {
      readonly kind: "match";
      readonly type: "bool";
      readonly match: Match;
      readonly ignoreCase: boolean;
      readonly text: Expr;
      readonly pattern: Expr;
    }
  /** Whether the condition is true of some, or of every item of a JSON array; anything else has no items. Never null. */
  | {
      readonly kind: "quantified";
      readonly type: "bool";
      readonly quantifier: "some" | "every";
      readonly of: Expr;
      readonly item: symbol;
      readonly condition: Expr;
    }
  /** The item that an enclosing `quantified` looks at. */
  | { readonly kind: "item"; readonly type: "dynamic"; readonly item: symbol }
  /** What a group of a regular expression matched, "" where it did not. */
  | { readonly kind: "extract"; readonly type: "string"; readonly text: Expr; readonly program: RegexProgram }
  /** Only in `summarize`. */
  | {
      readonly kind: "aggregate";
      readonly type: ValueType;
      readonly aggregate: Aggregate;
      readonly args: readonly Expr[];
      /** Only rows of which this is true. */
      readonly where: Expr | null;
    };

/** A column and where its values come from. */
export interface Named {
  readonly name: string;
  readonly value: Expr;
}

export interface SortKey {
  readonly value: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** What is done to rows, one step after the other. */
export type Step =
  | { readonly kind: "where"; readonly condition: Expr }
  /** These columns, in this order, and no others. */
  | { readonly kind: "project"; readonly columns: readonly Named[] }
  | { readonly kind: "sort"; readonly keys: readonly SortKey[] }
  | { readonly kind: "take"; readonly count: number; readonly skip: number }
  | { readonly kind: "sample"; readonly count: number }
  | { readonly kind: "distinct" }
  | { readonly kind: "summarize"; readonly by: readonly Named[]; readonly aggregates: readonly Named[] };

/** Begins with the columns of {@link EVENT_COLUMNS}, and ends with those of the answer. */
export interface Pipeline {
  readonly steps: readonly Step[];
}

/** What is known of an event, and of which type. */
export const EVENT_COLUMNS = {
  id: "string",
  type: "string",
  name: "string",
  visitorId: "string",
  sessionId: "string",
  /** The one that was sent, or that of the event's site. */
  scope: "string",
  url: "string",
  pageTitle: "string",
  remoteAddress: "string",
  country: "string",
  city: "string",
  occurredAt: "datetime",
  user: "dynamic",
  properties: "dynamic",
} as const satisfies Record<string, ValueType>;

export type EventColumn = keyof typeof EVENT_COLUMNS;
