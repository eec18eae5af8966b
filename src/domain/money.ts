const MICROS = 1_000_000;

/** Decimals of the currencies that do not have two (ISO 4217). */
const DECIMALS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
  }).flatMap(([decimals, codes]) => codes.split(" ").map((code): [string, number] => [code, Number(decimals)])),
);

/** How many micros the smallest unit of a currency has: 10,000 in a cent, 1,000,000 in a yen; two decimals where it is null. */
export function microsPerMinorUnit(currency: string | null): number {
  return MICROS / 10 ** (DECIMALS.get(currency ?? "") ?? 2);
}

/** The largest amount of a currency, in its smallest unit, that is exact as micros. */
export const maxMinorUnits = (currency: string): number =>
  Math.floor(Number.MAX_SAFE_INTEGER / microsPerMinorUnit(currency));

/** `4990` (USD) → `49900000`. */
export const minorToMicros = (minor: number, currency: string): number => minor * microsPerMinorUnit(currency);

/** `49900000` (USD) → `4990`, rounded where the amount is finer than the currency. */
export const microsToMinor = (micros: number, currency: string | null): number =>
  Math.round(micros / microsPerMinorUnit(currency));
