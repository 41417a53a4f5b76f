// biome-ignore-all lint/suspicious/noControlCharactersInRegex: the separator is one
/** The programs behind consoles, shells and logs, under every shell that a dom0 may have, with real processes on a real pty. xl and xenconsole are stand-ins. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Framed,
  type FramedEvent,
  type GuestConsole,
  guestConsole,
  hostFeed,
  hostShell,
  isTaken,
  openFramed,
  parseRivals,
  typeEscape,
} from "../../../src/xen/host/console.ts";
import type { ChannelEvent, ChannelRequest, HostChannel, HostLink } from "../../../src/xen/host/link.ts";

const shells = { dash: ["dash"], bash: ["bash", "--posix"], busybox: ["busybox", "ash"] } as const;
const there = Object.entries(shells).filter(([, [file]]) => {
  try {
    execFileSync("sh", ["-c", `command -v ${file}`]);
    return true;
  } catch {
    return false;
  }
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

/** xenconsole's lock is flock(2) on a file of its own; it prints what it is, and says what it was told. */
const XENCONSOLE = `#!/bin/sh
exec 9>"$XENHA_TEST_ROOM/xenconsole.$1"
flock -n 9 || { echo "xenconsole: Could not lock /var/lock/xenconsole.$1: Resource temporarily unavailable" >&2; exit 0; }
printf 'console %s of %s\\r\\n' "$*" "$1"
while IFS= read -r line; do
  [ "$line" = end ] && { echo "something went wrong" >&2; exit 3; }
  printf 'got %s\\r\\n' "$line"
done
`;
const XL = `#!/bin/sh
[ "$1 $2" = "console -t" ] || exit 9
[ "$4" = 666 ] && { echo "666 is an invalid domain identifier (rc=-6)" >&2; exit 1; }
exec xenconsole "$4" --num 0 --type "$3"
`;

