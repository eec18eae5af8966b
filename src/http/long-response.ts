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
  /**
   * Asked for the next one only when the client has taken those before; ended when the client leaves. An empty one is
   * not sent: it stands for work that has found nothing yet.
   */
  readonly chunks: AsyncGenerator<string | Uint8Array, void, void>;
  /** Once, however it ends; as soon as the client leaves, also while a chunk is being made. */
  readonly onEnd: () => void;
}

/** The part of Bun's server that is used. */
interface Connections {
  /** Cuts the request's connection when not a byte goes over it for so many seconds from now on. */
  timeout(request: Request, seconds: number): void;
}

export type AnswerAtLength = (answer: LongAnswer) => Response;

/** How often a connection is kept from being cut while its next chunk is being made, in ms. */
const KEEP_EVERY_MS = 5_000;

/**
 * Answers that keep nothing in memory: sent as fast as their client takes them, and no faster. A connection on which
 * nothing goes for a while is cut where the client does not take what there is, not where there is nothing yet.
 *
 * One that breaks off resets the connection, so that nobody takes a part for the whole; why is logged.
 * When the server is about to stop, those whose client takes nothing are cut off.
 */
export function createAnswerAtLength(deps: {
  stopping: AbortSignal;
  log: Logger;
  /** After how many seconds of silence a connection is cut. */
  idleSeconds: number;
}): AnswerAtLength {
  const { stopping, log, idleSeconds } = deps;
  return ({ request, server, headers, chunks, onEnd }) => {
    const hurry = () => server?.timeout(request, 1);
    stopping.addEventListener("abort", hurry);
    const keep = () => {
      if (!stopping.aborted) server?.timeout(request, idleSeconds);
    };
    const body = toStream(whileMaking(keep, chunks), (error) => {
      stopping.removeEventListener("abort", hurry);
      onEnd();
      if (error !== null) log.error({ requestId: requestIdOf(request), err: error }, "an answer broke off");
    });
    return new Response(body, { headers });
  };
}

/** The same chunks; `keep` is called now and then while one is being made, not while it waits to be taken. */
async function* whileMaking(keep: () => void, chunks: LongAnswer["chunks"]): LongAnswer["chunks"] {
  try {
    for (;;) {
      const timer = setInterval(keep, KEEP_EVERY_MS);
      const { done, value } = await chunks.next().finally(() => clearInterval(timer));
      if (done) return;
      yield value;
    }
  } finally {
    await chunks.return();
  }
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
          let next = await chunks.next();
          while (!next.done && next.value.length === 0) next = await chunks.next();
          if (hasEnded) return;
          if (next.done) {
            end(null);
            controller.close();
          } else controller.enqueue(typeof next.value === "string" ? utf8.encode(next.value) : next.value);
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
