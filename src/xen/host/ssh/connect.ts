/** A connection to a host through all its hops, each verified and authenticated alike. Failures are values. */
import type { Client, ClientChannel } from "ssh2";
import { clean } from "../../read/clean.ts";
import type { ChannelRequest } from "../link.ts";
import { resolveChain } from "./config.ts";
import type { SshContext } from "./context.ts";
import { openHop } from "./hop.ts";
import { wordsOf } from "./known-hosts-file.ts";
import { keepNarrow, openingNarrow } from "./narrow.ts";
import type { SshSettings } from "./settings.ts";
import type { ConnectFailure, OnStep } from "./steps.ts";
import { openProxyCommand, openTcp, openThrough, type Transport, type TransportResult } from "./transport.ts";

/** Channels at once on one connection: sshd's MaxSessions is 10, and closing ones still count. */
export const CHANNELS_MAX = 6;
const CHANNEL_TIMEOUT_MS = 10_000;

export interface ExecChannel {
  write(data: string | Uint8Array): void;
  /** No more will be written. */
  end(): void;
  /** Of its terminal, where it has one. */
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
  onData(listener: (chunk: Uint8Array) => void): void;
  onStderr(listener: (chunk: Uint8Array) => void): void;
  /** Once. code: the exit status; undefined where the connection was lost; signal: what ended it. */
  onClose(listener: (end: { readonly code: number | undefined; readonly signal: string | undefined }) => void): void;
  close(): void;
}
export type ExecResult = { readonly ok: true; readonly channel: ExecChannel } | { readonly ok: false; readonly failure: ConnectFailure };

export interface SshConnection {
  readonly user: string;
  /** The last hop's name. */
  readonly name: string;
  /** At most CHANNELS_MAX at once. The command goes to the login shell as it is. */
  exec(command: string, pty?: ChannelRequest["pty"]): Promise<ExecResult>;
  /** Once, however it ends. */
  onClosed(listener: (reason: string) => void): void;
  /** Says goodbye and closes everything, inside out; nothing is left. */
  close(): void;
}
export type ConnectResult =
  | { readonly ok: true; readonly connection: SshConnection }
  | { readonly ok: false; readonly failure: ConnectFailure };

export interface ConnectRequest {
  /** As ssh knows it. */
  readonly name: string;
  /** The dom0's id, for questions. */
  readonly host: string;
  readonly context: SshContext;
  readonly signal: AbortSignal;
  readonly onStep: OnStep;
}

interface OpenHop {
  readonly client: Client;
  readonly name: string;
  readonly transport: Transport;
}

/** took: told of every byte of its output that was taken. */
function channelOf(channel: ClientChannel, took: (bytes: number) => void = () => undefined): ExecChannel {
  let code: number | undefined;
  let signal: string | undefined;
  // An error here is followed by close.
  channel.on("error", () => undefined);
  channel.stderr.on("error", () => undefined);
  channel.on("exit", (status: number | null, name?: string) => {
    code = status ?? undefined;
    signal = name;
  });
  return {
    write: (data) => {
      if (channel.writable) channel.write(data);
    },
    end: () => {
      if (channel.writable) channel.end();
    },
    resize: (columns, rows) => {
      if (channel.writable) channel.setWindow(rows, columns, 0, 0);
    },
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    onData: (listener) =>
      channel.on("data", (chunk: Uint8Array) => {
        took(chunk.length);
        listener(chunk);
      }),
    onStderr: (listener) => channel.stderr.on("data", listener),
    onClose: (listener) => channel.once("close", () => listener({ code, signal })),
    close: () => channel.destroy(),
  };
}

interface ExecRequest {
  readonly command: string;
  readonly pty: ChannelRequest["pty"];
}

function execOn(client: Client, name: string, { command, pty }: ExecRequest, context: SshContext): Promise<ExecResult> {
  const failure = (reason: string, advice: string): ExecResult => ({
    ok: false,
    failure: { hop: name, phase: "channel", reason: clean(reason, 200), advice, retry: true },
  });
  return new Promise((resolve) => {
    let late = false;
    const cancel = context.clock.after(CHANNEL_TIMEOUT_MS, () => {
      late = true;
      resolve(failure(`timed out after ${CHANNEL_TIMEOUT_MS / 1000} s at opening a channel`, "the host may be frozen or out of processes"));
    });
    try {
      const options = pty === undefined ? {} : { pty: { cols: pty.columns, rows: pty.rows, term: pty.term } };
      const asked = (error: Error | null | undefined, channel: ClientChannel): void => {
        cancel();
        if (error !== undefined && error !== null) {
          const words = error.message.replace(/^\(SSH\) /, "");
          resolve(failure(`the server refused a channel: ${words}`, "look at sshd's log: MaxSessions, ForceCommand, PermitOpen"));
        } else if (late) channel.destroy();
        else resolve({ ok: true, channel: pty === undefined ? channelOf(channel) : channelOf(channel, keepNarrow(client, channel)) });
      };
      const exec = (): unknown => client.exec(command, options, asked);
      if (pty === undefined) exec();
      else openingNarrow(client, exec);
    } catch (error) {
      cancel();
      resolve(failure(wordsOf(error), "the connection was lost"));
    }
  });
}

