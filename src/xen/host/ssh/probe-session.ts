/**
 * One attempt at one host: connect, start the probe, wait for its hello, live until the link ends. Tells how it ended, once.
 * The link around it (../ssh-link.ts) decides what comes next.
 */
import { clean } from "../../read/clean.ts";
import type { ChannelEvent, ChannelRequest, HostChannel } from "../link.ts";
import { quoteArgv } from "../quote.ts";
import { KEEPALIVE_S, type ProbeFrame } from "../wire.ts";
import { openBeside } from "./beside.ts";
import type { Clock } from "./clock.ts";
import type { ConnectResult, ExecChannel, SshConnection } from "./connect.ts";
import type { ConnectFailure, OnStep } from "./steps.ts";

/** From the shell's start to the probe's hello. A slow link has to carry the program (some 40 KB) in this time. */
export const HELLO_TIMEOUT_MS = 20_000;
/** The probe beats every two seconds; this many seconds without a byte and the link is dead. */
export const SILENCE_LIMIT_S = 15;
/** Bytes flow, but no frame comes of them: one was announced longer than it is. */
const FRAMELESS_LIMIT_S = 60;
/** What a login script may say before the probe's hello. */
export const NOISE_BYTES_MAX = 64 * 1024;
const STDERR_KEPT_MAX = 2_000;
const TICK_MS = 1_000;
const SEND_LENGTH_MAX = 200;

/** As host/frames.ts makes it. */
export interface Decoder {
  push(chunk: Uint8Array): readonly ProbeFrame[];
  /** What was said that isn't a frame. */
  readonly noise: string;
  readonly noise_bytes: number;
}

export interface SessionRequest {
  readonly connect: (onStep: OnStep, signal: AbortSignal) => Promise<ConnectResult>;
  /** The probe's text. Not sent where the server runs its own (probe: "forced"). */
  readonly program: string;
  readonly probe: "send" | "forced";
  /** sudo: `auto` where the user isn't root. */
  readonly become: "auto" | "sudo" | "never";
  readonly decoder: Decoder;
  readonly clock: Clock;
  readonly onStep: OnStep;
  readonly onLive: () => void;
  readonly onFrame: (frame: ProbeFrame) => void;
  readonly onEnd: (failure: ConnectFailure) => void;
}

export interface ProbeSession {
  send(line: string): void;
  /** A command beside the probe. See link.ts. */
  open(request: ChannelRequest, hear: (event: ChannelEvent) => void): HostChannel;
  /** Whole seconds since the last byte of a live probe; 0 before. */
  silent_s(): number;
  /** Ends it without onEnd. */
  stop(): void;
}

const shellCommand = ({ become }: Pick<SessionRequest, "become">, user: string, argv: readonly string[]): string => {
  const sudo = become === "sudo" || (become === "auto" && user !== "root");
  return `exec ${quoteArgv(sudo ? ["sudo", "-n", ...argv] : argv)}`;
};

const commandFor = (request: SessionRequest, user: string): string => {
  // A key with a forced command ignores this; any other answers that there is no such program, which says what is wrong.
  if (request.probe === "forced") return "xenha-probe";
  return shellCommand(request, user, ["/bin/sh", "-s"]);
};

interface Ending {
  readonly hop: string;
  readonly user: string;
  readonly command: string;
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** stderr, and stdout that was no frame. */
  readonly said: string;
}

const lastLine = (text: string): string => clean(text.trim().split("\n").at(-1)?.trim() ?? "", 160);

/** What went wrong before the hello, by what was said. undefined: nothing known, trying again may help. */
function refusal({ user, command, code, said }: Ending): readonly [reason: string, advice: string] | undefined {
  const words = lastLine(said);
  if (command.includes("sudo") && /sudo/.test(said)) {
    const rule = `${user} ALL=(root) NOPASSWD: /bin/sh`;
    if (/password is required|terminal is required|askpass/.test(said))
      return [`sudo -n: ${words}`, `add with visudo: ${rule}; or log in as root`];
    if (/must have a tty/.test(said)) return [`sudo -n: ${words}`, `add with visudo: Defaults:${user} !requiretty; or log in as root`];
    if (/not (?:found|in the sudoers)|not allowed|may not run/.test(said))
      return [`sudo -n: ${words}`, `install sudo and add with visudo: ${rule}; or log in as root`];
  }
  if (command === "xenha-probe" && (code === 127 || /not found/.test(said)))
    return [`no forced command: ${words}`, 'the key must run the probe: command="..." in authorized_keys, or leave out probe = "forced"'];
  if (code === 127 || code === 126) return [`no shell: ${words}`, "the login shell must be able to run /bin/sh"];
  if (/not available|nologin|This account|restricted/i.test(said))
    return [`no shell: ${words}`, `give ${user} a login shell that runs commands`];
  return undefined;
}

function endedBeforeHello(ending: Ending): ConnectFailure {
  const { hop, code, signal, said } = ending;
  const known = refusal(ending);
  if (known !== undefined) return { hop, phase: "shell", reason: known[0], advice: known[1], retry: false };
  const how =
    code === undefined
      ? signal === undefined
        ? "the shell closed"
        : `the shell was ended by ${clean(signal, 20)}`
      : `the shell ended with ${code}`;
  const words = lastLine(said);
  return {
    hop,
    phase: "shell",
    reason: words === "" ? how : `${how}: ${words}`,
    advice: "run `/bin/sh -s` there by hand and see what it says",
    retry: true,
  };
}

