import type { AppError } from "../domain/errors.ts";

/** An error in one sentence, with its fields, for bodies that have no other place for them. */
export function errorSentence({ message, fieldErrors = {} }: AppError): string {
  const fields = Object.entries(fieldErrors).map(([field, messages]) => `${field}: ${messages.join(", ")}`);
  return fields.length === 0 ? message : `${message} (${fields.join("; ")})`;
}
