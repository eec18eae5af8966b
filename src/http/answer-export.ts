import { acceptedEncoding } from "./accept-encoding.ts";
import { type AnswerAtLength, gzipped, type LongAnswer } from "./long-response.ts";
import { createPlaces } from "./places.ts";

/** Exports at the same time: each reads as fast as its client takes it, and all of them beside the lists. */
const MAX_EXPORTS = 8;

/** Events as a file of lines. */
export interface ExportAnswer<Event> extends Pick<LongAnswer, "request" | "server"> {
  readonly contentType: string;
  readonly fileName: string;
  /** Stands before the first event; empty where nothing does. */
  readonly header?: string;
  /** Whole lines. */
  readonly encode: (events: readonly Event[]) => string;
  /** What it throws has a status of its own; later nothing can be said any more. */
  readonly begin: () => Promise<AsyncIterable<readonly Event[]>>;
}

/** @throws what `begin` throws, and `overloaded` while there are as many exports as there may be. */
export type AnswerExport = <Event>(answer: ExportAnswer<Event>) => Promise<Response>;

/** Answers of any size, compressed where `Accept-Encoding` names gzip. */
export function createAnswerExport(deps: { answerAtLength: AnswerAtLength }): AnswerExport {
  const places = createPlaces(MAX_EXPORTS, "exports");
  return async ({ request, server, contentType, fileName, begin, ...lines }) => {
    const encoding = acceptedEncoding(request.headers.get("accept-encoding"), ["gzip"]);
    const headers = {
      "content-type": contentType,
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": "no-store",
      vary: "Accept-Encoding",
      ...(encoding === null ? {} : { "content-encoding": encoding }),
    };
    const place = places.take();
    try {
      let hasEnded = false;
      const text = encodeAll(lines, await begin(), () => hasEnded);
      const chunks = encoding === null ? text : gzipped(text);
      const onEnd = () => {
        hasEnded = true;
        place[Symbol.dispose]();
      };
      return deps.answerAtLength({ request, server, headers, chunks, onEnd });
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  };
}

async function* encodeAll<Event>(
  { header = "", encode }: Pick<ExportAnswer<Event>, "header" | "encode">,
  slices: AsyncIterable<readonly Event[]>,
  hasEnded: () => boolean,
): AsyncGenerator<string, void, void> {
  yield header;
  for await (const events of slices) {
    // A compressor that has nothing to give out yet goes on taking, whether or not its client is still there.
    if (hasEnded()) return;
    yield encode(events);
  }
}
