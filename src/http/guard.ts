import { Elysia } from "elysia";
import { decodeBody } from "./body.ts";
import type { Authorize, Caller } from "./caller.ts";
import { type CorsOrigins, corsHeaders } from "./cors.ts";
import type { AnswerHead } from "./rate-headers.ts";
import { ROUTES, type RouteName } from "./routes.ts";

/** Never met: the check comes first. It may do nothing. */
const NOBODY: Caller = {
  key: null,
  address: null,
  country: null,
  origin: null,
  counts: true,
  answer: { headers: {}, limits: [] },
};

/**
 * The macro that every route carries: `{ access: "GET /api/v1/events" }`.
 *
 * Before anything of the request is looked at, the caller is checked against the route's row of the
 * table; then the body's text becomes JSON, and only then is it validated. So a stranger learns that
 * a key is missing, not what is wrong with the body.
 */
export function createGuard(deps: { authorize: Authorize; corsOrigins: CorsOrigins }) {
  const { authorize, corsOrigins } = deps;
  /** From the check to the handler. */
  const callers = new WeakMap<Request, Caller>();
  return new Elysia({ name: "guard", normalize: false }).macro({
    access: (name: RouteName) => {
      const { access } = ROUTES[name];
      return {
        transform: [
          // NOTE: Elysia reads off a function's text what it uses. In the compiled binary it only sees `set` among
          // the parameters; otherwise answers that are a Response would lose these headers there.
          async ({ request, set, server }) => {
            Object.assign(set.headers, corsHeaders(access, request.headers.get("origin"), corsOrigins));
            callers.set(request, await authorize(request, server, access, set.headers as AnswerHead["headers"]));
          },
          (context) => {
            if (typeof context.body === "string") context.body = decodeBody(context.body);
          },
        ],
        resolve: ({ request }) => ({ caller: callers.get(request) ?? NOBODY }),
      };
    },
  });
}

export type Guard = ReturnType<typeof createGuard>;
