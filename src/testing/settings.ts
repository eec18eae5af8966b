import { type Environment, SETTING_NAMES, variableOf } from "../config/settings.ts";

/** All but those of the database: a test server has one of its own, and touches nobody else's. */
export const TEST_SETTINGS = SETTING_NAMES.filter((name) => !/^(?:DATABASE_|DURABILITY$|REPLICA_)/.test(name));

const VARIABLES: readonly string[] = TEST_SETTINGS.map(variableOf);

/** What holds where nothing else is said. */
const STANDARD: Environment = {
  FOOTFALL_DATABASE_URL: ":memory:",
  FOOTFALL_PORT: "0",
  // All requests of a test come from one address, as many as it takes.
  FOOTFALL_INGEST_LIMIT: "off",
  FOOTFALL_LOG_LEVEL: "warn",
};

/** @throws for a variable that is no setting of a test server. */
export function toTestSettings(said: Environment): Environment {
  const unknown = Object.keys(said).find((variable) => !VARIABLES.includes(variable));
  if (unknown !== undefined) {
    throw new Error(`${unknown} is no setting of a test server; those are: ${VARIABLES.join(", ")}`);
  }
  return { ...STANDARD, ...said };
}
