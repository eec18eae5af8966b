import { invalid } from "../../../domain/errors.ts";
import { OptionError } from "../../../query/odata/compile.ts";
import { QueryError } from "../../../query/query-error.ts";

/** `Expected a value, found the end, at character 12` */
function messageOf({ message, position }: QueryError): string {
  return position === null ? message : `${message}, at character ${position + 1}`;
}

/**
 * Whatever was thrown while a query was made out or run; what is wrong with the query itself as an
 * error that names where it stands.
 */
export function blameQuery(error: unknown, target: string): unknown {
  if (error instanceof OptionError) return invalid(`$${error.option}`, messageOf(error.cause), "Invalid query");
  return error instanceof QueryError ? invalid(target, messageOf(error), "Invalid query") : error;
}
