import type { TSchema } from "@sinclair/typebox";
import { type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { AppError, type FieldErrors } from "../domain/errors.ts";

/**
 * A schema may say in its own words what is wrong with a value: `invalidMessage` for the value,
 * and on the outermost object for the request as a whole.
 */
interface Annotated extends TSchema {
  readonly invalidMessage?: string;
}

/** At most this many fields are named; a hostile body could have as many errors as letters. */
const MAX_ERRORS = 50;

/** TypeBox's errors → field → sentences for the person who sent it. */
export function fieldErrors(errors: Iterable<ValueError>): FieldErrors {
  // A map: a field may be called `toString`.
  const found = new Map<string, string[]>();
  let count = 0;
  for (const error of withoutNull(errors)) {
    const field = fieldOf(error.path);
    const message = describe(error);
    const messages = found.get(field) ?? [];
    // A required property that is missing also fails its type; the first message says it better.
    if (messages[0] === REQUIRED || messages.includes(message)) continue;
    found.set(field, [...messages, message]);
    count += 1;
    if (count >= MAX_ERRORS) break;
  }
  return Object.fromEntries(found);
}

/** Of a field that may be null, what is wrong with its value: "not one of two types" would help nobody. */
function* withoutNull(errors: Iterable<ValueError>): Iterable<ValueError> {
  for (const error of errors) {
    const inner = error.type === ValueErrorType.Union ? error.errors[onlyOption(error.schema)] : undefined;
    if (inner) yield* withoutNull(inner);
    else yield error;
  }
}

/** The position of the one option that is not null, -1 where there are several. */
function onlyOption(schema: TSchema): number {
  const options = schema.anyOf as readonly TSchema[];
  const [first, second] = options.filter((option) => option.type !== "null");
  return first && !second ? options.indexOf(first) : -1;
}

const REQUIRED = "Required";

/** `/events/0/url` → `events.0.url`; the whole value is `body`. */
function fieldOf(path: string): string {
  const field = path.slice(1).replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~");
  return field === "" ? "body" : field;
}

function describe(error: ValueError): string {
  const schema = error.schema as Annotated;
  if (error.type === ValueErrorType.ObjectRequiredProperty) return REQUIRED;
  if (error.value === undefined) return REQUIRED;
  if (schema.invalidMessage !== undefined && error.path !== "") return schema.invalidMessage;
  return describeType(error.type, schema);
}

function describeType(type: ValueErrorType, schema: Annotated): string {
  switch (type) {
    case ValueErrorType.StringMinLength:
      return schema.minLength === 1 ? "Must not be empty" : `Must be at least ${schema.minLength} characters`;
    case ValueErrorType.StringMaxLength:
      return `Must be at most ${schema.maxLength} characters`;
    case ValueErrorType.ArrayMinItems:
      return `Must have at least ${schema.minItems} ${schema.minItems === 1 ? "item" : "items"}`;
    case ValueErrorType.ArrayMaxItems:
      return `Must have at most ${schema.maxItems} items`;
    case ValueErrorType.NumberMinimum:
    case ValueErrorType.IntegerMinimum:
      return `Must be at least ${schema.minimum}`;
    case ValueErrorType.NumberMaximum:
    case ValueErrorType.IntegerMaximum:
      return `Must be at most ${schema.maximum}`;
    default:
      return `Must be ${nameOf(schema)}`;
  }
}

/** A schema in words: `a string of 1 to 200 characters`, `one of: mobile, tablet, desktop`. */
function nameOf(schema: TSchema): string {
  const constants = (schema.anyOf as readonly TSchema[] | undefined)?.map((option) => option.const);
  if (constants?.every((constant) => constant !== undefined)) return `one of: ${constants.join(", ")}`;
  if (schema.const !== undefined) return `"${schema.const}"`;
  const { type, minimum, maximum } = schema;
  const article = /^[aeiou]/.test(String(type)) ? "an" : "a";
  if (type === "integer" || type === "number") {
    const what = type === "integer" ? "a whole number" : "a number";
    if (minimum !== undefined && maximum !== undefined) return `${what} from ${minimum} to ${maximum}`;
    return minimum === undefined ? what : `${what} of at least ${minimum}`;
  }
  return typeof type === "string" ? `${article} ${type}` : "valid";
}

/** The parts of Elysia's ValidationError that are read. */
interface RequestValidationError {
  readonly type: string;
  readonly value: unknown;
  readonly validator: { Errors?(value: unknown): Iterable<ValueError>; schema?: Annotated };
}

const SUMMARIES: Readonly<Record<string, string>> = {
  body: "Invalid request body",
  query: "Invalid query parameters",
  params: "Invalid path",
};

/** Elysia's refusal of a request, as a domain error. */
export function toAppError(error: RequestValidationError): AppError {
  const errors = [...(error.validator.Errors?.(error.value) ?? [])];
  const missing = errors.find((one) => one.type === ValueErrorType.ObjectRequiredProperty);
  if (error.type === "query" && missing) {
    return new AppError("missing_parameter", `${fieldOf(missing.path)} query parameter is required`);
  }
  const summary = error.validator.schema?.invalidMessage ?? SUMMARIES[error.type] ?? "Invalid request";
  return new AppError("invalid_input", summary, { fieldErrors: fieldErrors(errors) });
}
