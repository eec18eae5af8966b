import fc from "fast-check";

/**
 * Queries that may mean something or not: built from the words of the language in any combination of
 * types, and then often spoilt. What is valid among them only a parser can tell.
 */

const COLUMNS = ["TrackId", "EventType", "Value", "City", "EventTime", "User", "Payload", "DeviceId"];

const atom = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...COLUMNS) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "1",
      "0",
      "20",
      "1.5",
      "1e3",
      "0x1F",
      "true",
      "false",
      "'a'",
      '"b"',
      "@'c\\d'",
      "''",
      "'it''s'",
      "'a\\'b'",
      "'a' 'b'",
      "h'x'",
      "1d",
      "2h30m",
      "1.5h",
      "10ms",
      "1tick",
      "datetime(2019-01-01)",
      "datetime(2019-03-10T12:00:00.1234567Z)",
      "datetime(null)",
      "timespan(1d)",
      "time(01:02:03)",
      "bool(true)",
      "bool(null)",
      "long(5)",
      "int(5)",
      "long(null)",
      "real(1.5)",
      "double(2)",
      "dynamic([1,'a'])",
      'dynamic({"a":1})',
      "dynamic(null)",
      "now()",
      "ago(1d)",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "Payload.a",
      "Payload.a.b",
      "Payload['content-type']",
      "Payload.list[0]",
      "Payload[-1]",
      "User.Email",
      "User['Email']",
      "['Value']",
    ),
  },
);

/** Functions with the number of arguments that they usually take. */
const FUNCTIONS: readonly (readonly [string, number])[] = [
  ["tostring", 1],
  ["tolower", 1],
  ["toupper", 1],
  ["toint", 1],
  ["tolong", 1],
  ["todouble", 1],
  ["toreal", 1],
  ["tobool", 1],
  ["todatetime", 1],
  ["startofday", 1],
  ["endofday", 1],
  ["startofday", 2],
  ["startofweek", 1],
  ["endofweek", 1],
  ["startofmonth", 1],
  ["endofmonth", 1],
  ["startofyear", 1],
  ["endofyear", 1],
  ["bin", 2],
  ["floor", 2],
  ["getyear", 1],
  ["getmonth", 1],
  ["monthofyear", 1],
  ["hourofday", 1],
  ["dayofmonth", 1],
  ["dayofyear", 1],
  ["dayofweek", 1],
  ["isempty", 1],
  ["isnotempty", 1],
  ["notempty", 1],
  ["isnull", 1],
  ["isnotnull", 1],
  ["notnull", 1],
  ["strlen", 1],
  ["substring", 2],
  ["substring", 3],
  ["strcat", 2],
  ["strcat", 3],
  ["indexof", 2],
  ["replace_string", 3],
  ["iff", 3],
  ["iif", 3],
  ["case", 3],
  ["case", 5],
  ["coalesce", 2],
  ["bag_keys", 1],
  ["array_length", 1],
  ["not", 1],
  ["abs", 1],
  ["round", 1],
  ["round", 2],
  ["parse_json", 1],
  ["todynamic", 1],
  ["ago", 1],
  ["now", 0],
  ["now", 1],
];
const AGGREGATES: readonly (readonly [string, number])[] = [
  ["count", 0],
  ["countif", 1],
  ["dcount", 1],
  ["dcountif", 2],
  ["sum", 1],
  ["sumif", 2],
  ["avg", 1],
  ["avgif", 2],
  ["min", 1],
  ["minif", 2],
  ["max", 1],
  ["maxif", 2],
  ["take_any", 1],
  ["any", 1],
  ["make_set", 1],
  ["make_list", 1],
];
const TEXT_OPERATORS = ["contains", "has", "hasprefix", "hassuffix", "startswith", "endswith"].flatMap((name) =>
  [name, `${name}_cs`].flatMap((one) => [one, `!${one}`]),
);
const BINARY = [
  "==",
  "!=",
  "<>",
  "=~",
  "!~",
  ">",
  ">=",
  "<",
  "<=",
  "+",
  "-",
  "*",
  "/",
  "%",
  "and",
  "or",
  ...TEXT_OPERATORS,
];

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const parts = (min: number, max: number) => fc.array(tie("expression"), { minLength: min, maxLength: max });
  return {
    expression: fc.oneof(
      { depthSize: "xsmall", withCrossShrink: true },
      { weight: 6, arbitrary: atom },
      {
        weight: 4,
        arbitrary: fc
          .tuple(tie("expression"), fc.constantFrom(...BINARY), tie("expression"))
          .map(([a, operator, b]) => `${a} ${operator} ${b}`),
      },
      {
        weight: 3,
        arbitrary: fc
          .constantFrom(...FUNCTIONS)
          .chain(([name, count]) => parts(count, count).map((args) => `${name}(${args.join(", ")})`)),
      },
      { weight: 1, arbitrary: tie("expression").map((inner) => `(${inner})`) },
      { weight: 1, arbitrary: tie("expression").map((inner) => `-${inner}`) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie("expression"), fc.constantFrom("in", "!in", "in~", "!in~", "has_any", "has_all"), parts(1, 3))
          .map(([a, operator, list]) => `${a} ${operator} (${list.join(", ")})`),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie("expression"), fc.constantFrom("between", "!between"), tie("expression"), tie("expression"))
          .map(([a, operator, low, high]) => `${a} ${operator} (${low} .. ${high})`),
      },
    ),
  };
});

