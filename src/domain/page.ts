import { type AppError, invalidQuery } from "./errors.ts";

/** Newest first, oldest first (both by event time, then id), or by id alone: the order of arrival. */
export type Order = "desc" | "asc" | "received";

/** Where an event stands in every order. */
export interface Position {
  readonly occurredAt: number;
  readonly occurredSub: number;
  readonly id: number;
}

const CURSOR = /^1([dar])\.(-?[0-9a-z]{1,11})\.([0-9a-z]{1,3})\.([0-9a-z]{1,11})$/;
const LETTERS = { desc: "d", asc: "a", received: "r" } as const satisfies Record<Order, string>;

/** An opaque cursor that continues after `position` in `order`. */
export function encodeCursor(order: Order, position: Position): string {
  const fields = [position.occurredAt, position.occurredSub, position.id].map((field) => field.toString(36));
  return Buffer.from(`1${LETTERS[order]}.${fields.join(".")}`).toString("base64url");
}

/**
 * The position that a cursor names. It holds no site: whatever is done to its letters, it is
 * refused or names a position in the very list that is asked for.
 *
 * @throws `invalid_input` for a cursor that is none, or one of another order.
 */
export function decodeCursor(order: Order, cursor: string): Position {
  const fields = CURSOR.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  const [, letter, occurredAt = "", occurredSub = "", id = ""] = fields ?? [];
  const position = {
    occurredAt: Number.parseInt(occurredAt, 36),
    occurredSub: Number.parseInt(occurredSub, 36),
    id: Number.parseInt(id, 36),
  };
  if (!fields || !Object.values(position).every(Number.isSafeInteger)) throw badCursor("Is not a cursor of this list");
  if (letter !== LETTERS[order]) throw badCursor("Belongs to a list in another order");
  // One cursor per position: what only decodes to one (other base64 letters, leading zeros) was not made here.
  if (encodeCursor(order, position) !== cursor) throw badCursor("Is not a cursor of this list");
  return position;
}

function badCursor(message: string): AppError {
  return invalidQuery("cursor", message);
}