export function startProbeSession(request: SessionRequest): ProbeSession {
  const { clock, decoder } = request;
  const abort = new AbortController();
  let over = false;
  let live = false;
  let connection: SshConnection | undefined;
  let channel: ExecChannel | undefined;
  let disarm: () => void = () => undefined;
  let silent = 0;
  let frameless = 0;
  /** Bytes that weren't understood before the hello: a greeting. */
  let greeting_bytes = 0;
  let seconds = 0;
  let stderr = "";
  let hop = "";
  let command = "";
  let farewell: string | undefined;

  const shut = (): void => {
    over = true;
    disarm();
    abort.abort();
    if (live) channel?.write("q\n");
    channel?.close();
    connection?.close();
  };
  const end = (failure: ConnectFailure): void => {
    if (over) return;
    shut();
    request.onEnd(failure);
  };
  const lost = (reason: string, advice: string): void => end({ hop, phase: "shell", reason, advice, retry: true });
  const said = (): string => `${decoder.noise}\n${stderr}`;

  // Counted in ticks of our own, not by the clock: after the console itself stood still (suspended, a stuck terminal) the link gets its chance.
  const tick = (): void => {
    seconds += 1;
    silent += 1;
    frameless += 1;
    if (silent >= SILENCE_LIMIT_S) lost(`no sign of life for ${SILENCE_LIMIT_S} s`, "the host, or the network on the way, stands still");
    else if (frameless >= FRAMELESS_LIMIT_S) lost(`nothing understood for ${FRAMELESS_LIMIT_S} s`, "reconnecting");
    else {
      if (seconds % KEEPALIVE_S === 0) channel?.write(`k ${Math.floor(clock.now_ms())}\n`);
      disarm = clock.after(TICK_MS, tick);
    }
  };

  const hear = (chunk: Uint8Array): void => {
    if (over) return;
    silent = 0;
    for (const frame of decoder.push(chunk)) {
      if (over) return;
      frameless = 0;
      if (!live && frame.kind !== "hello") continue;
      if (!live) {
        live = true;
        greeting_bytes = decoder.noise_bytes;
        disarm();
        disarm = clock.after(TICK_MS, tick);
        request.onLive();
      }
      if (frame.kind === "bye") farewell = clean(frame.reason, 80);
      request.onFrame(frame);
    }
    // What is missing now would be called the same as before from now on.
    if (live && decoder.noise_bytes > greeting_bytes)
      lost(`a part of what the probe said is not understood: ${lastLine(decoder.noise)}`, "it is started again and tells everything anew");
    if (!live && decoder.noise_bytes > NOISE_BYTES_MAX) tooNoisy(`it said more than ${NOISE_BYTES_MAX} bytes that are not the probe's`);
  };

  const tooNoisy = (what: string): void =>
    end({
      hop,
      phase: "shell",
      reason: `no shell that the probe can use: ${what}: ${lastLine(said())}`,
      advice: "the login shell must run commands without a menu or greeting on stdout",
      retry: false,
    });

  const noHello = (): void => {
    if (said().trim() !== "") tooNoisy(`no hello within ${HELLO_TIMEOUT_MS / 1000} s`);
    else
      lost(
        `timed out after ${HELLO_TIMEOUT_MS / 1000} s at starting the probe`,
        "the host accepts a login but runs nothing: it may be frozen, or its disks hang",
      );
  };

  const closed = (code: number | undefined, signal: string | undefined): void => {
    if (!live) {
      end(endedBeforeHello({ hop, user: connection?.user ?? "", command, code, signal, said: said() }));
      return;
    }
    const how = code === undefined ? (signal === undefined ? "" : ` (${clean(signal, 20)})`) : ` (exit ${code})`;
    const words = farewell ?? lastLine(stderr);
    lost(`the probe ended${how}${words === "" ? "" : `: ${words}`}`, "it is started again");
  };

  const run = async (): Promise<void> => {
    const result = await request.connect((step) => !over && request.onStep(step), abort.signal);
    if (!result.ok) return end(result.failure);
    connection = result.connection;
    if (over) return connection.close();
    hop = connection.name;
    connection.onClosed((reason) => lost(`connection lost: ${reason}`, "reconnecting"));
    command = commandFor(request, connection.user);
    request.onStep({ kind: "shell", hop, command });
    const opened = await connection.exec(command);
    if (!opened.ok) return end(opened.failure);
    channel = opened.channel;
    if (over) return channel.close();
    disarm = clock.after(HELLO_TIMEOUT_MS, noHello);
    const decode = new TextDecoder();
    channel.onStderr((chunk) => {
      stderr = (stderr + decode.decode(chunk, { stream: true })).slice(-STDERR_KEPT_MAX);
    });
    channel.onData(hear);
    channel.onClose(({ code, signal }) => closed(code, signal));
    if (request.probe === "send") channel.write(request.program.endsWith("\n") ? request.program : `${request.program}\n`);
  };
  run().catch((error: unknown) => {
    // A broken invariant: it must not be taken for a failing host.
    queueMicrotask(() => {
      throw error;
    });
  });

  return {
    send: (line) => {
      if (live && !over && line.length <= SEND_LENGTH_MAX && !/[\r\n]/.test(line)) channel?.write(`${line}\n`);
    },
    open: (wanted, hear) =>
      openBeside(
        live && !over && connection !== undefined && request.probe === "send" ? connection : undefined,
        (user) => shellCommand(request, user, wanted.argv),
        {
          pty: wanted.pty,
          hear,
          refused: request.probe === "forced" ? "the key of this connection may run the probe alone" : "not connected",
        },
      ),
    silent_s: () => (live ? silent : 0),
    stop: () => {
      if (!over) shut();
    },
  };
}
