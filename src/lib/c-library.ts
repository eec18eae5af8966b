import { dlopen, type FFIFunction, type Library } from "bun:ffi";

const NAMES = process.platform === "darwin" ? ["libSystem.B.dylib"] : ["libc.so.6", "libc.so"];

/**
 * Functions of the operating system that Bun has no words for.
 *
 * @param purpose what cannot be done without them, for the error.
 */
export function loadFromC<Symbols extends Record<string, FFIFunction>>(
  symbols: Symbols,
  purpose: string,
): Library<Symbols>["symbols"] {
  for (const name of NAMES) {
    try {
      return dlopen(name, symbols).symbols;
    } catch {
      // The next name: glibc and musl call it differently.
    }
  }
  throw new Error(`No C library found (tried ${NAMES.join(", ")}): ${purpose}`);
}
