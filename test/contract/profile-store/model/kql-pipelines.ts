import fc from "fast-check";
import { dynamic, type Expression, textOf } from "./kql-base.ts";
import { bool, long, span, string, time } from "./kql-expressions.ts";
import { isoOf, type Json, type Row, type Scalar, spanOf } from "./values.ts";

/** A row of an answer, as JSON would hold it. */
export type Output = Readonly<Record<string, Json>>;

/** A query, and what it answers of some events. */
export interface Query {
  readonly text: string;
  readonly isOrdered: boolean;
  readonly run: (rows: readonly Row[]) => readonly Output[];
}

/** A value of any type with a name, as JSON. */
const columns: fc.Arbitrary<Expression<Json>> = fc.oneof(
  string,
  bool,
  long.map((one) => ({ ...one, of: (row: Row) => jsonOf(one.of(row)) })),
  time.map((one) => ({ ...one, of: (row: Row) => lifted(isoOf)(one.of(row)) })),
  span.map((one) => ({ ...one, of: (row: Row) => lifted(spanOf)(one.of(row)) })),
  dynamic.map((one) => ({ ...one, of: (row: Row) => one.of(row) ?? null })),
);

const lifted =
  (write: (ticks: bigint) => string) =>
  (ticks: bigint | null): Json =>
    ticks === null ? null : write(ticks);
const jsonOf = (value: Scalar): Json => (typeof value === "bigint" ? Number(value) : value);

const filters = fc.array(bool, { maxLength: 2 });
const source = (conditions: readonly Expression<boolean | null>[]) => ({
  text: ["Events", ...conditions.map((condition) => `where ${condition.text}`)].join(" | "),
  rows: (rows: readonly Row[]) => rows.filter((row) => conditions.every((condition) => condition.of(row) === true)),
});

/** Rows of computed columns, one for each event. */
export const projection: fc.Arbitrary<Query> = fc
  .tuple(filters, fc.array(columns, { minLength: 1, maxLength: 3 }))
  .map(([conditions, list]) => {
    const from = source(conditions);
    return {
      text: `${from.text} | project ${list.map((one, at) => `c${at} = ${one.text}`).join(", ")}`,
      isOrdered: false,
      run: (rows) => from.rows(rows).map((row) => Object.fromEntries(list.map((one, at) => [`c${at}`, one.of(row)]))),
    };
  });

/** A computed column that later operators go on with, in a query of several layers. */
export const layered: fc.Arbitrary<Query> = fc
  .tuple(filters, string, long, fc.nat({ max: 5 }))
  .map(([conditions, key, number, count]) => {
    const from = source(conditions);
    return {
      text: `${from.text} | extend k = ${key.text}, n = ${number.text} | distinct k, n | where isnotnull(n) | summarize total = sum(n), rows = count() by k | sort by k asc | take ${count} | project k, total, more = total + 1`,
      isOrdered: true,
      run: (rows) => {
        const pairs = new Map<string, [string, bigint]>();
        for (const row of from.rows(rows)) {
          const [k, n] = [key.of(row), number.of(row)];
          if (n !== null) pairs.set(JSON.stringify([k, String(n)]), [k, n]);
        }
        const totals = new Map<string, bigint>();
        for (const [k, n] of pairs.values()) totals.set(k, (totals.get(k) ?? 0n) + n);
        return [...totals]
          .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
          .slice(0, count)
          .map(([k, total]) => ({ k, total: Number(total), more: Number(total + 1n) }));
      },
    };
  });

/** Every core aggregate, by a key. */
export const summary: fc.Arbitrary<Query> = fc
  .tuple(filters, string, long, bool, string, dynamic)
  .map(([conditions, key, number, test, text, json]) => {
    const from = source(conditions);
    const [n, b, s] = [number.text, test.text, text.text];
    return {
      text: `${from.text} | summarize c = count(), ci = countif(${b}), d = dcount(${n}), ds = dcount(${s}), su = sum(${n}), si = sumif(${n}, ${b}), a = avg(${n}), lo = min(${n}), hi = max(${n}), first = min(EventTime), any = take_any(strlen(${s}) * 0), dd = dcount(tostring(${json.text})) by k = ${key.text}`,
      isOrdered: false,
      run: (rows) => {
        const groups = new Map<string, Row[]>();
        for (const row of from.rows(rows)) {
          const k = key.of(row);
          groups.set(k, [...(groups.get(k) ?? []), row]);
        }
        return [...groups].map(([k, group]) => {
          const numbers = group.map((row) => number.of(row)).filter((value) => value !== null);
          const matching = group.filter((row) => test.of(row) === true);
          const sum = (values: readonly bigint[]) => values.reduce((all, value) => all + value, 0n);
          const [lo, hi] = [numbers.toSorted(compare)[0], numbers.toSorted(compare).at(-1)];
          const times = group.map((row) => row.time).toSorted(compare);
          return {
            k,
            c: group.length,
            ci: matching.length,
            d: new Set(numbers).size,
            ds: new Set(group.map((row) => text.of(row))).size,
            su: Number(sum(numbers)),
            si: Number(sum(matching.map((row) => number.of(row)).filter((value) => value !== null))),
            a: numbers.length === 0 ? null : numbers.reduce((all, value) => all + Number(value), 0) / numbers.length,
            lo: lo === undefined ? null : Number(lo),
            hi: hi === undefined ? null : Number(hi),
            first: isoOf(times[0] ?? 0n),
            any: 0,
            dd: new Set(group.map((row) => textOf(json.of(row)))).size,
          };
        });
      },
    };
  });

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** The first rows of an order that leaves nothing open. */
export const ordered: fc.Arbitrary<Query> = fc
  .tuple(
    filters,
    long,
    fc.constantFrom("asc", "desc"),
    fc.constantFrom("", " nulls first", " nulls last"),
    fc.nat({ max: 8 }),
  )
  .map(([conditions, key, direction, nulls, count]) => {
    const from = source(conditions);
    const nullsFirst = nulls === "" ? direction === "asc" : nulls === " nulls first";
    const sign = direction === "asc" ? 1 : -1;
    return {
      text: `${from.text} | sort by ${key.text} ${direction}${nulls}, EventTime asc, DeviceId asc, Value asc, tostring(Payload) asc, tostring(User) asc | take ${count} | project k = ${key.text}, EventTime`,
      isOrdered: true,
      run: (rows) =>
        from
          .rows(rows)
          .map((row) => ({ row, k: key.of(row) }))
          .toSorted((a, b) => {
            if (a.k === null || b.k === null) {
              if (a.k !== b.k) return (a.k === null) === nullsFirst ? -1 : 1;
            } else if (a.k !== b.k) return sign * compare(a.k, b.k);
            return compare(a.row.time, b.row.time);
          })
          .slice(0, count)
          .map(({ row, k }) => ({ k: jsonOf(k), EventTime: isoOf(row.time) })),
    };
  });