/** A host whose channels run here: with a terminal where one is asked for. */
function host(shell: readonly string[]) {
  const room = mkdtempSync(join(tmpdir(), "xenha-con-"));
  const bin = join(room, "bin");
  mkdirSync(bin);
  for (const [name, text] of Object.entries({ xl: XL, xenconsole: XENCONSOLE })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  closing.push(() => rmSync(room, { recursive: true, force: true }));
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}`, XENHA_TEST_ROOM: room, SSH_CONNECTION: "10.0.0.7 1 10.0.0.1 22" };
  const [file = "", ...more] = shell;
  const open = ({ argv, pty }: ChannelRequest, hear: (event: ChannelEvent) => void): HostChannel => {
    expect(argv[0]).toBe("/bin/sh");
    const child = spawn(file, [...more, ...argv.slice(1)], { cols: pty?.columns ?? 80, rows: pty?.rows ?? 24, encoding: null, env });
    child.onData((chunk) => hear({ kind: "data", chunk: Buffer.from(chunk) }));
    child.onExit(({ exitCode }) => hear({ kind: "end", code: exitCode, signal: undefined, reason: undefined }));
    const close = (): void => (child as unknown as { destroy(): void }).destroy();
    closing.push(close);
    return {
      write: (data) => child.write(Buffer.from(data) as unknown as string),
      end: () => undefined,
      resize: (columns, rows) => child.resize(columns, rows),
      pause: () => child.pause(),
      resume: () => child.resume(),
      close,
    };
  };
  const link = { open } as Pick<HostLink, "open"> as HostLink;
  return { link, room, bin };
}

/** What a channel told, to be waited for. */
function watch(link: HostLink, framed: Framed) {
  const events: FramedEvent[] = [];
  let text = "";
  let wake = (): void => undefined;
  const channel = openFramed(link, framed, (event) => {
    events.push(event);
    if (event.kind === "data") text += Buffer.from(event.chunk).toString("latin1");
    wake();
  });
  const until = async <T>(find: () => T | undefined | false): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    channel,
    text: () => text,
    begun: () => until(() => events.find((event) => event.kind === "begun")),
    says: (what: RegExp) => until(() => what.exec(text) ?? undefined),
    ended: () => until(() => events.find((event) => event.kind === "end")),
  };
}

const size = { columns: 80, rows: 24 };
const console_of = (domid: number, nonce: string, more: Partial<GuestConsole> = {}): Framed =>
  guestConsole({ domid, line: "pv", nonce, size, rival: undefined, earlier: [], ...more });

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);
async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 10));
}
const pidsOf = (domid: number): readonly number[] =>
  readdirSync("/proc").flatMap((name) => {
    try {
      return /xenconsole\0/.test(`${readFileSync(`/proc/${name}/cmdline`, "utf8")}\0`) &&
        readFileSync(`/proc/${name}/cmdline`, "utf8").includes(`\0${domid}\0`)
        ? [Number(name)]
        : [];
    } catch {
      return [];
    }
  });

describe.each(there)("a guest's console under %s", (_name, shell) => {
  const domid = 910_000 + _name.length * 1_000;

  it("says that it begins, passes everything through, and says how it ended", async () => {
    const { link } = host(shell);
    const seen = watch(link, console_of(domid + 1, "aaaa"));
    expect(await seen.begun()).toEqual({ kind: "begun", rest: "" });
    await seen.says(new RegExp(`console ${domid + 1} --num 0 --type pv of ${domid + 1}\r\n`));
    seen.channel.write("hello there\n");
    await seen.says(/got hello there\r\n/);
    // The terminal echoes nothing: what was typed comes back from the guest alone.
    expect(seen.text()).not.toMatch(/hello there[\s\S]*hello there/);
    seen.channel.write("end\n");
    expect(await seen.ended()).toEqual({ kind: "end", status: 3, words: "something went wrong" });
  });

  it("says why there is none", async () => {
    const { link, bin } = host(shell);
    expect(await watch(link, console_of(666, "aaaa")).ended()).toEqual({
      kind: "end",
      status: 1,
      words: "666 is an invalid domain identifier (rc=-6)",
    });
    rmSync(join(bin, "xl"));
    const missing = await watch(link, console_of(domid, "bbbb")).ended();
    expect(missing).toMatchObject({ kind: "end", status: 127, words: expect.stringMatching(/xl.*not found/) });
  });

  it("names who has it, waits for nobody, and ends the one that it is told to end", async () => {
    const { link } = host(shell);
    const first = watch(link, console_of(domid + 2, "aaaa"));
    await first.says(/console/);
    const second = watch(link, console_of(domid + 2, "bbbb"));
    const [rival] = parseRivals((await second.begun()).rest);
    expect(rival).toMatchObject({ from: "10.0.0.7", is_xenha: true });
    expect(pidsOf(domid + 2)).toContain(rival?.pid);
    const refused = await second.ended();
    expect(isTaken(refused.words)).toBe(true);
    const third = watch(link, console_of(domid + 2, "cccc", { rival: rival?.pid ?? 0 }));
    expect(await third.begun()).toEqual({ kind: "begun", rest: "" });
    await third.says(/console/);
    await first.ended();
  });

  it("ends an earlier one of its own that a lost connection left there, and no other", async () => {
    const { link } = host(shell);
    const [lost, other] = [watch(link, console_of(domid + 3, "lost")), watch(link, console_of(domid + 4, "other"))];
    await lost.says(/console/);
    await other.says(/console/);
    const again = watch(link, console_of(domid + 3, "again", { earlier: ["older", "lost"] }));
    expect(await again.begun()).toEqual({ kind: "begun", rest: "" });
    await again.says(/console/);
    await lost.ended();
    other.channel.write("still here\n");
    await other.says(/got still here/);
  });

  it("leaves nothing behind when its channel is closed", async () => {
    const { link } = host(shell);
    const seen = watch(link, console_of(domid + 5, "aaaa"));
    await seen.says(/console/);
    const [pid = 0] = pidsOf(domid + 5);
    expect(alive(pid)).toBe(true);
    seen.channel.close();
    await until(() => pidsOf(domid + 5).length === 0);
  });
});

describe.each(there)("a shell under %s", (_name, shell) => {
  it("is a login shell on a terminal of the size that was asked for", async () => {
    const { link } = host(shell);
    const seen = watch(link, hostShell("aaaa", { columns: 97, rows: 31 }));
    await seen.begun();
    seen.channel.write("stty size; exit 7\r");
    await seen.says(/31 97/);
    expect(await seen.ended()).toMatchObject({ status: 7 });
  });
});

describe("what isn't said by the program", () => {
  const replay = (chunks: readonly string[], end: Partial<Extract<ChannelEvent, { kind: "end" }>> = {}) => {
    const told: FramedEvent[] = [];
    let hear: (event: ChannelEvent) => void = () => undefined;
    const channel = {
      write: () => undefined,
      end: () => undefined,
      resize: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    };
    const link = {
      open: (_request: ChannelRequest, listener: (event: ChannelEvent) => void) => {
        hear = listener;
        return { ...channel, close: () => undefined };
      },
    } as Pick<HostLink, "open"> as HostLink;
    openFramed(link, console_of(5, "n0nce"), (event) => told.push(event));
    for (const chunk of chunks) hear({ kind: "data", chunk: Buffer.from(chunk, "latin1") });
    hear({ kind: "end", code: undefined, signal: undefined, reason: undefined, ...end });
    return told.map((event) => (event.kind === "data" ? Buffer.from(event.chunk).toString("latin1") : event));
  };

  it("is no frame of it, whatever a guest prints", () => {
    const forged = "\x1b_XHC1 other end 0 all is well\x1b\\";
    expect(replay(["\x1b_XHC1 n0nce begin \x1b\\abc", forged, "\x1b_XHC1 n0nce end 4 really\x1b\\"])).toEqual([
      { kind: "begun", rest: "" },
      "abc",
      forged,
      "\x1b_XHC1 n0nce end 4 really\x1b\\",
      { kind: "end", status: 4, words: "really" },
    ]);
  });

  it("comes in any pieces", () => {
    const all = "sudo says hello\r\n\x1b_XHC1 n0nce begin 7 - - -, \x1b\\abc\x1b_XHC1 n0nce end 0 \x1b\\";
    const told = replay([...all]);
    expect(told[0]).toEqual({ kind: "begun", rest: "7 - - -," });
    expect(told.slice(1, -1).join("")).toBe("abc\x1b_XHC1 n0nce end 0 \x1b\\");
    expect(told.at(-1)).toEqual({ kind: "end", status: 0, words: "" });
  });

  it("is why it never began, as far as anybody said", () => {
    expect(replay(["sudo: a password is required\r\n"], { code: 1 })).toEqual([
      { kind: "end", status: undefined, words: "sudo: a password is required" },
    ]);
    expect(replay([], { reason: "not connected" })).toEqual([{ kind: "end", status: undefined, words: "not connected" }]);
    expect(replay(["x".repeat(20_000)]).at(-1)).toMatchObject({ kind: "end", words: expect.stringMatching(/^it said something else: x/) });
  });

  it("is a rival only where it can be understood", () => {
    expect(parseRivals("12 10.0.0.7 60 -, 13 - - abcd, ")).toEqual([
      { pid: 12, from: "10.0.0.7", age_s: 60, is_xenha: false },
      { pid: 13, from: undefined, age_s: undefined, is_xenha: true },
    ]);
    expect(parseRivals("nonsense, -1 x y z, 12")).toEqual([]);
  });
});

describe("a ctrl-]", () => {
  it("is written to the terminal that xenconsole itself writes to", async () => {
    const { link, bin, room } = host(["dash"]);
    writeFileSync(join(bin, "xenstore-read"), `#!/bin/sh\necho "$1" >"${room}/asked"\necho "${room}/tty"\n`);
    chmodSync(join(bin, "xenstore-read"), 0o755);
    writeFileSync(join(room, "tty"), "");
    expect(await new Promise((done) => typeEscape(link, { domid: 5, line: "serial", nonce: "n" }, done))).toBe(true);
    expect(readFileSync(join(room, "asked"), "utf8")).toBe("/local/domain/5/serial/0/tty\n");
    expect(readFileSync(join(room, "tty"))).toEqual(Buffer.from("\x1d"));
    rmSync(join(bin, "xenstore-read"));
    expect(await new Promise((done) => typeEscape(link, { domid: 5, line: "pv", nonce: "n" }, done))).toBe(false);
  });
});

