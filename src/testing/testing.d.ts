/** An event as the collection API lists it. Every field is there; null where nothing is known. */
export interface StoredEvent {
  readonly id: string;
  readonly websiteId: string;
  /** `pageview`, `click`, `custom`, `conversion`, or what another API calls it. */
  readonly eventType: string;
  readonly eventName: string | null;
  readonly url: string | null;
  readonly referrer: string | null;
  readonly sessionId: string | null;
  readonly visitorId: string | null;
  readonly deviceType: string | null;
  readonly browser: string | null;
  readonly os: string | null;
  readonly location: string | null;
  readonly value: number | null;
  readonly currency: string | null;
  readonly eventId: string | null;
  /** When it happened, ms since 1970. */
  readonly timestamp: number;
  /** When it was stored, ISO 8601. */
  readonly createdAt: string;
  readonly properties: Readonly<Record<string, unknown>> | null;
}

/**
 * A value that is expected: the same one, a regular expression for a text, for an object some of its
 * fields, or a matcher such as `expect.any(Number)`.
 */
export type Expected<T> =
  | T
  | (T extends string | null ? RegExp : never)
  | (T extends object ? { readonly [Field in keyof T]?: Expected<T[Field]> } : never);

/** Some fields of an event. `type` and `name` are short for `eventType` and `eventName`. */
export type ExpectedEvent = { readonly [Field in keyof StoredEvent]?: Expected<StoredEvent[Field]> } & {
  readonly type?: Expected<string>;
  readonly name?: Expected<string | null>;
};

export interface ExpectOptions {
  /** How long to wait for it, in ms; 2,000. */
  readonly within?: number;
}

/** A server with one empty site, in a process of its own. */
export interface FootfallServer extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  /** Of its site: public, to post with. */
  readonly trackingCode: string;
  readonly siteKey: string;
  /** What the APIs call the same site. */
  readonly websiteId: string;
  readonly siteId: string;
  readonly programId: number;
  readonly scope: string;
  /** An API key that may do everything. */
  readonly key: string;
  /** All events of the site that are like this one, in the order in which they came; all, where nothing is said. */
  events(like?: ExpectedEvent): Promise<StoredEvent[]>;
  /**
   * The first event that is like this one; waited for, where it has not come yet.
   *
   * @throws with what was there instead.
   */
  expectEvent(like: ExpectedEvent, options?: ExpectOptions): Promise<StoredEvent>;
  /** Removes all events: for the next test. */
  clear(): Promise<void>;
  /** Ends the server, of which nothing is left; the same as leaving the scope of an `await using`. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Settings of the server by their variables: `{ FOOTFALL_CORS_ORIGINS: "https://a.example" }`. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a server on a free port, with a temporary database.
 *
 * @throws with the server's own words where it does not start.
 */
export declare function startFootfall(options?: StartOptions): Promise<FootfallServer>;
