import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Affitor's "List Tracking Events", word for word: its examples are what the tests send and expect. */
const DOCUMENT = readFileSync(join(import.meta.dir, "list-tracking-events.txt"), "utf8");

/** An event as the document shows it. */
export type ShownEvent = Readonly<Record<string, string | number | boolean>> & {
  readonly event_type: "click" | "lead" | "conversion";
  readonly timestamp: string;
  readonly createdAt: string;
};

/** The path and query of its example request, without the host. */
export const EXAMPLE_REQUEST = /^GET (\S+\?\S+)$/m.exec(DOCUMENT)?.[1] ?? "";

/** The program of the example. */
export const EXAMPLE_PROGRAM = 42;

const [json = ""] = /^\{$.*?^\}$/ms.exec(DOCUMENT) ?? [];

/** The body of its example answer. */
export const EXAMPLE_ANSWER = JSON.parse(json) as {
  readonly data: readonly [click: ShownEvent, lead: ShownEvent, conversion: ShownEvent];
  readonly meta: { readonly pagination: Readonly<Record<string, number>> };
};
