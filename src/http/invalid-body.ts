import type { TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import type { InternalRoute } from "elysia";
import type { AppError } from "../domain/errors.ts";
import { toAppError } from "./validation.ts";

/** What is wrong with a body of a route, null where nothing is; also null for a route without one. */
export type FindInvalidBody = (method: string, route: string, body: unknown) => AppError | null;

/**
 * Looks again at a body over which something was thrown. Elysia's refusal of a body quotes its values,
 * and making it fails where one of them has no text: `[1.10]`, which holds a number as it was written,
 * or `{"toString":1}`. No handler has seen such a body then.
 *
 * @param routes of the whole server; asked when it is first needed.
 */
export function createFindInvalidBody(routes: () => readonly InternalRoute[]): FindInvalidBody {
  const checks = new Map<string, TypeCheck<TSchema> | null>();

  function checkOf(method: string, route: string): TypeCheck<TSchema> | null {
    const name = `${method} ${route}`;
    const known = checks.get(name);
    if (known !== undefined) return known;
    const found = routes().find((one) => one.method === method && one.path === route);
    const schema = (found?.hooks as { readonly body?: TSchema } | undefined)?.body;
    const check = schema ? TypeCompiler.Compile(schema) : null;
    checks.set(name, check);
    return check;
  }

  return (method, route, body) => {
    const check = checkOf(method, route);
    if (!check || check.Check(body)) return null;
    const validator = { Errors: (value: unknown) => check.Errors(value), schema: check.Schema() };
    return toAppError({ type: "body", value: body, validator });
  };
}
