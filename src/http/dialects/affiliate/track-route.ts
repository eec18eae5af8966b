import { responses } from "../../documented.ts";
import { TrackError } from "./errors.ts";

/** Each path by which events come in exists twice. */
export type TrackPrefix = "/api/v1/track" | "/api/tracking";

/** In bytes: the longest fields, and 24 KiB of free-form JSON. */
export const MAX_TRACK_BYTES = 128 * 1024;

/** Operations have names of their own, also the same one at its other path. */
export const operationId = (name: string, prefix: TrackPrefix): string =>
  prefix === "/api/v1/track" ? name : `${name}Alias`;

/** Answers of a path by which events come in: its own, and those that all of them have. */
export const trackResponses = (own: Parameters<typeof responses>[0]) =>
  responses({
    ...own,
    400: { description: "The body is not JSON, or a field is wrong", schema: TrackError },
    413: { description: "The body is too large", schema: TrackError },
    503: { description: "Too much is waiting; retry after `Retry-After`", schema: TrackError },
    507: { description: "The server's disk is nearly full", schema: TrackError },
  });
