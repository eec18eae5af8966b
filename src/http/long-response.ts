import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Logger } from "../lib/log.ts";
import { requestIdOf } from "./request-id.ts";

/** An answer whose body is made while it is sent. */
export interface LongAnswer {
  readonly request: Request;
  /** What can cut the request's connection; null where no socket brought it. */
  readonly server: Connections | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Asked for the next one only when the client has taken those before; ended when the client leaves. */
  readonly chunks: AsyncGenerator<string | Uint8Array, void, void>;
  /** Once, however it ends. */
  readonly onEnd: () => void;
}

/** The part of Bun's server that is used. */
interface Connections {
  /** Cuts the request's connection when not a byte goes over it for so many seconds. */
  timeout(request: Request, seconds: number): void;
}

export type AnswerAtLength = (answer: LongAnswer) => Response;

/**
 * Answers that keep nothing in memory: sent as fast as their client takes them, and no faster.
 *
 * One that breaks off resets the connection, so that nobody takes a part for the whole; why is logged.
 * When the server is about to stop, those whose client takes nothing are cut off.
 */
export function createAnswerAtLength(deps: { stopping: AbortSignal; log: Logger }): AnswerAtLength {
  const { stopping, log } = deps;
  return ({ request, server, headers, chunks, onEnd }) => {
    const hurry = () => server?.timeout(request, 1);
    stopping.addEventListener("abort", hurry);
    const body = toStream(chunks, (error) => {
      stopping.removeEventListener("abort", hurry);
      onEnd();
      if (error !== null) log.error({ requestId: requestIdOf(request), err: error }, "an answer broke off");
    });
    return new Response(body, { headers });
  };
}

const utf8 = new TextEncoder();

/** @param onEnd told once, with the error that broke it off or null. */
export function toStream(chunks: LongAnswer["chunks"], onEnd: (error: unknown) => void): ReadableStream<Uint8Array> {
  let hasEnded = false;
  function end(error: unknown): void {
    if (!hasEnded) onEnd(error);
    hasEnded = true;
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) {
            end(null);
            controller.close();
          } else controller.enqueue(typeof value === "string" ? utf8.encode(value) : value);
        } catch (error) {
          end(error);
          controller.error(error);
        }
      },
      async cancel() {
        end(null);
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** A level at which compression costs about as much as making what is compressed. */
const GZIP_LEVEL = 1;

/** The same, compressed off the main thread. */
export async function* gzipped(chunks: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, void> {
  const gzip = createGzip({ level: GZIP_LEVEL });
  // A failure on either side destroys the other, so that whoever reads the result gets it.
  pipeline(Readable.from(chunks), gzip, () => {});
  yield* gzip;
}
