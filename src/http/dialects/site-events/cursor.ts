import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { invalidQuery } from "../../../domain/errors.ts";
import type { SiteEventPosition } from "../../../domain/site-events.ts";
import { isoTime } from "../../../lib/iso-time.ts";

/** What a cursor holds: the event that the next page begins with. Older clients send the id alone. */
export interface DecodedCursor {
  readonly id: number;
  /** In ms; null where the cursor does not say. */
  readonly occurredAt: number | null;
}

const MAX_LENGTH = 200;

const Cursor = Type.Object({
  id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  createdAt: Type.Optional(Type.RegExp(/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)),
});

/** `{"id":45675,"createdAt":"2024-01-15T14:20:00.000Z"}` in base64url. */
export function encodeCursor({ id, occurredAt }: SiteEventPosition): string {
  return Buffer.from(JSON.stringify({ id, createdAt: isoTime(occurredAt) })).toString("base64url");
}

/**
 * It holds no site: whatever is done to its letters, it is refused or names a position in the very list
 * that is asked for.
 *
 * @throws `invalid_input` for what is no cursor.
 */
export function decodeCursor(cursor: string): DecodedCursor {
  const value = cursor.length > MAX_LENGTH ? null : parse(Buffer.from(cursor, "base64url").toString("utf8"));
  if (!Value.Check(Cursor, value)) throw badCursor();
  if (value.createdAt === undefined) return { id: value.id, occurredAt: null };
  const occurredAt = Date.parse(value.createdAt);
  // A day that the month does not have would be read as another one.
  if (Number.isNaN(occurredAt) || isoTime(occurredAt) !== value.createdAt) throw badCursor();
  return { id: value.id, occurredAt };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

const badCursor = () => invalidQuery("cursor", "Is not a cursor of this list");
