import { Elysia, type InternalRoute, t } from "elysia";
import { responses } from "../documented.ts";
import { docsPage } from "./docs-page.ts";
import { createStoredAnswer } from "./stored-answer.ts";

export interface ApiDescriptionDeps {
  readonly version: string;
  /** All routes of the server; asked for when the first reader comes. */
  readonly routes: () => readonly InternalRoute[];
}

const OpenApiDocument = t.Object({ openapi: t.String() }, { additionalProperties: true });

/** `GET /openapi.json` and the page that shows it. */
export function apiDescription({ version, routes }: ApiDescriptionDeps) {
  const answer = createStoredAnswer(async () => {
    // Loaded here: most servers are never asked, and those of tests are to start at once.
    const { createDocument } = await import("./document.ts");
    return {
      bytes: new TextEncoder().encode(JSON.stringify(await createDocument(routes(), version))),
      headers: {
        "content-type": "application/json",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
      },
    };
  });
  return new Elysia({ name: "api-description", normalize: false })
    .get("/openapi.json", ({ request }) => answer(request), {
      detail: {
        operationId: "openapi",
        summary: "This description",
        description: "All operations as an OpenAPI 3.1 document, for people under `/docs`.",
        responses: responses({ 200: { description: "The document", schema: OpenApiDocument } }),
      },
    })
    .use(docsPage());
}
