import type { Access } from "../routes.ts";

/** The name of the API key in `components.securitySchemes`. */
export const BEARER = "bearer";

/** An API key, or the alternatives where one is not required. */
type Security = readonly Readonly<Record<string, readonly string[]>>[];

const REQUIRED: Security = [{ [BEARER]: [] }];
const OPTIONAL: Security = [{ [BEARER]: [] }, {}];

export interface AccessDescription {
  readonly security: Security;
  /** Who may call, in a sentence. */
  readonly sentence: string;
  /** Status → why the caller is refused. */
  readonly refusals: Readonly<Record<number, string>>;
}

const TOO_MANY = "Too many requests; come back after `Retry-After` seconds";

/** What the route table says of a route's callers, in the words and terms of the document. */
export function describeAccess(access: Access): AccessDescription {
  switch (access.kind) {
    case "public":
      return { security: [], sentence: "No API key is needed.", refusals: {} };
    case "ingestion":
      return {
        security: OPTIONAL,
        sentence: `No API key is needed: knowing the website's code is enough. A key that is sent along must be valid and have the permission \`${access.permission}\`.`,
        refusals: {
          401: "The key that was sent along is not valid",
          403: `The key lacks \`${access.permission}\` or is for other websites, or the page's origin is not allowed`,
          429: TOO_MANY,
        },
      };
    case "site-read":
      return {
        security: OPTIONAL,
        sentence: `Publicly readable websites need no API key, all others one with the permission \`${access.permission}\`.`,
        refusals: {
          401: "A key is missing or not valid",
          403: `The key lacks \`${access.permission}\``,
          429: TOO_MANY,
        },
      };
    case "key":
      return {
        security: REQUIRED,
        sentence: `Needs an API key with the permission \`${access.permission}\`.`,
        refusals: {
          401: "A key is missing or not valid",
          403: `The key lacks \`${access.permission}\``,
          429: TOO_MANY,
        },
      };
    case "admin":
      return {
        security: REQUIRED,
        sentence: "Needs an admin key.",
        refusals: { 401: "A key is missing or not valid", 403: "The key is no admin key" },
      };
  }
}
