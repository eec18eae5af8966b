import { usualPath } from "./routes.ts";

/** The request that another one was made from: only that one knows who sent it. */
const originals = new WeakMap<Request, Request>();

/**
 * The same request on the path as its route has it, where case alone kept it from being found.
 *
 * Looked for only when the router found nothing, so requests in the usual case pay nothing for it.
 */
export function withUsualPath(request: Request, path: string): Request | null {
  const usual = usualPath(request.method, path);
  if (usual === null) return null;
  const url = request.url.replace(path, () => usual);
  const rewritten = new Request(url, request);
  originals.set(rewritten, request);
  return rewritten;
}

/** The request as it was sent. */
export const originalOf = (request: Request): Request => originals.get(request) ?? request;
