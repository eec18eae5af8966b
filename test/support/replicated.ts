import type { NewEvent } from "../../src/domain/event.ts";
import type { Store } from "../../src/domain/ports.ts";
import { type Sqld, startFrozenCopy, startSqld } from "./sqld.ts";
import { appendAll, openTestStore } from "./store.ts";
import { startWay, type Way } from "./way.ts";

/** A primary and its replica, and ways to both that count what is asked. */
export interface Replicated extends AsyncDisposable {
  readonly primary: Sqld;
  readonly replica: Sqld;
  readonly toPrimary: Way;
  readonly toReplica: Way;
  open(): Promise<Store>;
}

export async function startReplicated(): Promise<Replicated> {
  const primary = await startSqld();
  return connect(primary, await startSqld({ replicaOf: primary }));
}

/** The same with a replica that has `given` and gets no more; resolves with the ids, too. */
export async function startLagging(
  given: readonly NewEvent[],
): Promise<Replicated & { readonly ids: readonly number[] }> {
  const primary = await startSqld();
  await using store = await openTestStore({ kind: "remote", url: primary.url });
  const ids = await appendAll(store, given);
  await store.close();
  return { ...connect(primary, await startFrozenCopy(primary)), ids };
}

/** Stores that write to the one server and read from the other. Both are stopped at the end. */
export function connect(primary: Sqld, replica: Sqld): Replicated {
  const stack = new AsyncDisposableStack();
  for (const server of [primary, replica]) stack.use(server);
  const toPrimary = stack.use(startWay(primary.url));
  const toReplica = stack.use(startWay(replica.url));
  const options = { replicaUrl: toReplica.url, patienceMs: 300 };
  return {
    primary,
    replica,
    toPrimary,
    toReplica,
    open: async () => stack.use(await openTestStore({ kind: "remote", url: toPrimary.url }, options)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
