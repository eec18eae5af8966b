import license from "swagger-ui-dist/LICENSE" with { type: "file" };
import notice from "swagger-ui-dist/NOTICE" with { type: "file" };
import swaggerStyles from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import swaggerScript from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import bundledLicenses from "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt" with { type: "file" };
import pageStyles from "./assets/docs-page.css" with { type: "file" };
import pageScript from "./assets/docs-page.js" with { type: "file" };
import favicon from "./assets/favicon.svg" with { type: "file" };
import { type AnswerStored, createStoredAnswer, hashOf } from "./stored-answer.ts";

const TYPES = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
} as const;

/** A file of the page: its parts, one after the other, all inside the binary. */
interface Source {
  readonly name: string;
  readonly extension: keyof typeof TYPES;
  readonly paths: readonly string[];
}

const SOURCES = {
  swaggerStyles: { name: "swagger-ui", extension: "css", paths: [swaggerStyles] },
  swaggerScript: { name: "swagger-ui", extension: "js", paths: [swaggerScript] },
  pageStyles: { name: "docs-page", extension: "css", paths: [pageStyles] },
  pageScript: { name: "docs-page", extension: "js", paths: [pageScript] },
  favicon: { name: "favicon", extension: "svg", paths: [favicon] },
  licenses: { name: "licenses", extension: "txt", paths: [notice, license, bundledLicenses] },
} as const satisfies Record<string, Source>;

export type DocsFile = keyof typeof SOURCES;

export interface DocsFiles {
  /** Where each file is served. */
  readonly urls: Readonly<Record<DocsFile, string>>;
  /** By the last segment of its URL. */
  readonly answers: ReadonlyMap<string, AnswerStored>;
}

/** Reads the page's files; their names hold a hash of their content, so browsers keep them for ever. */
export async function loadDocsFiles(): Promise<DocsFiles> {
  const files = await Promise.all(
    Object.entries(SOURCES).map(async ([key, source]) => {
      const { name, extension, paths } = source;
      const bytes = Buffer.concat(await Promise.all(paths.map((path) => Bun.file(path).bytes())));
      return { key, name: `${name}.${hashOf(bytes)}.${extension}`, answer: answerWith(bytes, TYPES[extension]) };
    }),
  );
  return {
    urls: Object.fromEntries(files.map(({ key, name }) => [key, `/docs/${name}`])) as Record<DocsFile, string>,
    answers: new Map(files.map(({ name, answer }) => [name, answer])),
  };
}

function answerWith(bytes: Uint8Array<ArrayBuffer>, type: string): AnswerStored {
  return createStoredAnswer(async () => ({
    bytes,
    headers: {
      "content-type": type,
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
    },
  }));
}
