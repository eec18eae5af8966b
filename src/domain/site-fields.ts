import { AppError, invalid } from "./errors.ts";
import type { Site } from "./site.ts";
import { assertCleanText } from "./text.ts";

export const MAX_NAME_LENGTH = 200;
export const MAX_DESCRIPTION_LENGTH = 1_000;

/** @throws `invalid_input` for a name that is empty or too long. */
export function parseSiteName(text: string): string {
  const name = parseText("name", text, MAX_NAME_LENGTH);
  if (name === "") throw invalid("name", "Must not be empty");
  return name;
}

/** @throws `invalid_input` for one that is too long. */
export const parseDescription = (text: string): string => parseText("description", text, MAX_DESCRIPTION_LENGTH);

function parseText(field: string, text: string, max: number): string {
  assertCleanText(field, text);
  if (text.length > max) throw invalid(field, `Must be at most ${max} characters`);
  return text.trim();
}

export const isConflict = (error: unknown): error is AppError => error instanceof AppError && error.code === "conflict";

/** @param names those of which another site has at least one. */
export function siteExists(names: Partial<Pick<Site, "domain" | "scope">>, cause: AppError): AppError {
  const taken = [names.domain && `the domain "${names.domain}"`, names.scope && `the scope "${names.scope}"`];
  const what = taken.filter(Boolean).join(" or ") || "this name";
  return new AppError("conflict", `A website with ${what} exists already`, { cause });
}
