import type { Origin } from "../../../domain/attribute-click.ts";
import { AppError } from "../../../domain/errors.ts";
import type { Properties } from "../../../domain/event.ts";
import { pathOfUrl } from "../../../domain/page-url.ts";
import { isRawNumber, isShallow, MAX_JSON_DEPTH, truncateText } from "../../../domain/text.ts";
import type { TrackLead, TrackRefund } from "./track-schemas.ts";

/** What is wrong with which field of a body; decoders add to it and go on, so that all is told at once. */
export type Wrong = Record<string, string[]>;

/** @throws `invalid_input` where anything is wrong. */
export function refuse(wrong: Wrong, summary: string): void {
  if (Object.keys(wrong).length > 0) throw new AppError("invalid_input", summary, { fieldErrors: wrong });
}

/** Scripts send `document.referrer`, a cookie that is not there: an empty text says nothing. */
export const textOf = (value: string | null | undefined): string | null => value || null;

/** For what describes an event and must not refuse it. */
export const cut = (value: string | null | undefined, max: number): string | null =>
  textOf(value) && truncateText(value ?? "", max);

/** URL and path of a page. */
export function decodePage(field: string, url: string | null, wrong: Wrong) {
  const path = url === null ? null : pathOfUrl(url);
  if (url !== null && path === null) wrong[field] = ["Must be an http or https URL"];
  return { url, path };
}

/** As JSON, in bytes. With all other fields an event's properties stay below 32 KiB. */
const MAX_ADDITIONAL_DATA_BYTES = 16 * 1024;

/** Inside the properties, which may nest one level deeper. */
const MAX_DEPTH = MAX_JSON_DEPTH - 1;

/** Free-form JSON within its bounds; null where there is none. */
export function boundedJson(field: string, value: unknown, maxBytes: number, wrong: Wrong): unknown {
  if (value === undefined || value === null) return null;
  if (!isShallow(value, MAX_DEPTH)) wrong[field] = [`Must be at most ${MAX_DEPTH} levels deep`];
  else if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) {
    wrong[field] = [`Must be at most ${maxBytes / 1024} KiB as JSON`];
  }
  return value;
}

/** What every body says of the event that it tracks. */
export interface Tracked {
  readonly isTest: boolean;
  readonly programId: number | null;
}

type CommonFields = Pick<TrackRefund, "program_id" | "additional_data">;

export function decodeTracked(body: CommonFields, wrong: Wrong): Tracked & { readonly additionalData: unknown } {
  const data: Properties = body.additional_data ?? {};
  const additionalData = boundedJson("additional_data", body.additional_data, MAX_ADDITIONAL_DATA_BYTES, wrong);
  const programId = programIdOf(body.program_id) ?? programIdOf(data.program_id);
  if (Number.isNaN(programId)) wrong["additional_data.program_id"] = ["Must be the number of a program"];
  return { isTest: data.test_mode === true, programId, additionalData };
}

/** Null where none is named, NaN where it is no number. */
function programIdOf(value: unknown): number | null {
  if (value === undefined || value === null || value === "") return null;
  const written = isRawNumber(value) ? Number((value as { rawJSON: string }).rawJSON) : value;
  const number = typeof written === "string" && /^\d{1,15}$/.test(written) ? Number(written) : written;
  return Number.isSafeInteger(number) ? (number as number) : Number.NaN;
}

/** How many clicks of a visitor are looked at, the newest. */
const MAX_CLICK_IDS = 20;

export function decodeOrigin(
  body: Pick<TrackLead, "click_id" | "customer_key" | "click_ids">,
  { isTest }: Tracked,
  wrong: Wrong,
): Origin {
  const clickId = textOf(body.click_id);
  const customerKey = textOf(body.customer_key);
  if (clickId === null && customerKey === null && !isTest) wrong.click_id = ["Required, or else customer_key"];
  const clickIds = (body.click_ids ?? []).filter((id) => id !== "").slice(-MAX_CLICK_IDS);
  return { clickId, clickIds, customerKey };
}
