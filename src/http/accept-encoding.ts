/** The first of `encodings` that `Accept-Encoding` names and does not forbid by `q=0`; null for none. */
export function acceptedEncoding<Encoding extends string>(
  header: string | null,
  encodings: readonly Encoding[],
): Encoding | null {
  const accepted = (header ?? "")
    .toLowerCase()
    .split(",")
    .map((item) => item.split(";").map((part) => part.trim()))
    .filter(([, weight]) => weight === undefined || !/^q=0(?:\.0*)?$/.test(weight))
    .map(([name]) => name);
  return encodings.find((encoding) => accepted.includes(encoding)) ?? null;
}
