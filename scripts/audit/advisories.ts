/** A weakness of a package that somebody has made known. */
export interface Advisory {
  readonly id: number;
  readonly package: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
  /** A range of versions. */
  readonly versions: string;
}

/**
 * What `bun audit --json` prints: lists of advisories by package, as npm's registry answers them.
 *
 * @returns null where it is nothing of the kind: no registry has answered.
 */
export function parseAdvisories(output: string): readonly Advisory[] | null {
  const found = parseObject(output.slice(Math.max(0, output.indexOf("{"))));
  if (found === null) return null;
  return Object.entries(found).flatMap(([name, advisories]) =>
    Array.isArray(advisories) ? advisories.map((one) => toAdvisory(name, one as Record<string, unknown>)) : [],
  );
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function toAdvisory(
  name: string,
  { id, severity, title, url, vulnerable_versions }: Record<string, unknown>,
): Advisory {
  return {
    id: Number(id),
    package: name,
    severity: String(severity ?? "unknown"),
    title: String(title ?? ""),
    url: String(url ?? ""),
    versions: String(vulnerable_versions ?? "*"),
  };
}

export const describeAdvisory = ({ package: name, versions, severity, title, url }: Advisory): string =>
  `${name} ${versions} (${severity}): ${title} ${url}`;
