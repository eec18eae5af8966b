import { originalOf } from "./usual-path.ts";

const ids = new WeakMap<Request, string>();

/** Names a request in the log and in its answer; made when somebody asks for it first. */
export function requestIdOf(sent: Request): string {
  const request = originalOf(sent);
  const known = ids.get(request);
  if (known !== undefined) return known;
  const id = crypto.randomUUID();
  ids.set(request, id);
  return id;
}
