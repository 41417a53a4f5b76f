/** One ssh connection to a simulated host: its sessions, at most ten, each a shell that becomes the probe or one plain command. */
import type { Connection, ServerChannel, Session } from "ssh2";
import { execute } from "../exec/index.ts";
import type { SimProgram, SimTerminal } from "../exec/program.ts";
import { programWords } from "../exec/words.ts";
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { encodeFrame } from "../probe/encode.ts";
import { startProbe } from "../probe/probe.ts";

/** sshd's default. */
const SESSIONS_MAX = 10;
/** What the probe's program may measure. */
const PROGRAM_BYTES_MAX = 1024 * 1024;
/** Bytes that wait for a slow link before the probe counts as stuck. */
const OUTBOX_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes that wait for a slow link before a program beside the probe is asked to wait. */
const OUTBOX_WAIT_BYTES = 256 * 1024;
/** The program's last line: from here on the lines are the console's. */
const PROGRAM_END = "xenha_probe";

/** What the console asks for where a key's forced command is the probe: nothing is read before it speaks. */
const INSTALLED = "xenha-probe";
const SHELL = /^exec (?:sudo -n )?\/bin\/sh -s$/;

/** Reads the program as `sh -s` would (not where it is installed), then plays what it would do. */
function playProbe(world: World, host: SimHost, channel: ServerChannel, installed: boolean): void {
  let waiting = "";
  let read_bytes = 0;
  let program_ended = installed;
  let over = false;
  let probe: ReturnType<typeof startProbe> | undefined;
  const finish = (rc: number): void => {
    if (over) return;
    over = true;
    probe?.end();
    channel.exit(rc);
    channel.end();
  };
  const begin = (): void => {
    probe = startProbe({
      world,
      host,
      tell: (frame) => {
        if (over) return;
        channel.write(encodeFrame(frame));
        if (channel.writableLength > OUTBOX_BYTES_MAX) finish(1);
      },
      ended: () => finish(0),
    });
  };
  channel.on("data", (chunk: Uint8Array) => {
    if (over) return;
    read_bytes += chunk.length;
    const lines = (waiting + Buffer.from(chunk).toString("utf8")).split("\n");
    waiting = lines.pop() ?? "";
    for (const line of lines) {
      if (program_ended) probe?.hear(line);
      else if (line === PROGRAM_END) {
        program_ended = true;
        begin();
      }
    }
    if (!program_ended && read_bytes > PROGRAM_BYTES_MAX) finish(2);
  });
  channel.on("end", () => finish(0));
  channel.on("close", () => {
    over = true;
    probe?.end();
  });
  channel.on("error", () => finish(1));
  if (installed) begin();
}

/** A program of its own; returns what tells it of a new window. */
function playCommand(
  world: World,
  host: SimHost,
  channel: ServerChannel,
  command: string,
  pty: SimTerminal | undefined,
): (columns: number, rows: number) => void {
  let over = false;
  channel.on("error", () => {});
  let program: SimProgram | undefined;
  let waits = false;
  /** The stream tells of room only where it was full by its own measure, which is far above ours: so it is looked at after each write. */
  const wrote = (): void => {
    if (!waits || channel.writableLength > OUTBOX_WAIT_BYTES / 2) return;
    waits = false;
    program?.resume();
  };
  program = execute({
    world,
    host,
    argv: programWords(command),
    pty,
    output: {
      out: (data) => {
        if (over || data.length === 0) return;
        channel.write(data, wrote);
        if (channel.writableLength <= OUTBOX_WAIT_BYTES) return;
        waits = true;
        program?.pause();
      },
      err: (text) => {
        if (!over) (pty === undefined ? channel.stderr : channel).write(text);
      },
      end: (code, signal) => {
        if (over) return;
        over = true;
        if (code === undefined) channel.exit(signal ?? "TERM");
        else channel.exit(code);
        channel.end();
      },
    },
  });
  channel.on("data", (chunk: Uint8Array) => !over && program?.hear(chunk));
  channel.on("end", () => !over && program?.eof());
  channel.on("close", () => {
    over = true;
    program?.hangUp();
  });
  return (columns, rows) => program?.resize(columns, rows);
}

export function serveConnection(world: World, host: SimHost, connection: Connection): void {
  let sessions = 0;
  connection.on("session", (accept, reject) => {
    if (sessions >= SESSIONS_MAX) {
      reject();
      return;
    }
    sessions += 1;
    const session: Session = accept();
    session.on("close", () => {
      sessions -= 1;
    });
    let pty: SimTerminal | undefined;
    let resize: (columns: number, rows: number) => void = () => undefined;
    session.on("pty", (acceptPty, _reject, { cols, rows, term }) => {
      pty = { columns: cols, rows, term };
      acceptPty?.();
    });
    session.on("window-change", (acceptChange, _reject, { cols, rows }) => {
      acceptChange?.();
      resize(cols, rows);
    });
    session.on("exec", (acceptExec, _reject, { command }) => {
      const channel = acceptExec();
      if (command === INSTALLED || SHELL.test(command)) playProbe(world, host, channel, command === INSTALLED);
      else resize = playCommand(world, host, channel, command, pty);
    });
  });
}
