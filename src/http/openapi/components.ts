import type { JsonSchema, Refer } from "./json-schema.ts";

/** The document's named schemas, filled while routes are converted. */
export interface Components {
  readonly refer: Refer;
  /** By name, in alphabetical order. */
  schemas(): Readonly<Record<string, JsonSchema>>;
}

export function createComponents(): Components {
  const schemas = new Map<string, JsonSchema>();
  return {
    refer(name, schema) {
      const known = schemas.get(name);
      if (known && JSON.stringify(known) !== JSON.stringify(schema)) {
        throw new Error(`Two schemas are called "${name}": the API description would show one for both`);
      }
      schemas.set(name, schema);
      return { $ref: `#/components/schemas/${name}` };
    },
    schemas: () => Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
