import { type ApiKey, coversSite, hasPermission } from "../domain/api-key.ts";
import type { Authenticate } from "../domain/authenticate.ts";
import { AppError } from "../domain/errors.ts";
import type { Site } from "../domain/site.ts";
import type { ClientAddress, Peers } from "./client-address.ts";
import type { LimitedRequest, Limits } from "./limits.ts";
import type { ProxyCountry } from "./proxy-country.ts";
import type { AnswerHead } from "./rate-headers.ts";
import type { Access } from "./routes.ts";

/** Who asks, as far as the request's key tells; what the route wants of it has been checked. */
export interface Caller extends LimitedRequest {
  /** Null for a request without a key. */
  readonly key: ApiKey | null;
  /** The client's country as a trusted proxy says; null where none does. */
  readonly country: string | null;
  /** Of the page that asks, as its browser says; null where it is no page. */
  readonly origin: string | null;
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

/**
 * @param headers of the answer, good or bad: limits write themselves into them.
 */
export type Authorize = (
  request: Request,
  peers: Peers | null,
  access: Access,
  headers: AnswerHead["headers"],
) => Promise<Caller>;

/**
 * Tells who asks, counts the request where it has a key, and refuses whoever may not call the route.
 *
 * A right key is never refused for wrong ones from the same address: others may send those.
 *
 * @throws `missing_key` or `invalid_key` for a caller without one that is valid, `forbidden` for one without the
 *   route's permission, `rate_limited` for one that asks too often, or with too many wrong keys.
 */
export function createAuthorize(deps: {
  authenticate: Authenticate;
  clientAddress: ClientAddress;
  proxyCountry: ProxyCountry;
  limits: Limits;
}): Authorize {
  const { authenticate, clientAddress, proxyCountry, limits } = deps;

  async function keyOf(secret: string, counted: LimitedRequest, addressOf: () => string | null): Promise<ApiKey> {
    try {
      return await authenticate(secret);
    } catch (error) {
      const isWrong = error instanceof AppError && error.code === "invalid_key";
      throw (isWrong && limits.ofWrongKeys({ ...counted, address: addressOf() })) || error;
    }
  }

  return async (request, peers, access, headers) => {
    const secret = secretOf(request);
    const addressOf = () => clientAddress(request, peers);
    const country = proxyCountry(request, peers);
    const origin = request.headers.get("origin");
    const answer: AnswerHead = { headers, limits: [] };
    const counts = request.method !== "HEAD";
    if (secret === null) {
      refuseAnonymous(request, access);
      return { address: addressOf(), counts, answer, key: null, country, origin };
    }
    // Whoever has a key is counted by that: asking the kernel for the peer is 2 % of a request.
    const counted: LimitedRequest = { address: null, counts, answer };
    const key = await keyOf(secret, counted, addressOf);
    const refusal = limits.ofKey(counted, key);
    if (refusal) throw refusal;
    assertMayCall(key, access);
    return { ...counted, key, country, origin };
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

/** The key of a caller whom the route lets in with one only. */
export function requireKey({ key }: Caller): ApiKey {
  if (key === null) throw keyRequired();
  return key;
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