/** Ends hops inside out: each goodbye travels through the hop outside it. */
function closeAll(hops: readonly OpenHop[]): void {
  for (const { client } of hops.toReversed()) {
    try {
      client.end();
    } catch {
      // Already gone.
    }
  }
  // By then the goodbyes are with the kernel; a frozen peer is not waited for.
  setImmediate(() => {
    for (const { transport } of hops.toReversed()) transport.destroy();
  });
}

function connectionOf(hops: readonly OpenHop[], last: OpenHop, settings: SshSettings, context: SshContext): SshConnection {
  let reason: string | undefined;
  let tell: ((reason: string) => void) | undefined;
  let said: string | undefined;
  let channels = 0;
  const ended = (words: string) => {
    if (reason !== undefined) return;
    reason = words;
    tell?.(words);
  };
  for (const { client, name } of hops) {
    client.on("error", (error) => {
      said ??= `${name}: ${error.message === "Keepalive timeout" ? "no answer to keepalives" : clean(error.message, 160)}`;
    });
    client.on("close", () => {
      ended(said ?? `${name} closed the connection`);
      closeAll(hops);
    });
  }
  return {
    user: settings.user,
    name: settings.name,
    exec: async (command, pty) => {
      if (channels >= CHANNELS_MAX) {
        const busy = `${CHANNELS_MAX} channels are open already`;
        return { ok: false, failure: { hop: settings.name, phase: "channel", reason: busy, advice: "wait for one to end", retry: true } };
      }
      channels += 1;
      const result = await execOn(last.client, settings.name, { command, pty }, context);
      if (!result.ok) channels -= 1;
      else
        result.channel.onClose(() => {
          channels -= 1;
        });
      return result;
    },
    onClosed: (listener) => {
      tell = listener;
      if (reason !== undefined) listener(reason);
    },
    close: () => {
      ended("closed");
      closeAll(hops);
    },
  };
}

const wayOf = (settings: SshSettings, before: OpenHop | undefined): string => {
  if (before !== undefined) return `through ${before.name}`;
  return settings.proxy_command === undefined ? `${settings.hostname} port ${settings.port}` : "ProxyCommand";
};

function openTransport(
  request: ConnectRequest,
  settings: SshSettings,
  before: OpenHop | undefined,
): Promise<TransportResult> | TransportResult {
  const { clock, source, lookup } = request.context;
  const shared = { settings, clock, lookup, local: source.local, signal: request.signal };
  if (before !== undefined) return openThrough(shared, before);
  return settings.proxy_command === undefined ? openTcp(shared) : openProxyCommand(shared, settings.proxy_command);
}

const givenUp = (hop: string): ConnectFailure => ({ hop, phase: "tcp", reason: "given up", advice: "ctrl-r tries again", retry: true });

/** Connects; never rejects but for a broken invariant. Calling it off through `signal` leaves nothing open. */
export async function connectSsh(request: ConnectRequest): Promise<ConnectResult> {
  const { name, context, onStep, signal } = request;
  const chain = await resolveChain(name, context.source);
  if (!chain.ok) {
    const advice = `\`ssh -G ${name}\` shows what ssh makes of it`;
    return { ok: false, failure: { hop: chain.hop, phase: "config", reason: chain.error, advice, retry: false } };
  }
  onStep({ kind: "hops", hops: chain.hops.map((hop) => hop.name), source: chain.source });
  const ssh2 = await context.load();
  const opened: OpenHop[] = [];
  const failed = (failure: ConnectFailure): ConnectResult => {
    closeAll(opened);
    return { ok: false, failure };
  };
  for (const settings of chain.hops) {
    if (signal.aborted) return failed(givenUp(settings.name));
    const before = opened.at(-1);
    const started_ms = context.clock.now_ms();
    onStep({ kind: "connecting", hop: settings.name, way: wayOf(settings, before) });
    const way = await openTransport(request, settings, before);
    if (!way.ok) return failed(way.failure);
    onStep({ kind: "connected", hop: settings.name, way: way.transport.way, took_ms: context.clock.now_ms() - started_ms });
    const hop = await openHop({ ssh2, settings, transport: way.transport, context, host: request.host, signal, onStep });
    if (!hop.ok) return failed(hop.failure);
    opened.push({ client: hop.client, name: settings.name, transport: way.transport });
  }
  const last = opened.at(-1);
  const settings = chain.hops.at(-1);
  if (last === undefined || settings === undefined) throw new Error("a chain has at least one hop");
  return { ok: true, connection: connectionOf(opened, last, settings, context) };
}
