import { toMicros } from "./event.ts";

const MICROS = 1_000_000;
const DECIMALS = 6;

/** `99990000` → `99.99`, exactly: a double of the amount would lose digits of large ones. */
export function formatMicros(micros: number): string {
  const rest = Math.abs(micros) % MICROS;
  const whole = (Math.abs(micros) - rest) / MICROS;
  const fraction = rest === 0 ? "" : `.${String(rest).padStart(DECIMALS, "0").replace(/0+$/, "")}`;
  return `${micros < 0 ? "-" : ""}${whole}${fraction}`;
}

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** A number as JSON writes it → millionths, exactly; further decimals are rounded. Null: it is too large. */
export function parseMicros(literal: string): number | null {
  const [, sign, whole = "", fraction = ""] = DECIMAL.exec(literal) ?? [];
  const isExact = whole !== "" && fraction.length <= DECIMALS;
  const micros = isExact ? Number(`${sign}${whole}${fraction.padEnd(DECIMALS, "0")}`) : toMicros(Number(literal));
  return Number.isSafeInteger(micros) ? micros : null;
}
