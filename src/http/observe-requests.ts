import { Elysia, ElysiaCustomStatusResponse } from "elysia";
import type { AppError } from "../domain/errors.ts";
import { type ApiName, apiOf, type RequestObserver } from "./request-observer.ts";
import { elapsedMs, noteArrival } from "./request-time.ts";
import { dialectAt, ROUTES, type Route } from "./routes.ts";

/** By the path of a route, as the router names it. */
const DIALECTS: ReadonlyMap<string, ApiName> = new Map(
  Object.entries(ROUTES).map(([name, { dialect }]) => [name.slice(name.indexOf(" ") + 1), apiOf(dialect)]),
);

/** Tells the observer of every answer that is no error; those are told by {@link observeRefusal}. */
export function observeRequests(observer: RequestObserver) {
  return new Elysia({ name: "observe-requests", normalize: false })
    .onRequest(({ request }) => {
      noteArrival(request);
    })
    .onAfterHandle({ as: "global" }, ({ request, route, set, responseValue }) => {
      observer.answered({
        dialect: DIALECTS.get(route) ?? apiOf(dialectAt(route)),
        method: request.method,
        status: statusOf(responseValue, set.status),
        seconds: elapsedMs(request) / 1_000,
      });
    });
}

function statusOf(answer: unknown, status: number | string | undefined): number {
  if (answer instanceof Response) return answer.status;
  if (answer instanceof ElysiaCustomStatusResponse) return Number(answer.code);
  return Number(status ?? 200);
}

/**
 * Tells the observer of an answer that is an error.
 *
 * @param route null for a path, or a method, that there is not.
 */
export function observeRefusal(
  observer: RequestObserver,
  refusal: { request: Request; path: string; error: AppError; status: number; route: Route | null },
): void {
  const { request, path, error, status, route } = refusal;
  const dialect = apiOf(route?.dialect ?? dialectAt(path));
  observer.answered({ dialect, method: request.method, status, seconds: elapsedMs(request) / 1_000 });
  observer.refused(dialect, error.code);
}
