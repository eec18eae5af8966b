const times = new WeakMap<Request, number>();

/** Notes that a request has just come. */
export function noteArrival(request: Request): void {
  times.set(request, performance.now());
}

/** Milliseconds since the request came; 0 where that was not noted. */
export function elapsedMs(request: Request): number {
  const arrivedAt = times.get(request);
  return arrivedAt === undefined ? 0 : performance.now() - arrivedAt;
}
