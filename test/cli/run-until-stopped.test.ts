import { expect, test } from "bun:test";
import { runUntilStopped } from "../../src/cli/run-until-stopped.ts";
import { createLogger } from "../../src/lib/log.ts";

const never = new Promise<never>(() => {});

/** Runs an app that ends in the way that is given; tells the exit code and how often it was stopped. */
async function run(end: { failure?: Promise<unknown>; signal?: string }) {
  let stops = 0;
  const app = {
    failure: end.failure ?? never,
    stop: async () => {
      stops += 1;
    },
  };
  const signals = { first: end.signal === undefined ? never : Promise.resolve(end.signal), [Symbol.dispose]() {} };
  const exitNow = (code: number) => {
    throw new Error(`It did not wait, but ended with ${code}`);
  };
  const exitCode = await runUntilStopped(app, { signals, log: createLogger("silent"), exitNow });
  return { exitCode, stops };
}

test("a signal stops the app and gives 0", async () => {
  expect(await run({ signal: "SIGTERM" })).toEqual({ exitCode: 0, stops: 1 });
});

test("an app that can do its work no more is stopped and gives 1", async () => {
  expect(await run({ failure: Promise.resolve(new Error("The writer's worker has ended")) })).toEqual({
    exitCode: 1,
    stops: 1,
  });
});
