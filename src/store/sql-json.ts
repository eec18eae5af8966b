import { type Fragment, sql } from "./sql-fragment.ts";
import { type Names, once } from "./sql-names.ts";

/** Where a JSON value lies. */
export type JsonPlace =
  /** In a document, below these names and positions. The document is JSON text, or null. */
  | { readonly kind: "document"; readonly document: Fragment; readonly keys: readonly (string | number)[] }
  /** The row of `json_each` that has this name. */
  | { readonly kind: "item"; readonly row: Fragment };

export const documentPlace = (document: Fragment, ...keys: readonly (string | number)[]): JsonPlace => ({
  kind: "document",
  document,
  keys,
});

/** A place below a place. */
export function placeBelow(place: JsonPlace, keys: readonly (string | number)[], names: Names): JsonPlace {
  const from: JsonPlace =
    place.kind === "document"
      ? place
      : // What is neither an object nor an array is no JSON text in a row of json_each, and has nothing below it.
        documentPlace(sql`CASE WHEN ${place.row}.type IN ('object', 'array') THEN ${place.row}.value END`);
  return keys.reduce((below, key) => (isPathKey(key) ? addKey(below, key) : memberOf(below, String(key), names)), from);
}

/** SQLite's paths cannot say a name with a quotation mark. */
const isPathKey = (key: string | number): boolean => typeof key === "number" || !key.includes('"');

const addKey = (place: JsonPlace, key: string | number): JsonPlace =>
  place.kind === "document" ? { ...place, keys: [...place.keys, key] } : place;

function memberOf(place: JsonPlace, key: string, names: Names): JsonPlace {
  const document = jsonText(place, names);
  return documentPlace(sql`(SELECT CASE type WHEN 'text' THEN json_quote(value) WHEN 'true' THEN 'true'
    WHEN 'false' THEN 'false' WHEN 'null' THEN 'null' ELSE value END
    FROM json_each(${document}) WHERE key = ${names.bind(key)} LIMIT 1)`);
}

/** `$."a"[0][#-1]`, with names as JSON would write them. */
function pathText(keys: readonly (string | number)[]): string {
  const parts = keys.map((key) => {
    if (typeof key === "string") return `."${JSON.stringify(key).slice(1, -1)}"`;
    return key < 0 ? `[#${key}]` : `[${key}]`;
  });
  return `$${parts.join("")}`;
}

/** `null` (SQL's) where nothing is, else one of SQLite's names of JSON types. */
export function jsonType(place: JsonPlace, names: Names): Fragment {
  if (place.kind === "item") return sql`${place.row}.type`;
  return sql`json_type(${place.document}, ${names.bind(pathText(place.keys))})`;
}

/** A text, number or truth as an SQL value; an object or array as JSON text; null where nothing or a null is. */
export function jsonAtom(place: JsonPlace, names: Names): Fragment {
  if (place.kind === "item") return sql`${place.row}.value`;
  return sql`(${place.document} ->> ${names.bind(pathText(place.keys))})`;
}

/** The value as JSON text, as it was written; null where nothing is. */
export function jsonText(place: JsonPlace, names: Names): Fragment {
  if (place.kind === "document") {
    return place.keys.length === 0 ? place.document : sql`(${place.document} -> ${names.bind(pathText(place.keys))})`;
  }
  const { row } = place;
  return sql`CASE ${row}.type WHEN 'text' THEN json_quote(${row}.value) WHEN 'true' THEN 'true'
    WHEN 'false' THEN 'false' WHEN 'null' THEN 'null' ELSE ${row}.value END`;
}

/** Whether nothing or a JSON null is there. */
export const isJsonNull = (place: JsonPlace, names: Names): Fragment =>
  sql`(coalesce(${jsonType(place, names)}, 'null') = 'null')`;

export const textIn = (place: JsonPlace, names: Names): Fragment =>
  sql`CASE WHEN ${jsonType(place, names)} = 'text' THEN ${jsonAtom(place, names)} END`;

export const numberIn = (place: JsonPlace, names: Names): Fragment =>
  sql`CASE WHEN ${jsonType(place, names)} IN ('integer', 'real') THEN ${jsonAtom(place, names)} END`;

export const boolIn = (place: JsonPlace, names: Names): Fragment =>
  sql`CASE ${jsonType(place, names)} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END`;

/**
 * A string as it is, "" for a null, anything else as JSON text; put together with nothing, or SQLite
 * would remember that it is JSON, and show it as such.
 */
export const anyText = (place: JsonPlace, names: Names): Fragment =>
  sql`CASE coalesce(${jsonType(place, names)}, 'null') WHEN 'text' THEN ${jsonAtom(place, names)}
    WHEN 'null' THEN '' ELSE ${jsonText(place, names)} || '' END`;

export const arrayLength = (place: JsonPlace, names: Names): Fragment =>
  sql`CASE WHEN ${jsonType(place, names)} = 'array' THEN json_array_length(${jsonText(place, names)}) END`;

export const bagKeys = (place: JsonPlace, names: Names): Fragment =>
  sql`CASE WHEN ${jsonType(place, names)} = 'object'
    THEN (SELECT json_group_array(key) FROM json_each(${jsonText(place, names)})) END`;

/** JSON text where a text is JSON, else the text as a JSON string. */
export const parsedText = (text: Fragment, names: Names): Fragment =>
  once(text, names, (of) => sql`CASE WHEN json_valid(${of}) THEN ${of} ELSE json_quote(${of}) END`);

/** The items of an array as the rows `row`; none of anything else. */
export const itemsOf = (place: JsonPlace, row: Fragment, names: Names): Fragment =>
  sql`json_each(CASE WHEN ${jsonType(place, names)} = 'array' THEN ${jsonText(place, names)} ELSE '[]' END) AS ${row}`;
