/** Resolves when all that waits at this moment has had its turn: keeps long work from starving the rest. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
