import type { WalkPosition } from "../../src/domain/deletion-ports.ts";
import type { Store } from "../../src/domain/ports.ts";
import { NOON } from "./store.ts";

/** Does all that is under way, as the domain does. */
export async function carryOut({ deletionWork: work }: Store): Promise<void> {
  for (let deletion = await work.next(); deletion; deletion = await work.next()) {
    if (deletion.state === "restoring") while (await work.restoreSome(deletion));
    else {
      for (let from: WalkPosition | null = null; ; ) {
        const { ids, next } = await work.walk(deletion, from);
        await work.apply(deletion, ids);
        if (next === null) break;
        from = next;
      }
    }
    await work.finish(deletion, NOON);
  }
}
