import type { Pipeline } from "../expr.ts";
import { bind, type KqlOptions } from "./bind.ts";
import { parse } from "./parse.ts";

export type { KqlOptions } from "./bind.ts";

/**
 * A query in the Kusto Query Language → what it means.
 *
 * @throws QueryError for whatever is not valid or not supported, with its position.
 */
export const compileKql = (query: string, options: KqlOptions): Pipeline => bind(parse(query), options);
