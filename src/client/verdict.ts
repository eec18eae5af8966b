/** Why one event will not be stored. */
export interface Refusal {
  readonly error: string;
  readonly message: string;
  readonly details?: unknown;
}

/** What an answer to a batch means for its events. */
export type Verdict =
  /** They have been judged: stored, but for these. */
  | { readonly kind: "judged"; readonly refusals: ReadonlyMap<number, Refusal> }
  /** Some other time; null: nobody says when. */
  | { readonly kind: "later"; readonly afterMs: number | null }
  /** The batch as a whole is at fault; `divisible`: perhaps only one of its events. */
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly divisible: boolean };

/** Statuses that say nothing about the events. */
const MOMENTARY = [408, 425, 429];

/** Statuses that one event of a batch can be the reason of. */
const BY_ONE_EVENT = [400, 413, 422];

/** Longest wait that a server can ask for, in ms. */
const MAX_AFTER_MS = 3_600_000;

export async function judge(answer: Response): Promise<Verdict> {
  const { status, headers } = answer;
  // Also where it is not looked at: a body that nobody reads holds its connection.
  const body = await answer.json().catch(() => null);
  if (status >= 500 || MOMENTARY.includes(status)) {
    return { kind: "later", afterMs: parseRetryAfter(headers.get("retry-after")) };
  }
  if (status >= 400) {
    const { error = `HTTP_${status}`, message = "", details } = body ?? {};
    return { kind: "refused", refusal: { error, message, details }, divisible: BY_ONE_EVENT.includes(status) };
  }
  // A page to log in at, or whatever else stands between here and the server, also says 200.
  if (!Array.isArray(body?.events)) return { kind: "later", afterMs: null };
  return {
    kind: "judged",
    refusals: new Map(body.errors?.map((one: Refusal & { index: number }) => [one.index, one])),
  };
}

/** Seconds, or a date (RFC 9110, section 10.2.3) → ms from now. */
function parseRetryAfter(text: string | null): number | null {
  if (!text) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return ms >= 0 ? Math.min(ms, MAX_AFTER_MS) : null;
}
