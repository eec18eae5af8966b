import type { ErrorCode } from "../domain/errors.ts";
import type { ObserveEvents } from "../domain/observers.ts";
import type { DialectName } from "./routes.ts";

/** Is told what goes on at the server's door. Called on the hot path: must neither throw nor wait. */
export interface RequestObserver {
  /** A request has been answered; `seconds` since it came. */
  answered(answer: {
    readonly dialect: DialectName;
    readonly method: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** A request has been refused with an error. */
  refused(dialect: DialectName, code: ErrorCode): void;
  /** Events have been turned away before a site was found for them. */
  rejected(dialect: DialectName, count: number): void;
  /** What became of a dialect's events that reached the store. */
  eventsOf(dialect: DialectName): ObserveEvents;
}

/** For a server that nobody watches. */
export const UNOBSERVED: RequestObserver = {
  answered() {},
  refused() {},
  rejected() {},
  eventsOf: () => () => {},
};
