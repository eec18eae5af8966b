import { type ApiKey, coversSite, hasPermission } from "../domain/api-key.ts";
import type { Authenticate } from "../domain/authenticate.ts";
import { AppError } from "../domain/errors.ts";
import type { Site } from "../domain/site.ts";
import type { ClientAddress, Peers } from "./client-address.ts";
import { type Access, ROUTES, type RouteName } from "./routes.ts";

/** Who asks, as far as the request's key tells; what the route wants of it has been checked. */
export interface Caller {
  /** Null for a request without a key. */
  readonly key: ApiKey | null;
  /** The client's address in its usual form; null where no socket brought the request. */
  readonly address: string | null;
}

/** `Authorization: Bearer`, or one of the headers that clients of the other dialects send. */
const AUTHORIZATION = /^(?:bearer|epi-single) +(\S+) *$/i;
const KEY_HEADERS = ["ocp-apim-subscription-key", "x-api-key"] as const;

/** A key in the query string, by its parameter's name or by its own form: to say why it is refused. */
const KEY_IN_QUERY =
  /[?&](?:(?:api_?key|access_?token|key|token|subscription-key)=(?:ff_|[^&]{32})|[^=&]*=(?:bearer(?:%20|\+))?ff_[0-9a-z]{8}_[0-9a-z]{32})/i;

/** The key of a request, null when it sends none. */
function secretOf(request: Request): string | null {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const secret = AUTHORIZATION.exec(authorization)?.[1];
    if (secret === undefined)
      throw new AppError("missing_key", 'Send the API key as "Authorization: Bearer <API key>"');
    return secret;
  }
  for (const header of KEY_HEADERS) {
    const secret = request.headers.get(header);
    if (secret !== null) return secret.trim();
  }
  return null;
}

export type Authorize = (request: Request, peers: Peers | null, name: RouteName) => Promise<Caller>;

/**
 * Tells who asks, and refuses whoever may not call the route.
 *
 * @throws `missing_key` or `invalid_key` for a caller without one that is valid, `forbidden` for one without the route's permission.
 */
export function createAuthorize(deps: { authenticate: Authenticate; clientAddress: ClientAddress }): Authorize {
  const { authenticate, clientAddress } = deps;
  return async (request, peers, name) => {
    const { access } = ROUTES[name];
    const secret = secretOf(request);
    const address = clientAddress(request, peers);
    if (secret === null) {
      refuseAnonymous(request, access);
      return { key: null, address };
    }
    const key = await authenticate(secret);
    assertMayCall(key, access);
    return { key, address };
  };
}

/** @throws `forbidden` for a key that is not enough for the route. */
function assertMayCall(key: ApiKey, access: Access): void {
  if (access.kind === "public") return;
  if (access.kind === "admin") {
    if (!key.admin) throw new AppError("forbidden", "This needs an admin key");
    return;
  }
  if (!hasPermission(key, access.permission)) {
    throw new AppError("forbidden", `The API key lacks the permission ${access.permission}`);
  }
}

/** @throws `missing_key` where the route needs a key, or the query holds one. */
function refuseAnonymous(request: Request, access: Access): void {
  if (KEY_IN_QUERY.test(request.url)) {
    throw new AppError(
      "missing_key",
      "API keys are not accepted in the query string, where logs and browsers keep them; send an Authorization header",
    );
  }
  if (access.kind === "key" || access.kind === "admin") throw keyRequired();
}

export const keyRequired = (): AppError =>
  new AppError("missing_key", 'An API key is required: send it as "Authorization: Bearer <API key>"');

/** Whether the caller may read the site's events. */
export function mayRead(caller: Caller, site: Site): boolean {
  return caller.key === null ? site.publicRead : coversSite(caller.key, site.id);
}

/** Whether the caller may post to the site: without a key, knowing its code is enough. */
export function mayWrite(caller: Caller, site: Site): boolean {
  return caller.key === null || coversSite(caller.key, site.id);
}
