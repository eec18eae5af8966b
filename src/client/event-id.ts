const random = (): string => Math.random().toString(36).slice(2);

/** An id that nobody else makes. `crypto.randomUUID` is missing on pages without TLS, and in Node.js 18. */
export const createId = (): string =>
  globalThis.crypto?.randomUUID?.() ?? `${Date.now().toString(36)}-${random()}${random()}`;
