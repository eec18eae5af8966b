import type { collectionDialect } from "./dialects/collection/index.ts";

/**
 * The type of the native API, for `treaty<Footfall>(url)` of `@elysiajs/eden`. Of that alone: with the others the
 * compiler gives up, and whoever speaks those has a client already.
 */
export type Footfall = ReturnType<typeof collectionDialect>;
