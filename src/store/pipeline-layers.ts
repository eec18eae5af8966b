import { EVENT_COLUMNS, type Expr, type Named, type Pipeline, type SortKey, type Step } from "../query/expr.ts";
import { replaceAggregates, substitute, weightOf } from "../query/rewrite.ts";

/** One SELECT: what is done to the rows of the events, or of the layer before it. Expressions are about those rows. */
export interface Layer {
  /** By the names that the next step knows them by. */
  readonly outputs: ReadonlyMap<string, Expr>;
  readonly where: readonly Expr[];
  readonly order: readonly SortKey[];
  /** Whether rows come in any order at all. */
  readonly isShuffled: boolean;
  readonly limit: number | null;
  readonly skip: number;
  readonly isDistinct: boolean;
  /** Outputs that rows are put together by, all others being aggregates; null where each row stays one. */
  readonly groups: readonly string[] | null;
}

/** Beyond so many nodes an expression is computed in a layer of its own, instead of anew wherever it is read. */
const MAX_INLINED = 200;

/** Names of sort keys that a later layer still needs; no column can be called so. */
const orderName = (position: number): string => `\0order ${position}`;

const EVENTS: ReadonlyMap<string, Expr> = new Map(
  Object.entries(EVENT_COLUMNS).map(([name, type]) => [name, { kind: "column", type, name }]),
);

/** A layer that passes on the columns it is given. */
function layerOver(columns: ReadonlyMap<string, Expr>): Layer {
  const outputs = new Map([...columns].map(([name, { type }]) => [name, { kind: "column", type, name } as const]));
  return { outputs, where: [], order: [], isShuffled: false, limit: null, skip: 0, isDistinct: false, groups: null };
}

/** A pipeline as few SELECTs as possible, the first of them of the events. */
export function toLayers({ steps }: Pipeline): readonly Layer[] {
  const layers: Layer[] = [];
  let layer = layerOver(EVENTS);

  /** Begins a new layer; the order goes with it. */
  function nest(): void {
    const keys = layer.order.map((key, at) => ({ ...key, name: orderName(at) }));
    const outputs = new Map([...layer.outputs, ...keys.map(({ name, value }) => [name, value] as const)]);
    layers.push({ ...layer, outputs });
    const order = keys.map(({ name, value, ...rest }) => ({
      ...rest,
      value: { kind: "column", type: value.type, name } as const,
    }));
    layer = { ...layerOver(layer.outputs), order };
  }

  const isCut = (): boolean => layer.limit !== null || layer.isDistinct;
  const inlined = (columns: readonly Named[]): Map<string, Expr> =>
    new Map(columns.map(({ name, value }) => [name, substitute(value, layer.outputs)]));
  const isHeavy = (columns: readonly Named[]): boolean => {
    const own = columns.reduce((sum, { value }) => sum + weightOf(value), 0);
    return [...inlined(columns).values()].reduce((sum, value) => sum + weightOf(value), 0) > own + MAX_INLINED;
  };
  const asColumns = (keys: readonly SortKey[]): readonly Named[] => keys.map(({ value }) => ({ name: "", value }));

  function apply(step: Step): void {
    switch (step.kind) {
      case "where": {
        if (isCut() || isHeavy([{ name: "", value: step.condition }])) nest();
        layer = { ...layer, where: [...layer.where, substitute(step.condition, layer.outputs)] };
        return;
      }
      case "project":
        if (layer.isDistinct || isHeavy(step.columns)) nest();
        layer = { ...layer, outputs: inlined(step.columns) };
        return;
      case "sort": {
        if (isCut() || isHeavy(asColumns(step.keys))) nest();
        const order = step.keys.map((key) => ({ ...key, value: substitute(key.value, layer.outputs) }));
        layer = { ...layer, order, isShuffled: false };
        return;
      }
      case "take": {
        if (layer.limit !== null && step.skip > 0) nest();
        const limit = layer.limit === null ? step.count : Math.min(layer.limit, step.count);
        layer = { ...layer, limit, skip: layer.skip + step.skip };
        return;
      }
      case "sample":
        if (isCut()) nest();
        layer = { ...layer, order: [], isShuffled: true, limit: step.count };
        return;
      case "distinct":
        if (isCut()) nest();
        layer = { ...layer, order: [], isDistinct: true };
        return;
      case "summarize": {
        if (isCut() || isHeavy([...step.by, ...step.aggregates])) nest();
        summarize(step);
      }
    }
  }

  /** Aggregates come out of one layer as they are; what is made of them is made in the next one. */
  function summarize({ by, aggregates }: Extract<Step, { kind: "summarize" }>): void {
    if (aggregates.length === 0) {
      // By columns alone: the same as their distinct values.
      layer = { ...layer, outputs: inlined(by), order: [], isDistinct: true };
      return;
    }
    const results = new Map<string, Expr>();
    const finished = aggregates.map(({ name, value }): Named => {
      const whole = replaceAggregates(value, (aggregate) => {
        const result = `\0aggregate ${results.size}`;
        results.set(result, substitute(aggregate, layer.outputs));
        return { kind: "column", type: aggregate.type, name: result };
      });
      return { name, value: whole };
    });
    const keys = by.map(({ name, value }): Named => ({ name, value: { kind: "column", type: value.type, name } }));
    layer = { ...layer, outputs: new Map([...inlined(by), ...results]), order: [], groups: by.map(({ name }) => name) };
    nest();
    layer = { ...layer, outputs: inlined([...keys, ...finished]) };
  }

  for (const step of steps) apply(step);
  return [...layers, layer];
}
