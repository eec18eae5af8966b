import { MAX_JSON_DEPTH } from "../../domain/text.ts";
import { LIMITS } from "../limits.ts";
import { QueryError } from "../query-error.ts";
import { readString } from "./strings.ts";

const BLANKS = /\s*/y;
const ATOM = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * The body of `dynamic(…)` as JSON text: JSON, but with strings as the language writes them.
 *
 * @param position where the literal begins, for errors.
 */
export function readDynamic(body: string, position: number): string {
  let at = 0;
  let items = 0;
  const fail = (): never => {
    throw new QueryError(`The dynamic literal is no JSON, at its character ${at + 1}`, position);
  };
  const skip = (): void => {
    BLANKS.lastIndex = at;
    BLANKS.exec(body);
    at = BLANKS.lastIndex;
  };
  const eat = (symbol: string): boolean => {
    skip();
    const isHere = body.startsWith(symbol, at);
    if (isHere) at += symbol.length;
    return isHere;
  };

  function value(depth: number): string {
    items += 1;
    if (items > LIMITS.list || depth > MAX_JSON_DEPTH) {
      throw new QueryError(
        `The dynamic literal has more than ${LIMITS.list} values or ${MAX_JSON_DEPTH} levels`,
        position,
      );
    }
    if (eat("[")) return `[${list("]", () => value(depth + 1))}]`;
    if (eat("{")) return `{${list("}", () => member(depth + 1))}}`;
    const found = string();
    if (found !== null) return found;
    ATOM.lastIndex = at;
    const atom = ATOM.exec(body)?.[0] ?? fail();
    at += atom.length;
    return atom;
  }

  function string(): string | null {
    skip();
    const found = readString(body, at);
    if (!found) return null;
    at = found.end;
    return JSON.stringify(found.value);
  }

  function member(depth: number): string {
    const name = string() ?? fail();
    if (!eat(":")) fail();
    return `${name}:${value(depth)}`;
  }

  function list(end: string, item: () => string): string {
    if (eat(end)) return "";
    const parts = [item()];
    while (eat(",")) parts.push(item());
    return eat(end) ? parts.join(",") : fail();
  }

  const json = value(1);
  skip();
  return at === body.length ? json : fail();
}
