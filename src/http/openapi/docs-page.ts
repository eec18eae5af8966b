import { Elysia } from "elysia";
import { AppError } from "../../domain/errors.ts";
import { type DocsFile, type DocsFiles, loadDocsFiles } from "./docs-files.ts";
import { HTML_HEADERS } from "./html-headers.ts";
import { createStoredAnswer } from "./stored-answer.ts";

/**
 * `GET /docs`: the API's description for people, with "Try it out". It works without a network
 * beyond this server. Nothing is read before the first visit.
 */
export function docsPage() {
  let files: Promise<DocsFiles> | undefined;
  const load = (): Promise<DocsFiles> => {
    files ??= loadDocsFiles();
    return files;
  };
  const answerPage = createStoredAnswer(async () => ({
    bytes: new TextEncoder().encode(renderPage((await load()).urls)),
    headers: { ...HTML_HEADERS, "cache-control": "no-cache" },
  }));
  return new Elysia({ name: "docs-page", normalize: false })
    .get("/docs", ({ request }) => answerPage(request), { detail: { hide: true } })
    .get(
      "/docs/:file",
      async ({ params, request }) => {
        const answer = (await load()).answers.get(params.file);
        if (!answer) throw new AppError("not_found", "There is no such file");
        return answer(request);
      },
      { detail: { hide: true } },
    );
}

function renderPage(urls: Readonly<Record<DocsFile, string>>): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Footfall API</title>
<link rel="icon" href="${urls.favicon}">
<link rel="stylesheet" href="${urls.swaggerStyles}">
<link rel="stylesheet" href="${urls.pageStyles}">
<script src="${urls.swaggerScript}" defer></script>
<script src="${urls.pageScript}" defer></script>
</head>
<body>
<main id="api"><noscript><p>This page needs JavaScript. Without it: <a href="/openapi.json">the OpenAPI document</a>.</p></noscript></main>
<footer><a href="/openapi.json">OpenAPI document</a> <a href="${urls.licenses}">Licences of this page</a></footer>
</body>
</html>
`;
}
