import { existsSync } from "node:fs";

/** What a binary can be made for. The C library of the Linux targets is glibc. */
const TARGETS = {
  "linux-x64": { bun: "bun-linux-x64", native: "@libsql/linux-x64-gnu", os: "linux", cpu: "x64" },
  "linux-arm64": { bun: "bun-linux-arm64", native: "@libsql/linux-arm64-gnu", os: "linux", cpu: "arm64" },
  "darwin-arm64": { bun: "bun-darwin-arm64", native: "@libsql/darwin-arm64", os: "darwin", cpu: "arm64" },
} as const satisfies Record<string, { bun: Bun.Build.CompileTarget; native: string; os: string; cpu: string }>;

export type Target = keyof typeof TARGETS;

export const TARGET_NAMES = Object.keys(TARGETS) as readonly Target[];

export function isTarget(name: string): name is Target {
  return Object.hasOwn(TARGETS, name);
}

/** @throws for a name that is no target's. */
export function readTarget(name: string): Target {
  if (!isTarget(name)) throw new Error(`"${name}" is no target (${TARGET_NAMES.join(", ")})`);
  return name;
}

/** @throws on a machine that is no target. */
export function hostTarget(): Target {
  const name = `${process.platform}-${process.arch}`;
  if (!isTarget(name)) throw new Error(`No binary can be made for this machine (${name}); name a target`);
  return name;
}

/** The Bun that the binary begins with; undefined on the target itself, where the running Bun is copied. */
export function bunRuntime(target: Target): Bun.Build.CompileTarget | undefined {
  return target === `${process.platform}-${process.arch}` ? undefined : TARGETS[target].bun;
}

/**
 * The native half of libSQL for a target, as a module name.
 *
 * @param root the folder that holds `node_modules`.
 * @throws when the package is not installed: package managers skip those of other machines.
 */
export function nativeLibsql(target: Target, root: string): string {
  const { native, os, cpu } = TARGETS[target];
  if (!existsSync(`${root}/node_modules/${native}/index.node`)) {
    throw new Error(
      `The package ${native}, which ${target} needs, is not installed. Get it beside the others with:\n` +
        `  bun install --frozen-lockfile --os '*' --cpu '*'\n` +
        `or instead of them, in a checkout of its own, with: bun install --frozen-lockfile --os ${os} --cpu ${cpu}`,
    );
  }
  return `${native}/index.node`;
}
