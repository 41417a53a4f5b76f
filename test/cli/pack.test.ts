/** What users get: the packed tarball, unpacked where there is no node_modules, run as a process of its own. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import * as pty from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { Ajv } from "ajv";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { bundle } from "../../scripts/build.ts";
import { commands } from "../../src/cli/commands.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "xenha-pack-"));
const packed = join(folder, "package");
const home = join(folder, "home");
let metafile: Metafile;

/** What the first picture is read from: each file costs a third of a millisecond, each 100 KB one to two. A package of some size is seen by this. */
const FILES_MAX = 8;
const BYTES_MAX = 2_100_000;

beforeAll(async () => {
  const staging = join(folder, "staging");
  for (const path of ["package.json", "bin", "schema", "share", "docs", "README.md", "CHANGELOG.md", "LICENSE"]) {
    if (existsSync(join(root, path))) cpSync(join(root, path), join(staging, path), { recursive: true });
  }
  metafile = await bundle({ outdir: join(staging, "dist") });
  mkdirSync(home);
  const npm = spawnSync("npm", ["pack", "--ignore-scripts", "--silent", "--offline", "--pack-destination", folder], {
    cwd: staging,
    encoding: "utf8",
  });
  if (npm.status !== 0) throw new Error(npm.stderr);
  const tar = spawnSync("tar", ["-xzf", join(folder, npm.stdout.trim()), "-C", folder], { encoding: "utf8" });
  if (tar.status !== 0) throw new Error(tar.stderr);
  rmSync(staging, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
const env = { PATH: process.env.PATH ?? "", HOME: home, TERM: "xterm-256color" };

/** With no terminal anywhere. */
async function run(args: readonly string[], { node = [] as readonly string[], config = "" } = {}): Promise<Run> {
  const file = join(home, "config.toml");
  writeFileSync(file, config);
  const given = config === "" ? [] : ["--config", file];
  const child = spawn(process.execPath, [...node, join(packed, "bin/xenha-tui.mjs"), ...args, ...given], {
    cwd: home,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { out, err, code };
}

describe("the package", () => {
  it("needs no other package", () => {
    const { dependencies, files } = JSON.parse(readFileSync(join(packed, "package.json"), "utf8"));
    expect(dependencies).toBeUndefined();
    expect(files).toContain("dist");
  });

  it("holds what runs and what documents it, and no source", () => {
    const files = readdirSync(packed, { recursive: true, encoding: "utf8" });
    expect(files).toEqual(
      expect.arrayContaining(["bin/xenha-tui.mjs", "dist/main.js", "dist/THIRD-PARTY-LICENSES.txt", "schema/status.schema.json"]),
    );
    expect(files.filter((path) => /\.tsx?$|node_modules|(^|\/)test\//.test(path))).toEqual([]);
  });

  it("carries the licence of each package that is in the bundle", () => {
    const licences = readFileSync(join(packed, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of ["ink", "react", "ssh2", "smol-toml", "yoga-layout"])
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
  });

  it("bundles React for production, and no inspector", () => {
    const inputs = Object.values(metafile.outputs).flatMap(({ inputs: parts }) =>
      Object.entries(parts).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    );
    expect(inputs.filter((path) => /\.development\.js$|node_modules\/react-devtools-core/.test(path))).toEqual([]);
    expect(inputs.some((path) => /react-reconciler\.production\.js$/.test(path))).toBe(true);
  });

  it("tells its version and helps", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(await run(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
    const help = await run(["--help"]);
    expect(help).toMatchObject({ code: 0, err: "" });
    for (const id of Object.keys(commands).filter((name) => name !== "screen")) expect(help.out).toContain(`xenha-tui ${id}`);
  });

  it("names the scenarios of the demo", async () => {
    const { code, out } = await run(["--demo", "list"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^pair {2,}\S/m);
  });

  it("starts by its name from where npm links it, and keeps malloc small unless somebody has a say in it", () => {
    const installed = join(folder, "installed");
    mkdirSync(installed);
    symlinkSync("../package/bin/xenha-tui", join(installed, "xenha-tui"));
    symlinkSync(process.execPath, join(installed, "node"));
    const tell = join(folder, "tell.cjs");
    writeFileSync(tell, 'console.log(process.env.MALLOC_ARENA_MAX, process.env.MALLOC_MMAP_THRESHOLD_, process.argv.slice(2).join("|"));');
    const started = (own: Readonly<Record<string, string>>) =>
      spawnSync("xenha-tui", ["--version", "two words", "$(x)"], {
        cwd: home,
        env: { ...env, PATH: `${installed}:${env.PATH}`, NODE_OPTIONS: `--require=${tell}`, ...own },
        encoding: "utf8",
      }).stdout.split("\n")[0];
    expect(started({})).toBe("1 65536 --version|two words|$(x)");
    expect(started({ MALLOC_ARENA_MAX: "8" })).toBe("8 65536 --version|two words|$(x)");
  });

  it("says on an old Node what it needs", async () => {
    const pretend = join(folder, "old-node.cjs");
    writeFileSync(pretend, 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.9.0" } });');
    const old = await run(["alpha", "beta"], { node: ["--require", pretend] });
    expect(old).toEqual({ code: 2, out: "", err: expect.stringMatching(/^xenha-tui: needs Node 22 or newer; this is [^\n]+\n$/) });
    expect(await run(["check", "alpha", "beta"], { node: ["--require", pretend] })).toMatchObject({
      code: 3,
      out: expect.stringMatching(/^XENHA UNKNOWN - needs Node 22/),
    });
  });
});

describe("with a terminal", () => {
  /** Runs in a pty of 80x24 until its screen shows `text`, types `key`, and gives the exit code. */
  function screen(args: readonly string[], { until, key }: { until: RegExp; key: string }): Promise<{ code: number; shown: string[] }> {
    const emulator = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
    const lines = () => Array.from({ length: 24 }, (_, row) => emulator.buffer.active.getLine(row)?.translateToString(true) ?? "");
    const child = pty.spawn(process.execPath, [join(packed, "bin/xenha-tui.mjs"), ...args], { cols: 80, rows: 24, cwd: home, env });
    let running = true;
    onTestFinished(() => {
      if (running) child.kill();
    });
    return new Promise((resolve) => {
      let shown: string[] | undefined;
      child.onData((data) =>
        emulator.write(data, () => {
          if (shown !== undefined || !until.test(lines().join("\n"))) return;
          shown = lines();
          child.write(key);
        }),
      );
      child.onExit(({ exitCode }) => {
        running = false;
        resolve({ code: exitCode, shown: shown ?? lines() });
      });
    });
  }

  it("opens on the simulated pair and gives the terminal back", async () => {
    const { code, shown } = await screen(["--demo", "--seed", "7", "--ascii"], {
      until: /alpha\W+live.*beta\W+live[\s\S]*Lose alpha/,
      key: "q",
    });
    expect({ code, shown }).toMatchObject({ code: 0, shown: expect.arrayContaining([expect.stringContaining("Lose alpha")]) });
    expect(shown.join("")).toMatch(/^[\u0020-\u007e]*$/);
  });

  it("is there before any host answers, and says why one doesn't", async () => {
    const ssh = join(home, "ssh_config");
    writeFileSync(ssh, "Host *\n  ProxyCommand exit 1\n");
    const { code, shown } = await screen(["first", "second", "-F", ssh], { until: /first.*unreachable/, key: "q" });
    expect({ code, shown }).toMatchObject({ code: 0 });
    expect(shown.join("\n")).toContain("second");
  });
});

/** Files of the bundle that are loaded before these have run: they, and what they import while they load. */
function loaded(...entries: readonly RegExp[]): readonly string[] {
  const found = new Set<string>();
  const queue = Object.keys(metafile.outputs).filter((path) => entries.some((entry) => entry.test(path)));
  expect(queue).toHaveLength(entries.length);
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    for (const { kind, path: next, external } of metafile.outputs[path]?.imports ?? [])
      if (kind === "import-statement" && external !== true) queue.push(next);
  }
  return [...found];
}
const modulesIn = (files: readonly string[]): readonly string[] =>
  files.flatMap((file) =>
    Object.entries(metafile.outputs[file]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
const mainFile = /\/main\.js$/;

/** What is read before it: main.js, and then the screen. */
describe("the first picture", () => {
  const early = () => loaded(mainFile, /\/main-screen-\w+\.js$/);

  it("waits for no package that it has no use for", () => {
    const inputs = modulesIn(early());
    expect(inputs.filter((path) => /node_modules\/(?:ssh2|asn1|@xterm)\/|^src\/sim\/|^src\/xen\/host\/ssh/.test(path))).toEqual([]);
    expect(inputs.some((path) => /node_modules\/react-reconciler\//.test(path))).toBe(true);
  });

  it("waits for no module of Node's that takes milliseconds to load", () => {
    const imported = early().flatMap((path) =>
      (metafile.outputs[path]?.imports ?? []).flatMap((each) =>
        each.kind === "import-statement" && each.external === true ? [each.path] : [],
      ),
    );
    const cheap = ["events", "fs", "fs/promises", "module", "os", "path", "stream", "tty", "url"].map((name) => `node:${name}`);
    expect([...new Set(imported)].filter((path) => !cheap.includes(path))).toEqual([]);
  });

  it("is read in few files, and not many bytes", () => {
    expect(early().length).toBeLessThanOrEqual(FILES_MAX);
    const bytes = early().reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0);
    expect(bytes).toBeLessThanOrEqual(BYTES_MAX);
  });
});

describe("without a screen", () => {
  it("tells the simulated pair's state as JSON that keeps to the published schema", async () => {
    const { code, out, err } = await run(["status", "--demo", "--json", "--seed", "7"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const status = JSON.parse(out);
    const ajv = new Ajv({ strict: true, strictTypes: false, formats: { "date-time": true } });
    const validate = ajv.compile(JSON.parse(readFileSync(join(packed, "schema/status.schema.json"), "utf8")));
    validate(status);
    expect(validate.errors).toBeNull();
    expect(status).toMatchObject({
      schema: "xenha-tui.status/1",
      simulated: true,
      complete: true,
      hosts: [{ reach: "live" }, { reach: "live" }],
    });
    expect(status.guests.length).toBeGreaterThan(3);
    expect((await run(["status", "--demo", "--json", "--seed", "7"])).out).toBe(out);
  });

  it("tells it as text, uncoloured where nobody looks", async () => {
    const { code, out } = await run(["status", "--demo"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^If a host is lost$/m);
    expect(out).not.toContain("\u001b");
    expect((await run(["status", "--demo", "--color", "16"])).out).toContain("\u001b[");
  });

  it("is a monitoring plugin", async () => {
    const { code, out, err } = await run(["check", "--demo"]);
    expect(err).toBe("");
    expect(out).toMatch(/^XENHA (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ \| [^|\n]+\n$/);
    expect(code).toBe(["OK", "WARNING", "CRITICAL", "UNKNOWN"].indexOf(out.split(" ")[1] ?? ""));
  });

  it("ends within its time when nothing answers, and says what is missing", async () => {
    // 192.0.2.0/24 is never anybody's (RFC 5737); a name without an address fails at once. Neither is sent a packet: ProxyCommand stands in.
    const ssh = join(home, "ssh_config");
    writeFileSync(ssh, "Host *\n  ProxyCommand sleep 60\n  HostName 192.0.2.1\n");
    const started_ms = performance.now();
    const status = await run(["status", "a", "b", "-F", ssh, "--json", "--timeout", "1.5"]);
    expect(performance.now() - started_ms).toBeLessThan(30_000);
    expect(status.code).toBe(3);
    expect(JSON.parse(status.out)).toMatchObject({ complete: false, hosts: [{ freshness: "never" }, { freshness: "never" }] });
    const check = await run(["check", "a", "b", "-F", ssh, "--timeout", "1.5"]);
    expect(check).toMatchObject({ code: 3, out: expect.stringMatching(/^XENHA UNKNOWN - neither host answers/) });
  });

  it("ends quietly when its reader goes away", async () => {
    const script = `"$0" "$1" status --demo --json | head -c 1; exit "\${PIPESTATUS[0]}"`;
    const child = spawn("bash", ["-c", script, process.execPath, join(packed, "bin/xenha-tui.mjs")], {
      cwd: home,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    expect({ out, err, code }).toEqual({ out: "{", err: "", code: 0 });
  });

  it("refuses what it doesn't understand with one sentence", async () => {
    expect(await run(["--zzz"])).toEqual({ code: 2, out: "", err: 'xenha-tui: unknown option "--zzz"; see --help\n' });
    expect(await run(["check", "--zzz"])).toEqual({ code: 3, out: 'XENHA UNKNOWN - unknown option "--zzz"; see --help\n', err: "" });
    expect(await run(["status"])).toMatchObject({ code: 2, out: "", err: expect.stringContaining("xenha-tui HOST_A HOST_B") });
    expect(await run(["status", "--demo", "no-such"])).toMatchObject({ code: 2, out: "", err: expect.stringContaining("--demo list") });
  });

  it("refuses a wrong config with file and line", async () => {
    const wrong = '[pairs.a]\nhosts = ["x", "y"]\n[pairs.b]\nhosts = ["z"]\n';
    expect(await run(["status"], { config: wrong })).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringMatching(/^xenha-tui: \S+config\.toml:4: pairs\.b\.hosts: /),
    });
    expect(await run(["check"], { config: wrong })).toMatchObject({
      code: 3,
      err: "",
      out: expect.stringMatching(/^XENHA UNKNOWN - \S+config\.toml:4: /),
    });
    const two = '[pairs.a]\nhosts = ["x", "y"]\n[pairs.b]\nhosts = ["z", "w"]\n';
    expect(await run(["status"], { config: two })).toMatchObject({
      code: 2,
      err: "xenha-tui: several pairs are configured, name one: a, b\n",
    });
  });

  it("says that the screen needs a terminal", async () => {
    expect(await run(["--demo"])).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/^xenha-tui: [^\n]*terminal[^\n]*\n$/) });
  });

  it("loads the planners to act, and not to check", () => {
    const planner = /^src\/state\/plan\/actions\//;
    expect(modulesIn(loaded(mainFile, /\/headless-\w+\.js$/)).filter((path) => planner.test(path))).toEqual([]);
    expect(modulesIn(loaded(mainFile, /\/act-\w+\.js$/)).some((path) => planner.test(path))).toBe(true);
  });

  it("never loads what draws", () => {
    const drawing = /node_modules\/(?:react|react-reconciler|ink|yoga-layout)\/|^src\/views\//;
    const reached = new Set<string>();
    const queue = [
      "src/cli/headless.ts",
      "src/state/select/pair.ts",
      "src/sim/index.ts",
      "src/xen/host/ssh-link.ts",
      "src/cli/doctor.ts",
      "src/cli/debug-parse.ts",
    ];
    const first = metafile.inputs["src/main.ts"]?.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path) ?? [];
    expect(first.length).toBeGreaterThan(5);
    queue.push(...first);
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      for (const next of metafile.inputs[path]?.imports ?? []) if (next.external !== true) queue.push(next.path);
    }
    expect([...reached].filter((path) => drawing.test(path))).toEqual([]);
    expect(reached.size).toBeGreaterThan(100);
    expect(Object.keys(metafile.inputs).some((path) => drawing.test(path))).toBe(true);
  });
});
