import type { Logger } from "../lib/log.ts";
import type { WriteLink } from "./write-link.ts";

/** A disk that fails does so at every batch. */
const SAID_EVERY_MS = 10_000;

/** The same line, on which a disk that fails is told to those who run the server: clients only learn to come again. */
export function reportFailingDisk(link: WriteLink, log: Logger): WriteLink {
  let saidAt = Number.NEGATIVE_INFINITY;
  return {
    ...link,
    async send(request) {
      const reply = await link.send(request);
      if (!reply.ok && reply.failure === "disk_error" && performance.now() - saidAt > SAID_EVERY_MS) {
        saidAt = performance.now();
        log.error({ reason: reply.message }, "the disk fails: what cannot be written is refused; look after the disk");
      }
      return reply;
    },
  };
}
