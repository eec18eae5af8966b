import type { Client, ResultSet } from "@libsql/client";
import { isNoAnswer } from "./read-failure.ts";
import type { ServerHealth } from "./server-health.ts";
import { away } from "./write-failure.ts";

/**
 * The primary's client, except that its queries go to the replica while the primary does not answer.
 *
 * That the replica has no row proves nothing: it may have been written a moment before the primary
 * went away. Such a query is refused, so that nobody is told that a key or a site does not exist.
 */
export function createLookupClient(deps: { primary: Client; replica: Client; health: ServerHealth }): Client {
  const { primary, replica, health } = deps;

  async function execute(...query: Parameters<Client["execute"]>): Promise<ResultSet> {
    if (!health.isAway()) {
      try {
        return await primary.execute(...query);
      } catch (error) {
        if (!isNoAnswer(error)) throw error;
        health.failed(error);
      }
    }
    const result = await replica.execute(...query);
    if (result.rows.length === 0) throw away();
    return result;
  }

  return new Proxy(primary, {
    get(target, name) {
      if (name === "execute") return execute;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
