import type { Http } from "./server.ts";

/** The type of the whole API, for `treaty<Footfall>(url)` of `@elysiajs/eden`. */
export type Footfall = Http;
