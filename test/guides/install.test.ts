import { describe, expect, test } from "bun:test";
import { chmod, cp, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConfig } from "../../src/config/config.ts";
import { SETTING_NAMES, variableOf } from "../../src/config/settings.ts";
import { parseDockerfile } from "../build/dockerfile.ts";
import { SLOW_MS } from "../cli/footfall.ts";
import { readTrace, straceCommand } from "../crash/support/trace.ts";
import { ROOT, run } from "../house/repository.ts";
import { fileIn, readBlocks } from "../support/guide-blocks.ts";
import { followGuide, type GuideSession, startGuideSession } from "../support/guide-session.ts";
import { BINARY, spawnServer } from "../support/server.ts";
import { createFolder } from "../support/store.ts";

const BLOCKS = await readBlocks("install.md");
const UNIT = fileIn(BLOCKS, "footfall.service");

/** Folders of the machine, and where a session has them instead. */
const relocate = (text: string, folder: string): string =>
  text.replaceAll(/\/(?:usr\/local\/bin|etc|var\/lib)\//g, `${folder}$&`);

/** A release in the session's folder, the machine's folders below it, and a `sudo` that asks nobody. */
async function prepareMachine({ place }: GuideSession): Promise<void> {
  for (const name of ["usr/local/bin", "etc", "var/lib/footfall"])
    await mkdir(join(place.path, name), { recursive: true });
  await cp(BINARY, join(place.path, "footfall-linux-x64"));
  const { stdout } = await run(["sha256sum", "footfall-linux-x64"], { cwd: place.path });
  await writeFile(join(place.path, "SHA256SUMS"), `${stdout}${"0".repeat(64)}  footfall-linux-arm64\n`);
  await writeFile(join(place.path, "bin/sudo"), '#!/bin/sh\nexec "$@"\n');
  await chmod(join(place.path, "bin/sudo"), 0o755);
}

describe("docs/install.md", () => {
  test(
    "its commands install the binary, with settings that it starts with and nobody else can read",
    async () => {
      await using session = await startGuideSession();
      const folder = session.place.path;
      await prepareMachine(session);
      /** Of the other files, a test each is below, or in `behind-proxy.test.ts`. */
      const elsewhere = { ini: ignore, caddyfile: ignore, nginx: ignore, yaml: ignore };
      const sh = ({ code }: { code: string }) => session.paste(relocate(code, folder));
      const followed = await followGuide("install.md", session, { more: { ...elsewhere, sh } });
      expect(followed.find(({ block }) => block.code.includes("footfall version"))?.output).toStartWith(
        "footfall-linux-x64: OK\n",
      );
      expect(followed.at(-1)?.output).toMatch(/^tracking code +pm-/m);

      const settings = join(folder, "etc/footfall.env");
      expect((await stat(settings)).mode & 0o777).toBe(0o600);
      const env = await Bun.file(settings).text();
      const installed = join(folder, "usr/local/bin/footfall");
      const variables = Object.fromEntries(
        env
          .trim()
          .split("\n")
          .map((line) => line.split(/=(.*)/s).slice(0, 2)),
      );
      expect(parseConfig(variables).adminKey).toMatch(/^[\w+/=]{44}$/);
      const listed = await run([installed, "site", "list"], { cwd: folder, env: variables });
      expect(listed).toMatchObject({ exitCode: 0, stdout: "[]\n" });
      expect(await Bun.file(join(folder, "var/lib/footfall/footfall.db")).exists()).toBeTrue();
    },
    SLOW_MS,
  );

  test("the unit is one that systemd takes, and closes what can be closed", async () => {
    await using folder = await createFolder();
    await writeFile(join(folder.path, "footfall.service"), UNIT.replace("/usr/local/bin/footfall", BINARY));
    const verified = await run(["systemd-analyze", "verify", "--man=no", "./footfall.service"], { cwd: folder.path });
    expect(verified).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    // Of 10.0 for a service that may do everything; it fails above the threshold, given in tenths.
    const command = ["systemd-analyze", "security", "--offline=true", "--threshold=15", "./footfall.service"];
    expect((await run(command, { cwd: folder.path })).exitCode).toBe(0);
  });

  test(
    "the unit allows every system call that the binary makes while it serves",
    async () => {
      const allowed = await callsOf(UNIT);
      expect(allowed.size).toBeGreaterThan(200);
      const made = await traceServing();
      expect(made).toContain("fsync");
      expect(made.filter((call) => !allowed.has(call))).toEqual([]);
    },
    SLOW_MS,
  );

  test("the Compose file fits the image, and names settings that there are", async () => {
    const { services } = Bun.YAML.parse(fileIn(BLOCKS, "compose.yaml")) as { services: Record<string, Service> };
    const { footfall } = services;
    const last = parseDockerfile(await Bun.file(join(ROOT, "Dockerfile")).text()).at(-1);
    const textOf = (name: string) => last?.instructions.find((instruction) => instruction.name === name)?.text;
    expect(footfall?.ports).toEqual([`127.0.0.1:3000:${textOf("EXPOSE")}`]);
    expect(footfall?.volumes).toEqual([`footfall:${textOf("VOLUME")}`]);
    const known = new Set<string>([...SETTING_NAMES.map(variableOf), "TMPDIR"]);
    expect(Object.keys(footfall?.environment ?? {}).filter((name) => !known.has(name))).toEqual([]);
    const { FOOTFALL_TRUSTED_PROXIES } = footfall?.environment ?? {};
    expect(parseConfig({ FOOTFALL_TRUSTED_PROXIES }).trustedProxies).toHaveLength(2);
  });
});

interface Service {
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const ignore = async () => "";

/** The system calls that a unit's filters let through: groups with what is taken away from them. */
async function callsOf(unit: string): Promise<ReadonlySet<string>> {
  const allowed = new Set<string>();
  for (const [, minus = "", group = ""] of unit.matchAll(/^SystemCallFilter=(~?)(@\S+)$/gm)) {
    for (const call of await callsIn(group)) {
      if (minus === "") allowed.add(call);
      else allowed.delete(call);
    }
  }
  return allowed;
}

async function callsIn(group: string): Promise<readonly string[]> {
  const { stdout } = await run(["systemd-analyze", "syscall-filter", "--no-pager", group], { cwd: ROOT });
  const names = stdout
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^@?[a-z]\w*/.test(line));
  const nested = names.filter((name) => name.startsWith("@") && name !== group && !name.startsWith(`${group} `));
  const below = await Promise.all(nested.map((name) => callsIn(name)));
  return [...names.filter((name) => !name.startsWith("@")), ...below.flat()];
}

/** Names of the system calls from the start to the end of a server that stores an event, as a user without rights. */
async function traceServing(): Promise<readonly string[]> {
  await using folder = await createFolder();
  const output = join(folder.path, "trace");
  const nobody = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  await chmod(folder.path, 0o777);
  await cp(BINARY, join(folder.path, "footfall"));
  await chmod(join(folder.path, "footfall"), 0o755);
  const server = await spawnServer({
    command: [...straceCommand(output, ["all"]), ...nobody, "./footfall", "serve"],
    database: join(folder.path, "data", "footfall.db"),
    cwd: folder.path,
  });
  const site = await server.request("/api/v1/websites", { json: { name: "A", domain: "a.example" } });
  const { trackingCode } = (await site.json()) as { trackingCode: string };
  const event = { trackingCode, eventType: "click", url: "https://a.example/", sessionId: "s", visitorId: "v" };
  expect((await server.request("/api/v1/events", { json: event })).status).toBe(201);
  expect((await server.request(`/api/v1/events?trackingCode=${trackingCode}&visitorId=v`)).status).toBe(200);
  await server.stop();
  const names = (await readTrace(output, server.process.pid)).map(({ name }) => name);
  // What comes before the server's own start is done by the program that gives the rights up.
  return [...new Set(names.slice(names.lastIndexOf("execve")))].toSorted();
}
