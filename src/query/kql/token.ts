import type { Literal } from "../expr.ts";

/** A piece of a query's text. */
export interface Token {
  /**
   * `name`: a word, also `in~` and `!has`; `value`: a literal other than a string; `symbol`: anything
   * else. Words are no keywords by themselves: what they are depends on where they stand.
   */
  readonly kind: "name" | "string" | "value" | "symbol" | "end";
  /** As it is written. */
  readonly text: string;
  /** Of a string or value. */
  readonly literal: Literal | null;
  readonly position: number;
  /** Where what follows begins. */
  readonly end: number;
}
