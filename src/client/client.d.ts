/** `custom` events and conversions have a name (`eventName`). */
export type EventType = "pageview" | "click" | "custom" | "conversion";

/** What is known of an event beside its type. In a browser all of it can be left out. */
export interface EventFields {
  /** The page; in a browser the one that is shown. */
  readonly url?: string;
  /** Where the visitor came from; in a browser `document.referrer`. */
  readonly referrer?: string | null;
  /** 1 to 200 characters; that of the client when left out. */
  readonly visitorId?: string;
  readonly sessionId?: string;
  /** Of a custom event or a conversion, 1 to 100 characters. */
  readonly eventName?: string;
  /** Of a conversion. */
  readonly value?: number;
  /** ISO 4217: `EUR`. */
  readonly currency?: string;
  /** At most 32 KiB as JSON and 16 levels deep. */
  readonly properties?: Readonly<Record<string, unknown>> | null;
  /** When it happened, ms since 1970; now when left out. */
  readonly timestamp?: number;
  /** The event is stored once, however often it is sent; made up when left out. */
  readonly eventId?: string;
  readonly deviceType?: "mobile" | "tablet" | "desktop";
  readonly browser?: string;
  readonly os?: string;
  /** Country or place. */
  readonly location?: string;
  /** The visitor's own, where a server posts for its visitors. */
  readonly userAgent?: string;
}

/** An event that will not be stored. */
export interface Rejection {
  /** As it was sent. */
  readonly event: Readonly<Record<string, unknown>>;
  /** A code of the server, such as `VALIDATION_ERROR` or `NOT_FOUND`; `QUEUE_FULL` where the client could not keep it. */
  readonly error: string;
  /** For people. */
  readonly message: string;
  /** What is wrong with which field: `{ fieldErrors: { url: ["…"] } }`. */
  readonly details?: unknown;
}

export interface ClientOptions {
  /** Of the server: `https://stats.example.com`. */
  readonly url: string;
  /** Of the website: `pm-…`. */
  readonly trackingCode: string;
  /** An API key with `events:write`, for servers. It is a secret: never give it to a page. */
  readonly key?: string;
  /** Who the events are of where they do not say; made up for a browser's tab, or the process, when left out. */
  readonly visitorId?: string;
  readonly sessionId?: string;
  /** So many events are sent at once; 10. */
  readonly batchSize?: number;
  /** Fewer are sent after so many ms; 5,000. */
  readonly batchAfterMs?: number;
  /** So many events may wait while the server cannot be reached; 1,000. Further ones are rejected. */
  readonly maxQueue?: number;
  /** Told of each event that will not be stored; a warning on the console when left out. */
  readonly onRejected?: (rejection: Rejection) => void;
}

export interface Client {
  /**
   * Takes an event and sends it with others, again and again until the server has answered. Never throws.
   *
   * @returns its `eventId`.
   */
  track(type: EventType, fields?: EventFields): string;
  /**
   * Sends at once what waits.
   *
   * @param timeoutMs how long to wait for the answers; 10,000.
   * @returns whether nothing waits any more.
   */
  flush(timeoutMs?: number): Promise<boolean>;
}

/** A client for one website. */
export declare function createClient(options: ClientOptions): Client;
