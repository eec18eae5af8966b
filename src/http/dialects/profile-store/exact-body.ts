import { readText } from "../../body.ts";

/** Bodies as they came: parts of them are answered to the letter. */
const texts = new WeakMap<Request, string>();

/** A route's body parser like {@link readText}, that keeps the text. */
export function readExactText(limit: number) {
  const read = readText(limit);
  return async ({ request }: { request: Request }): Promise<string> => {
    const text = await read({ request });
    texts.set(request, text);
    return text;
  };
}

export const exactText = (request: Request): string => texts.get(request) ?? "";
