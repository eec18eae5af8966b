import { waitUntil } from "./server.ts";

/** A system call of a traced process. Lines of the trace tell the order: strace stops one thread at a time. */
export interface SystemCall {
  readonly thread: string;
  readonly name: string;
  /** As strace writes them; descriptors with their paths, texts cut off. */
  readonly args: string;
  /** Null for a call that never returned. */
  readonly result: number | null;
  /** Lines at which it began and ended; the same for one that nothing interrupted. */
  readonly beganAt: number;
  readonly endedAt: number;
}

/** How much of a text argument is kept: a request's first line. */
const TEXT_BYTES = 64;

/**
 * The words before a command that write its system calls to a file. The command keeps its process
 * id, so that signals reach it (`-D`).
 *
 * @param calls names, or fault injections as strace has them.
 */
export function straceCommand(output: string, calls: readonly string[], rest: readonly string[] = []): string[] {
  const strace = Bun.which("strace");
  if (!strace) throw new Error("strace is missing; install it: apt-get install strace");
  const selection = ["-e", `trace=${calls.join(",")}`];
  return [strace, "-D", "-f", "--seccomp-bpf", "-y", "-s", String(TEXT_BYTES), ...selection, ...rest, "-o", output];
}

/** Where the end of a trace is looked for; the last lines of all threads fit in. */
const TAIL_BYTES = 256 * 1024;

/** The trace of a process that has ended, as soon as strace has written all of it. */
export async function readTrace(output: string, pid: number): Promise<readonly SystemCall[]> {
  const end = new RegExp(`^${pid} +\\+\\+\\+ (?:exited|killed) `, "m");
  await waitUntil("strace has written its trace", 10_000, async () => {
    const file = Bun.file(output);
    return end.test(await file.slice(Math.max(0, file.size - TAIL_BYTES)).text());
  });
  return parseTrace(await Bun.file(output).text());
}

const LINE = /^(?<thread>\d+) +(?:<\.\.\. (?<resumed>\w+) resumed>|(?<name>\w+)\()(?<rest>.*)$/;
const RESULT = /\) += (-?\d+|\?)[^=]*$/;
const UNFINISHED = / <unfinished \.\.\.>$/;

/** `pid name(args) = result`, in one line or begun in one and resumed in another. */
export function parseTrace(text: string): readonly SystemCall[] {
  const calls: SystemCall[] = [];
  const begun = new Map<string, { name: string; args: string; beganAt: number }>();
  for (const [line, content] of text.split("\n").entries()) {
    const { thread = "", resumed, name, rest = "" } = LINE.exec(content)?.groups ?? {};
    const before = begun.get(thread);
    if (name !== undefined && UNFINISHED.test(rest)) {
      begun.set(thread, { name, args: rest.replace(UNFINISHED, ""), beganAt: line });
    } else if (name !== undefined) {
      calls.push({ thread, name, ...splitResult(rest), beganAt: line, endedAt: line });
    } else if (resumed !== undefined && before?.name === resumed) {
      begun.delete(thread);
      const { args, result } = splitResult(rest);
      calls.push({ thread, ...before, args: before.args + args, result, endedAt: line });
    }
  }
  return calls;
}

function splitResult(rest: string): { args: string; result: number | null } {
  const found = RESULT.exec(rest);
  const result = found?.[1] === undefined || found[1] === "?" ? null : Number(found[1]);
  return { args: found ? rest.slice(0, found.index) : rest, result };
}

/** One request as the trace shows it. */
export interface TracedAnswer {
  /** Writes of the log between the request's arrival and its answer. */
  readonly writes: number;
  /** Whether the thread that wrote the log had synced it, after its last write and before the answer began to go out. */
  readonly isSynced: boolean;
}

const RECEIVES = ["recvfrom", "recvmsg"];
const SENDS = ["sendto", "sendmsg", "writev"];
const WRITES = ["pwrite64", "pwritev", "pwritev2"];
const SYNCS = ["fsync", "fdatasync"];

/** Calls that {@link findAnswers} needs. */
export const ANSWER_CALLS = [...RECEIVES, ...SENDS, ...WRITES, ...SYNCS];

/** Requests that were sent one after the other, each with what happened until its answer. */
export function findAnswers(
  calls: readonly SystemCall[],
  request: { startsWith: string; answerStartsWith: string },
): readonly TracedAnswer[] {
  const arrivals = calls.filter(({ name, args }) => RECEIVES.includes(name) && args.includes(`"${request.startsWith}`));
  const answers = calls.filter(
    ({ name, args }) => SENDS.includes(name) && args.includes(`"${request.answerStartsWith}`),
  );
  const onLog = calls.filter(({ args }) => /^\d+<[^>]*-wal>/.test(args));
  return arrivals.flatMap(({ endedAt: arrivedAt }) => {
    const answer = answers.find(({ beganAt }) => beganAt > arrivedAt);
    if (!answer) return [];
    const meanwhile = onLog.filter(({ beganAt, endedAt }) => beganAt > arrivedAt && endedAt < answer.beganAt);
    const writes = meanwhile.filter(({ name }) => WRITES.includes(name));
    const last = writes.at(-1);
    const isSynced = meanwhile.some(
      ({ name, thread, beganAt, result }) =>
        last !== undefined && SYNCS.includes(name) && thread === last.thread && beganAt > last.endedAt && result === 0,
    );
    return [{ writes: writes.length, isSynced }];
  });
}
