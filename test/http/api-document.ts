import type { ApiDocument } from "../../src/http/openapi/document.ts";
import { createHttp, type HttpDeps } from "../../src/http/server.ts";

export const VERSION = "1.2.3";

/** All routes; only those of the description can be called, because they need nothing. */
export const http = createHttp({ version: VERSION, corsOrigins: [], logRequests: false } as unknown as HttpDeps);

export const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  http.handle(new Request(`http://localhost${path}`, { headers }));

export async function getDocument(): Promise<ApiDocument> {
  return (await (await get("/openapi.json")).json()) as ApiDocument;
}