/** Expressions whose types fit. */
const typed = fc.letrec<Record<"text" | "number" | "truth" | "point" | "span" | "json", string>>((tie) => {
  const of = (form: string, ...args: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...args).map((values) => values.reduce((text, value) => text.replace("$", () => value), form));
  const [text, number, truth, point, span, json] = (["text", "number", "truth", "point", "span", "json"] as const).map(
    (kind) => tie(kind),
  ) as [
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
    fc.Arbitrary<string>,
  ];
  const small = { depthSize: "xsmall", withCrossShrink: true } as const;
  return {
    text: fc.oneof(
      small,
      fc.constantFrom("Value", "City", "'a'", "@'b\\c'", '"d"'),
      of("tolower($)", text),
      of("tostring($)", fc.oneof(json, number, point, span, truth)),
      of("strcat($, $)", text, text),
      of("substring($, $)", text, number),
      of("iff($, $, $)", truth, text, text),
      of("coalesce($, $)", text, text),
      of("extract('(a+)b', 1, $)", text),
    ),
    number: fc.oneof(
      small,
      fc.constantFrom("1", "2.5", "long(3)"),
      of("strlen($)", text),
      of("tolong($)", fc.oneof(text, json)),
      of("todouble($)", json),
      of("$ + $", number, number),
      of("($ * $)", number, number),
      of("getyear($)", point),
      of("array_length($)", json),
      of("bin(tolong($), 10)", json),
      of("hourofday($)", point),
    ),
    truth: fc.oneof(
      small,
      fc.constantFrom("true", "bool(null)"),
      of("$ == $", text, text),
      of("$ != $", json, text),
      of("$ < $", number, number),
      of("$ has $", text, text),
      of("$ contains $", json, text),
      of("($ and $)", truth, truth),
      of("($ or $)", truth, truth),
      of("not($)", truth),
      of("$ between ($ .. $)", point, point, fc.oneof(point, span)),
      of("$ in ($, $)", text, text, text),
      of("$ in~ ($)", json, text),
      of("$ has_any ($, 'z')", text, text),
      of("isempty($)", fc.oneof(text, json)),
      of("isnull($)", json),
      of("$ >= $", point, point),
      of("$ =~ $", text, json),
      of("$ !startswith_cs $", text, text),
    ),
    point: fc.oneof(
      small,
      fc.constantFrom("EventTime", "datetime(2019-03-10)", "now()"),
      of("ago($)", span),
      of("startofday($)", point),
      of("endofmonth($)", point),
      of("bin($, 1h)", point),
      of("($ + $)", point, span),
      of("todatetime($)", fc.oneof(text, json)),
    ),
    span: fc.oneof(
      small,
      fc.constantFrom("1d", "2h", "90s", "timespan(1.02:03:04)"),
      of("($ - $)", point, point),
      of("dayofweek($)", point),
      of("($ * 2)", span),
    ),
    json: fc.constantFrom(
      "Payload",
      "Payload.a.b",
      "Payload['content-type']",
      "Payload.list[0]",
      "User.Email",
      "User['Name']",
      "bag_keys(Payload)",
    ),
  };
});
const fitting = fc.oneof(typed.text, typed.number, typed.truth, typed.point, typed.span);

