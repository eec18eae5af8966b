import type { WriteReply, WriteRequest } from "./write-protocol.ts";

/** The line to the writer's Worker: one request at a time. */
export interface WriteLink {
  /** Resolves with the Worker's answer; rejects when the Worker is dead. */
  send(request: WriteRequest): Promise<WriteReply>;
  /** Ends the Worker at once. */
  terminate(): void;
}

const WRITE_WORKER = new URL("./write-worker.ts", import.meta.url).href;

/**
 * Starts the Worker.
 *
 * @param onDeath called once when the Worker ends by itself; nothing can be written any more.
 * @param script what it runs.
 */
export function startWriteWorker(onDeath: (cause: unknown) => void, script: string = WRITE_WORKER): WriteLink {
  const worker = new Worker(script);
  let pending: PromiseWithResolvers<WriteReply> | undefined;
  let ended: Error | undefined;

  const end = (cause: unknown) => {
    if (ended) return;
    ended = new Error("The writer's worker has ended", { cause });
    pending?.reject(ended);
    onDeath(cause);
  };
  worker.onerror = (event) => end(event.message);
  worker.addEventListener("close", () => end("closed"));
  worker.onmessage = ({ data }: MessageEvent<WriteReply>) => {
    const answered = pending;
    pending = undefined;
    answered?.resolve(data);
  };

  return {
    send(request) {
      if (ended) return Promise.reject(ended);
      pending = Promise.withResolvers<WriteReply>();
      worker.postMessage(request);
      return pending.promise;
    },
    terminate() {
      ended ??= new Error("The writer is closed");
      pending?.reject(ended);
      worker.terminate();
    },
  };
}
