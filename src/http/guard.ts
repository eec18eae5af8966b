import { Elysia } from "elysia";
import { decodeBody } from "./body.ts";
import { ANONYMOUS, type Authorize, type Caller } from "./caller.ts";
import { type CorsOrigins, corsHeaders } from "./cors.ts";
import { ROUTES, type RouteName } from "./routes.ts";

/**
 * The macro that every route carries: `{ access: "GET /api/v1/events" }`.
 *
 * Before anything of the request is looked at, the caller is checked against the route's row of the
 * table; then the body's text becomes JSON, and only then is it validated. So a stranger learns that
 * a key is missing, not what is wrong with the body.
 */
export function createGuard(deps: { authorize: Authorize; corsOrigins: CorsOrigins }) {
  const { authorize, corsOrigins } = deps;
  /** Only requests that send a key are in here. */
  const callers = new WeakMap<Request, Caller>();
  return new Elysia({ name: "guard", normalize: false }).macro({
    access: (name: RouteName) => {
      const { access } = ROUTES[name];
      return {
        transform: [
          // NOTE: Elysia reads off a function's text what it uses. In the compiled binary it only sees `set` among
          // the parameters; otherwise answers that are a Response would lose these headers there.
          async ({ request, set }) => {
            Object.assign(set.headers, corsHeaders(access, request.headers.get("origin"), corsOrigins));
            const caller = await authorize(request, name);
            if (caller !== ANONYMOUS) callers.set(request, caller);
          },
          (context) => {
            if (typeof context.body === "string") context.body = decodeBody(context.body);
          },
        ],
        resolve: ({ request }) => ({ caller: callers.get(request) ?? ANONYMOUS }),
      };
    },
  });
}

export type Guard = ReturnType<typeof createGuard>;