const name = fc.constantFrom("x", "y", "Value", "count_", "['a b']");
const anything = fc.oneof({ weight: 3, arbitrary: fitting }, { weight: 1, arbitrary: expression });
const named = fc
  .tuple(fc.option(name), anything)
  .map(([given, value]) => (given === null ? value : `${given} = ${value}`));
const nameds = fc.array(named, { minLength: 1, maxLength: 2 }).map((list) => list.join(", "));
const aggregate = fc
  .tuple(fc.option(name), fc.constantFrom(...AGGREGATES))
  .chain(([given, [fn, count]]) =>
    fc
      .array(anything, { minLength: count, maxLength: count })
      .map((args) => `${given === null ? "" : `${given} = `}${fn}(${args.join(", ")})`),
  );
const aggregates = fc.array(aggregate, { minLength: 1, maxLength: 2 }).map((list) => list.join(", "));
const patterns = fc
  .array(fc.constantFrom(...COLUMNS, "P*", "x", "Nope*"), { minLength: 1, maxLength: 2 })
  .map((list) => list.join(", "));
const direction = fc.constantFrom("", " asc", " desc", " asc nulls last", " desc nulls first", " nulls first");
const count = fc.constantFrom("0", "5", "100", "2 + 3");

const operator = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .oneof({ weight: 4, arbitrary: typed.truth }, { weight: 1, arbitrary: expression })
      .map((condition) => `where ${condition}`),
  },
  { weight: 2, arbitrary: nameds.map((list) => `project ${list}`) },
  { weight: 2, arbitrary: nameds.map((list) => `extend ${list}`) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(aggregates, fc.option(nameds))
      .map(([list, by]) => `summarize ${list}${by === null ? "" : ` by ${by}`}`),
  },
  { weight: 1, arbitrary: nameds.map((by) => `summarize by ${by}`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("sort", "order"), fc.array(fc.tuple(anything, direction), { minLength: 1, maxLength: 2 }))
      .map(([word, keys]) => `${word} by ${keys.map((key) => key.join("")).join(", ")}`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(count, anything, direction).map(([rows, key, way]) => `top ${rows} by ${key}${way}`),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("take", "limit", "sample"), count).map((words) => words.join(" ")) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.constant("distinct *"),
      nameds.map((list) => `distinct ${list}`),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("project-away", "project-keep", "project-reorder"), patterns)
      .map((words) => words.join(" ")),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(name, fc.constantFrom(...COLUMNS)).map(([to, from]) => `project-rename ${to} = ${from}`),
  },
  { weight: 1, arbitrary: fc.constant("count") },
);

const query = fc
  .tuple(
    fc.constantFrom("", "", "let n = 5; ", "let s = 'a'; let n = 3; ", "let T = Events | where Value != ''; "),
    fc.array(operator, { minLength: 1, maxLength: 2 }),
    fc.constantFrom("", ";", " // the end"),
  )
  .map(([lets, operators, end]) => `${lets}${lets.includes("T =") ? "T" : "Events"} | ${operators.join(" | ")}${end}`);

const TOKEN = /\s+|[A-Za-z_]\w*|\d+(?:\.\d+)?|'[^']*'|"[^"]*"|[^\s\w]/g;

/** A query with a word or sign of it left out, said twice, or changed for another. */
const spoilt = fc
  .tuple(
    query,
    fc.nat(),
    fc.constantFrom("drop", "repeat", "replace"),
    fc.constantFrom("(", ")", ",", "|", "=", "and", "by", "1", "'a'", "Value", ".", "in", "[", "!", "..", "{", "~"),
  )
  .map(([whole, seed, how, other]) => {
    const tokens = whole.match(TOKEN) ?? [];
    const at = seed % Math.max(tokens.length, 1);
    const token = tokens[at] ?? "";
    tokens[at] = how === "drop" ? "" : how === "repeat" ? `${token} ${token}` : other;
    return tokens.join("");
  });

/** So many queries, always the same for a seed. */
export function corpus(seed: number, size: number): readonly string[] {
  return fc.sample(fc.oneof({ weight: 3, arbitrary: query }, { weight: 1, arbitrary: spoilt }), {
    seed,
    numRuns: size,
  });
}
