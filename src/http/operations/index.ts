import { Elysia, t } from "elysia";
import { AppError } from "../../domain/errors.ts";
import type { Availability } from "../../domain/ports.ts";
import { responses } from "../documented.ts";
import { OperationsError } from "./errors.ts";

export interface OperationsDeps {
  readonly version: string;
  /** Throws when the database does not answer. */
  readonly ping: () => Promise<Availability>;
  /** Whether the server is about to stop: a load balancer should send no more. */
  readonly isStopping: () => boolean;
}

const Status = t.Object({ status: t.String() }, { $id: "Status" });
const Readiness = t.Object(
  {
    status: t.UnionEnum(["ready", "read_only"], {
      description: "`read_only`: events cannot be stored for now; lists go on from a replica of the database",
    }),
  },
  { $id: "Readiness" },
);
const Version = t.Object({ name: t.Literal("footfall"), version: t.String() }, { $id: "Version" });

/** What scripts, load balancers and people ask of the server itself. */
export function operations({ version, ping, isStopping }: OperationsDeps) {
  return new Elysia({ name: "operations", normalize: false, tags: ["operations"] })
    .get("/health", () => ({ status: "ok" }), {
      detail: {
        operationId: "health",
        summary: "Is the process up",
        description: "Looks at nothing else: a database that is slow is no reason to restart.",
        responses: responses({ 200: { description: "It is", schema: Status } }),
      },
    })
    .get(
      "/ready",
      async () => {
        if (isStopping()) throw new AppError("overloaded", "The server is stopping", { retryAfter: 5 });
        try {
          return { status: await ping() };
        } catch (cause) {
          throw new AppError("overloaded", "The database does not answer", { retryAfter: 1, cause });
        }
      },
      {
        detail: {
          operationId: "ready",
          summary: "Can it serve requests",
          description: "Also tells that the server is about to stop, so that load balancers send no more.",
          responses: responses({
            200: { description: "The database answers and its schema is up to date", schema: Readiness },
            503: { description: "Not now; retry after `Retry-After`", schema: OperationsError },
          }),
        },
      },
    )
    .get("/version", () => ({ name: "footfall" as const, version }), {
      detail: {
        operationId: "version",
        summary: "Which release it is",
        description: "The version is that of the release, not of an API.",
        responses: responses({ 200: { description: "Name and version", schema: Version } }),
      },
    });
}
