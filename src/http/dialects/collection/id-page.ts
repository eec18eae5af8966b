import { invalidQuery } from "../../../domain/errors.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * A page of a list that is newest first, by ids that only grow.
 *
 * @throws `invalid_input` for a cursor that is none.
 */
export function decodeIdPage({ limit: said, cursor }: { readonly limit?: string; readonly cursor?: string }) {
  const limit = Math.min(Number(said ?? DEFAULT_LIMIT), MAX_LIMIT);
  return {
    /** What to look for: one more than asked for tells whether there is a next page. */
    wanted: { limit: limit + 1, ...(cursor === undefined ? {} : { before: decodeIdCursor(cursor) }) },
    /** What was found of that, as it is answered. */
    cut<Item extends { readonly id: number }>(found: readonly Item[]) {
      const page = found.slice(0, limit);
      const last = found.length > limit ? page.at(-1) : undefined;
      return { page, pagination: { limit, nextCursor: last ? last.id.toString(36) : null } };
    },
  };
}

function decodeIdCursor(cursor: string): number {
  const id = /^[0-9a-z]{1,11}$/.test(cursor) ? Number.parseInt(cursor, 36) : Number.NaN;
  if (!Number.isSafeInteger(id)) throw invalidQuery("cursor", "Is not a cursor of this list");
  return id;
}
