/** A writer's Worker that dies at its first append, in the way that its URL says. */
import type { WriteReply, WriteRequest } from "../../src/store/write-protocol.ts";

declare const self: Worker;

const how = new URL(import.meta.url).searchParams.get("how");

self.onmessage = ({ data }: MessageEvent<WriteRequest>) => {
  if (data.kind === "append") {
    if (how === "exit") process.exit(3);
    throw new Error("The worker has thrown");
  }
  const reply: WriteReply = { ok: true };
  self.postMessage(reply);
};
