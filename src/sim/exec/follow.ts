/** What is followed on a simulated host: xl dmesg as whole answers, the kernel's journal, the files below /var/log/xen. */
import { isAlive, type SimHost } from "../model/host.ts";
import type { SimEvent } from "../model/world.ts";
import { ended, type SimCommand, type SimProgram, type SimStart } from "./program.ts";

const LINES_FIRST = 500;
const LOOK_MS = 1_000;

const frame = (nonce: string, words: string): string => `\x1b_XHC1 ${nonce} ${words}\x1b\\`;

/** The hypervisor's messages: its boot, and a line for each domain. */
function xenMessages(host: SimHost): readonly string[] {
  const { major, minor, extra, commandline, scheduler } = host.xen;
  return [
    `(XEN) Xen version ${major}.${minor}${extra} (Debian ${major}.${minor}${extra}) debug=n`,
    `(XEN) Command line: ${commandline}`,
    `(XEN) Using scheduler: ${scheduler}`,
    "(XEN) HVM: Hardware Assisted Paging (HAP) detected",
    ...host.domains.filter(({ domid }) => domid !== 0).map(({ domid }) => `(XEN) HVM d${domid}v0 save: CPU`),
  ];
}

/** As `journalctl -o short-iso` prints it. */
const journalLine = (host: SimHost, wall_ms: number, text: string): string =>
  `${new Date(wall_ms).toISOString().slice(0, 19)}+0000 ${host.name} kernel: ${text}`;

function followXen({ world, host, output }: SimStart): SimProgram {
  let over = false;
  let before = "";
  const look = (): void => {
    if (over) return;
    const now = xenMessages(host).join("\n");
    if (now !== before && isAlive(host)) output.out(`${now}\n\x1e\n`);
    before = now;
    world.scheduler.after(LOOK_MS, look);
  };
  look();
  return {
    ...ended,
    hangUp: () => {
      over = true;
    },
  };
}

function followKernel({ world, host, output }: SimStart): SimProgram {
  output.out(
    host.kernel_log
      .slice(-LINES_FIRST)
      .map(({ wall_ms, text }) => `${journalLine(host, wall_ms, text)}\n`)
      .join(""),
  );
  const hear = (event: SimEvent): void => {
    if (event.kind === "kernel" && event.host === host.ix) output.out(`${journalLine(host, event.wall_ms, event.text)}\n`);
  };
  world.listeners.add(hear);
  return { ...ended, hangUp: () => void world.listeners.delete(hear) };
}

function followFile({ world, host, output }: SimStart, path: string): SimProgram {
  let over = false;
  let told: readonly string[] = [];
  const look = (): void => {
    if (over) return;
    const lines = host.xl_logs.get(path)?.lines ?? [];
    // What is written is added at the end; the model keeps the last of it.
    const known = told.length === 0 ? -1 : lines.lastIndexOf(told.at(-1) ?? "");
    output.out(
      lines
        .slice(known + 1)
        .map((line) => `${line}\n`)
        .join(""),
    );
    told = lines;
    world.scheduler.after(LOOK_MS, look);
  };
  look();
  return {
    ...ended,
    hangUp: () => {
      over = true;
    },
  };
}

function filesText(host: SimHost): string {
  const files = [...host.xl_logs].sort(([, a], [, b]) => b.written_ms - a.written_ms);
  const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);
  return files
    .map(([path, { lines, written_ms }]) => `${sizeOf(lines)} ${Math.floor((written_ms + host.skew_ms) / 1000)} ${path}\n`)
    .join("");
}

export const followProgram: SimCommand = (start) => {
  const { argv, host, output } = start;
  const [shell, option, , name, nonce = "", source = "", path = ""] = argv;
  if (shell !== "/bin/sh" || option !== "-c" || (name !== "xenha-follow" && name !== "xenha-logs")) return undefined;
  output.out(frame(nonce, "begin"));
  if (name === "xenha-logs") {
    output.out(filesText(host) + frame(nonce, "end 0"));
    output.end(0);
    return ended;
  }
  if (source === "xen") return followXen(start);
  if (source === "kernel") return followKernel(start);
  if (host.xl_logs.has(path)) return followFile(start, path);
  output.out(`tail: cannot open '${path}' for reading: No such file or directory\n`);
  output.end(1);
  return ended;
};