describe.each(there)("what is followed under %s", (_name, shell) => {
  const script = (bin: string, name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}`);
    chmodSync(join(bin, name), 0o755);
  };

  it("is xl dmesg, told again only when it changed", async () => {
    const { link, bin, room } = host(shell);
    writeFileSync(join(room, "ring"), "(XEN) one\n(XEN) two\n");
    script(bin, "xl", `[ "$1" = dmesg ] && cat "${room}/ring"\n`);
    // Time passes as fast as it can.
    script(bin, "sleep", `exec /bin/sleep 0.05\n`);
    const seen = watch(link, hostFeed("aaaa", { kind: "xen" }));
    await seen.says(/\(XEN\) one\n\(XEN\) two\n\x1e\n/);
    writeFileSync(join(room, "ring"), "(XEN) two\n(XEN) three\n");
    await seen.says(/\(XEN\) two\n\(XEN\) three\n\x1e\n/);
    expect(seen.text().match(/\x1e/g)).toHaveLength(2);
  });

  it("is the kernel's journal, else its ring, and ends with its channel", async () => {
    const { link, bin, room } = host(shell);
    script(bin, "journalctl", `echo $$ >"${room}/pid"; echo "journal $*"; exec tail -f /dev/null\n`);
    const seen = watch(link, hostFeed("aaaa", { kind: "kernel" }));
    await seen.says(/journal --no-pager -k -b -f -n 500 -o short-iso\n/);
    const pid = Number(readFileSync(join(room, "pid"), "utf8"));
    seen.channel.close();
    await until(() => !alive(pid));
  });

  it("is a file below /var/log/xen, and no other", async () => {
    const { link } = host(shell);
    for (const path of ["/etc/passwd", "/var/log/xen/../../../etc/passwd", "/var/log/xenother/x", ""])
      expect(await watch(link, hostFeed("aaaa", { kind: "file", path })).ended()).toEqual({ kind: "end", status: 2, words: undefined });
    const seen = watch(link, hostFeed("bbbb", { kind: "file", path: "/var/log/xen/no such; file $(id)" }));
    await seen.says(/no such; file \$\(id\)/);
  });
});
