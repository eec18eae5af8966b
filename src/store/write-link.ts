import type { WriteReply, WriteRequest } from "./write-protocol.ts";

/** The line to the writer's Worker, which carries out one request after the other. */
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
  /** In the order of their requests, as the answers come. */
  const pending: PromiseWithResolvers<WriteReply>[] = [];
  let ended: Error | undefined;

  const rejectAll = (reason: Error) => {
    for (const answer of pending.splice(0)) answer.reject(reason);
  };
  const end = (cause: unknown) => {
    if (ended) return;
    ended = new Error("The writer's worker has ended", { cause });
    rejectAll(ended);
    onDeath(cause);
  };
  worker.onerror = (event) => end(event.message);
  worker.addEventListener("close", () => end("closed"));
  worker.onmessage = ({ data }: MessageEvent<WriteReply>) => pending.shift()?.resolve(data);

  return {
    send(request) {
      if (ended) return Promise.reject(ended);
      const answer = Promise.withResolvers<WriteReply>();
      pending.push(answer);
      worker.postMessage(request);
      return answer.promise;
    },
    terminate() {
      ended ??= new Error("The writer is closed");
      rejectAll(ended);
      worker.terminate();
    },
  };
}
