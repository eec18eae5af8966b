/** A message of server-sent events, as the browser's `EventSource` gives it. */
export interface StreamMessage {
  readonly data: string;
  /** What `Last-Event-ID` would be after it. */
  readonly lastEventId: string;
}

export interface OpenStream extends AsyncDisposable {
  readonly response: Response;
  /** The next message; null when the stream has ended. */
  next(): Promise<StreamMessage | null>;
  /** What `Last-Event-ID` would be now, also by messages that show nothing. */
  lastEventId(): string;
  /** Every line that came so far. */
  lines(): readonly string[];
}

/** Reads an answer by the rules of the HTML standard, section 9.2. */
export function readEventStream(response: Response, abort: () => void): OpenStream {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error("The answer has no body");
  const lines: string[] = [];
  let rest = "";
  let taken = 0;
  let id = "";

  /** The next whole line; null at the end. */
  async function readLine(): Promise<string | null> {
    while (taken === lines.length) {
      const { done, value } = await (reader as NonNullable<typeof reader>)
        .read()
        .catch(() => ({ done: true, value: "" }));
      if (done) return null;
      const parts = (rest + value).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
    }
    taken += 1;
    return lines[taken - 1] ?? "";
  }

  return {
    response,
    lines: () => lines,
    lastEventId: () => id,
    async next() {
      const data: string[] = [];
      for (let line = await readLine(); line !== null; line = await readLine()) {
        const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
        if (field === "id") id = value;
        if (field === "data") data.push(value);
        if (line === "" && data.length > 0) return { data: data.join("\n"), lastEventId: id };
      }
      return null;
    },
    async [Symbol.asyncDispose]() {
      abort();
      await reader.cancel().catch(() => {});
    },
  };
}
