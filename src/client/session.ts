import { createId } from "./event-id.ts";

const NAME = "footfall";

/**
 * The id of a browser's tab, kept until it is closed; elsewhere that of the process. Nothing is kept
 * for longer: no cookie, and nothing that other tabs can read.
 */
export function sessionOf(storage: () => Storage): string {
  const made = createId();
  try {
    const tab = storage();
    const known = tab.getItem(NAME);
    if (known) return known;
    tab.setItem(NAME, made);
  } catch {
    // There is none, or it is forbidden.
  }
  return made;
}
