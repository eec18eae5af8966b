/** `a, b,` → `a` and `b`. */
export const splitList = (list: string): readonly string[] =>
  list
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
