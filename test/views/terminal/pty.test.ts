import { mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IPty, spawn } from "@lydell/node-pty";
import { build, type Plugin } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createXterm, textOf, writeTo, type Xterm } from "./xterm.ts";

/** Ink's inspector is for its developers. */
const withoutDevtools: Plugin = {
  name: "without-devtools",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: "empty" }));
    onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "export default {};" }));
  },
};
/** Only turns a hang into a failure that shows the screen. */
const SEES_LIMIT_MS = 60_000;

let directory = "";
let program = "";

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "xenha-pty-"));
  program = join(directory, "app.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "pty-app.tsx")],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"', "process.env.DEV": '"false"' },
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins: [withoutDevtools],
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Opened {
  readonly pty: IPty;
  readonly terminal: Xterm;
  readonly raw: () => string;
  /** Waits until what came, or what the screen shows, has it. */
  readonly sees: (what: string | RegExp | (() => boolean)) => Promise<string>;
  readonly pid: () => number;
}

const open_ptys: IPty[] = [];
afterEach(() => {
  for (const pty of open_ptys.splice(0)) {
    try {
      pty.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
});

function open(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Opened {
  const [file = "", ...args] = argv;
  const pty = spawn(file, args, {
    name: "xterm-256color",
    cols: 80,
    rows: 24,
    env: {
      PATH: process.env.PATH ?? "",
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      PS1: "prompt> ",
      NODE: process.execPath,
      APP: program,
      ...env,
    },
  });
  open_ptys.push(pty);
  const terminal = createXterm(80, 24);
  terminal.onData((answer) => pty.write(answer));
  let received = "";
  const watchers = new Set<() => void>();
  pty.onData((data) => {
    received += data;
    void writeTo(terminal, data).then(() => {
      for (const look of watchers) look();
    });
  });
  const shown = (): string => `${received}\n${textOf(terminal).join("\n")}`;
  return {
    pty,
    terminal,
    raw: () => received,
    pid: () => Number(/pid=(\d+)/.exec(received)?.[1]),
    sees: (what) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error(`not seen: ${String(what)}\n${shown()}`)), SEES_LIMIT_MS);
        const look = (): void => {
          const text = shown();
          const seen = typeof what === "function" ? what() : typeof what === "string" ? text.includes(what) : what.test(text);
          if (!seen) return;
          clearTimeout(limit);
          watchers.delete(look);
          resolve(text);
        };
        watchers.add(look);
        look();
      }),
  };
}

/** What the program writes to a file. */
const written = (file: string): Promise<string> =>
  new Promise((resolve) => {
    const look = (): void => {
      try {
        const code = readFileSync(file, "utf8");
        if (code === "") return;
        watcher.close();
        resolve(code);
      } catch {
        // Not yet.
      }
    };
    const watcher = watch(directory, look);
    look();
  });

const around = 'stty -g; "$NODE" "$APP"; echo "code=$?"; stty -g; echo after';

describe("the terminal is as it was", () => {
  it.each([
    ["q", "0", (opened: Opened) => opened.pty.write("q"), {}],
    ["ctrl-c", "0", (opened: Opened) => opened.pty.write("\x03"), {}],
    ["SIGTERM", "143", (opened: Opened) => process.kill(opened.pid(), "SIGTERM"), {}],
    ["SIGHUP", "129", (opened: Opened) => process.kill(opened.pid(), "SIGHUP"), {}],
    ["SIGINT", "130", (opened: Opened) => process.kill(opened.pid(), "SIGINT"), {}],
    ["a crash", "70", (opened: Opened) => process.kill(opened.pid(), "SIGUSR2"), {}],
    ["process.exit from anywhere", "7", (opened: Opened) => process.kill(opened.pid(), "SIGUSR2"), { ON_USR2: "exit" }],
  ])("after %s", async (_, code, end, env) => {
    const opened = open(["sh", "-c", around], env);
    await opened.sees("read-only");
    expect(opened.terminal.buffer.active.type).toBe("alternate");
    expect(opened.terminal.modes.bracketedPasteMode).toBe(true);
    end(opened);
    const text = await opened.sees(/after/);
    expect(text).toContain(`code=${code}`);
    const modes = text.match(/^[0-9a-f]+(:[0-9a-f]+){10,}\r?$/gm) ?? [];
    expect(modes[0]?.trim()).toBe(modes[1]?.trim());
    expect(opened.terminal.buffer.active.type).toBe("normal");
    expect(opened.terminal.modes.bracketedPasteMode).toBe(false);
    expect(opened.terminal.modes.wraparoundMode).toBe(true);
    expect(opened.raw().lastIndexOf("\x1b[?25h")).toBeGreaterThan(opened.raw().lastIndexOf("\x1b[?25l"));
    // What was there before is there again, and a crash says why below it.
    expect(textOf(opened.terminal).some((line) => line.startsWith("pid="))).toBe(true);
    if (code === "70") expect(textOf(opened.terminal).join("\n")).toContain("thrown on purpose");
  });

  it("while it is suspended by ctrl-z, and taken again by fg", async () => {
    const opened = open(["bash", "--norc", "--noprofile", "-i"]);
    await opened.sees("prompt> ");
    opened.pty.write('"$NODE" "$APP"\r');
    await opened.sees("read-only");
    opened.pty.write("2");
    await opened.sees("─ Guests ─");
    opened.pty.write("\x1a");
    await opened.sees(/Stopped/);
    expect(opened.terminal.buffer.active.type).toBe("normal");
    opened.pty.write("echo still $((40 + 2)) here\r");
    await opened.sees("still 42 here");
    const stopped_at = opened.raw().length;
    opened.pty.write("fg\r");
    await opened.sees(() => /─ Guests ─[\s\S]*read-only *$/.test(textOf(opened.terminal).join("\n")));
    expect(opened.terminal.buffer.active.type).toBe("alternate");
    // Drawn once, whole.
    expect(opened.raw().slice(stopped_at).split("UTC")).toHaveLength(2);
    opened.pty.write("q");
    await opened.sees(() => opened.terminal.buffer.active.type === "normal");
    expect(opened.terminal.modes.wraparoundMode).toBe(true);
    opened.pty.write("exit\r");
  });
});

describe("a terminal that is gone", () => {
  it("ends the program when it hangs up", async () => {
    const file = join(directory, "hangup");
    const opened = open([process.execPath, program], { EXIT_FILE: file });
    await opened.sees("read-only");
    const ended = written(file);
    // Closes the master side: what a lost connection does.
    (opened.pty as unknown as { destroy(): void }).destroy();
    expect(await ended).toBe("129");
  });

  it("delays nothing when it takes nothing more: signals end the program", async () => {
    const file = join(directory, "exit-of-stuck");
    const stuck_file = join(directory, "stuck");
    const opened = open([process.execPath, program], { EXIT_FILE: file, STUCK_FILE: stuck_file });
    await opened.sees("read-only");
    opened.pty.pause();
    // Would it write and wait, its event loop would stand still and this never be written.
    expect(await written(stuck_file)).toBe("stuck");
    const ended = written(file);
    process.kill(opened.pid(), "SIGTERM");
    expect(await ended).toBe("143");
  });
});
