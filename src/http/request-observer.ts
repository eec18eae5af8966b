import type { ErrorCode } from "../domain/errors.ts";
import type { ObserveEvents } from "../domain/observers.ts";
import type { DialectName } from "./routes.ts";

/** What is counted apart: the published APIs, each under one name, and `operations`. */
export type ApiName = Exclude<DialectName, "affiliate-track">;

export const apiOf = (dialect: DialectName): ApiName => (dialect === "affiliate-track" ? "affiliate" : dialect);

/**
 * Why an event was not even tried to be stored. `rejected`: it cannot be stored as it is; `limited`: more came than a
 * limit allows.
 */
export type TurnedAway = "rejected" | "limited";

/** Is told what goes on at the server's door. Called on the hot path: must neither throw nor wait. */
export interface RequestObserver {
  /** A request has been answered; `seconds` since it came. */
  answered(answer: {
    readonly dialect: ApiName;
    readonly method: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** A request has been refused with an error. */
  refused(dialect: ApiName, code: ErrorCode): void;
  /** An event has been turned away before it reached the store. */
  turnedAway(dialect: ApiName, why: TurnedAway): void;
  /** What became of a dialect's events that reached the store. */
  eventsOf(dialect: ApiName): ObserveEvents;
}

/** For a server that nobody watches. */
export const UNOBSERVED: RequestObserver = {
  answered() {},
  refused() {},
  turnedAway() {},
  eventsOf: () => () => {},
};
