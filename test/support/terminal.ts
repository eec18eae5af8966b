import type { Place } from "../cli/footfall.ts";
import { eventually } from "./clock.ts";

/** The last that is shown comes a little after the process has ended. */
const SHOWN_WITHIN_MS = 10_000;

const END = /ended with (\d+)\r\n$/;

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Goes to the shell as it is, after the command. */
  readonly rest?: string;
}

/** Runs a command whose three streams are a terminal, and tells everything that it shows. */
export async function runOnTerminal(
  place: Place,
  args: readonly string[],
  options: TerminalOptions = {},
): Promise<{ readonly exitCode: number; readonly shown: string }> {
  const { env = {}, rest = "" } = options;
  let shown = "";
  const decoder = new TextDecoder();
  const words = place.command(args).map((word) => `'${word}'`);
  await using child = Bun.spawn(["sh", "-c", `${words.join(" ")} ${rest}; echo "ended with $?" >/dev/tty`], {
    cwd: place.path,
    env: place.environment(env),
    terminal: {
      cols: 200,
      rows: 40,
      data(_terminal, bytes) {
        shown += decoder.decode(bytes, { stream: true });
      },
    },
  });
  await child.exited;
  await eventually("its end is shown", SHOWN_WITHIN_MS, () => END.test(shown));
  return { exitCode: Number(END.exec(shown)?.[1]), shown: shown.replace(END, "") };
}
