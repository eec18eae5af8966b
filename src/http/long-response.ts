import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";

/** A body that is made while it is sent. */
export interface LongBody {
  /** Asked for the next one only when the client has taken those before; ended when the client leaves. */
  readonly chunks: AsyncGenerator<string | Uint8Array, void, void>;
  /** Once, however it ends; with the error that broke it off. */
  readonly onEnd: (error: unknown) => void;
  /** Ends a body whose client takes nothing; one that waits for its next chunk has to end by itself. */
  readonly signal?: AbortSignal;
}

const utf8 = new TextEncoder();

/**
 * The body as a stream that keeps nothing in memory: as fast as its client takes it, and no faster.
 *
 * One that breaks off resets the connection, so that nobody takes a part for the whole.
 */
export function toStream({ chunks, onEnd, signal }: LongBody): ReadableStream<Uint8Array> {
  let isWaiting = false;
  let abort = () => {};
  const end = once((error: unknown) => {
    signal?.removeEventListener("abort", abort);
    onEnd(error);
  });
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        abort = () => {
          if (isWaiting) return;
          end(null);
          controller.error(signal?.reason);
          void chunks.return();
        };
        signal?.addEventListener("abort", abort);
      },
      async pull(controller) {
        isWaiting = true;
        try {
          const { done, value } = await chunks.next();
          if (done) {
            end(null);
            controller.close();
          } else controller.enqueue(typeof value === "string" ? utf8.encode(value) : value);
        } catch (error) {
          end(error);
          controller.error(error);
        } finally {
          isWaiting = false;
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

function once<Value>(action: (value: Value) => void): (value: Value) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) action(value);
    isDone = true;
  };
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
