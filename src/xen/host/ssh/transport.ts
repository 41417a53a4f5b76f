/** The bytes' way to one hop: TCP, a channel through the hop before it, or a ProxyCommand. */
import { spawn } from "node:child_process";
import { lookup as lookupName } from "node:dns/promises";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { clean } from "../../read/clean.ts";
import type { Clock } from "./clock.ts";
import type { LocalUser } from "./expand.ts";
import { wordsOf } from "./known-hosts-file.ts";
import type { SshSettings } from "./settings.ts";
import type { ConnectFailure, ConnectPhase } from "./steps.ts";

/** Name lookup and TCP together, where ConnectTimeout doesn't say. */
export const TCP_TIMEOUT_MS = 10_000;
/** Even where ConnectTimeout says more: a host that doesn't answer has to be shown as such. */
const TCP_TIMEOUT_MS_MAX = 60_000;
/** Addresses of one name that are tried. */
const ADDRESSES_MAX = 4;
const FORWARD_TIMEOUT_MS = 10_000;
const STDERR_KEPT_MAX = 2_000;

export interface Transport {
  readonly stream: Duplex;
  readonly way: string;
  /** Ends it now, whatever it is. */
  destroy(): void;
  /** What the transport itself says went wrong, where it can (a ProxyCommand's stderr), once it has said all; asked when its stream ended. */
  complaint(): Promise<string | undefined>;
}
export type TransportResult =
  | { readonly ok: true; readonly transport: Transport }
  | { readonly ok: false; readonly failure: ConnectFailure };

/** The system's addresses for a name, in its order. Rejects with the system's error. */
export type Lookup = (hostname: string, family: 0 | 4 | 6) => Promise<readonly string[]>;
export const systemLookup: Lookup = async (hostname, family) =>
  (await lookupName(hostname, { all: true, family })).map(({ address }) => address);

export interface TransportRequest {
  readonly settings: SshSettings;
  readonly clock: Clock;
  readonly local: LocalUser;
  readonly lookup: Lookup;
  readonly signal: AbortSignal;
}

const noComplaint = (): Promise<undefined> => Promise.resolve(undefined);

const reasons: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  ECONNREFUSED: ["connection refused", "the host answers, but no sshd listens on that port: check Port and sshd"],
  EHOSTUNREACH: ["no route to host", "the host is down or its network is: check power, cable, switch and router"],
  EHOSTDOWN: ["host is down", "nothing answers at that address: check power, cable and switch"],
  ENETUNREACH: ["network unreachable", "this machine has no route there: check its own network or VPN"],
  ETIMEDOUT: ["connection timed out", "the host or a firewall on the way swallows packets: check power and firewall"],
  ECONNRESET: ["connection reset", "something on the way, or sshd itself (MaxStartups), closed the connection: look at sshd's log"],
  ENOTFOUND: ["name does not resolve", "check the name, HostName in the ssh configuration, /etc/hosts and DNS"],
  EAI_AGAIN: ["name can't be looked up now", "the name server doesn't answer: check DNS, or use an address for HostName"],
  EACCES: ["connecting is not permitted", "a local firewall refuses it"],
  EPERM: ["connecting is not permitted", "a local firewall refuses it"],
  EADDRNOTAVAIL: ["address not available", "check BindAddress and this machine's addresses"],
};

/** An error of the system in plain words. */
export function plainWords(error: unknown): readonly [reason: string, advice: string] {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return reasons[code] ?? [wordsOf(error), "see the reason"];
}

const fail = (hop: string, phase: ConnectPhase, [reason, advice]: readonly [string, string]): TransportResult => ({
  ok: false,
  failure: { hop, phase, reason, advice, retry: true },
});

/** Settles once: with what `begin` gives, or with `late` when the time is up or everything is called off. */
function within<T>(
  request: { clock: Clock; signal: AbortSignal; ms: number },
  late: T,
  begin: (done: (result: T) => void) => () => void,
): Promise<T> {
  return new Promise((resolve) => {
    let settled = false;
    let undo: () => void = () => undefined;
    const settle = (result: T, give_up: boolean) => {
      if (settled) return;
      settled = true;
      cancel();
      request.signal.removeEventListener("abort", called_off);
      if (give_up) undo();
      resolve(result);
    };
    const called_off = () => settle(late, true);
    const cancel = request.clock.after(request.ms, () => settle(late, true));
    if (request.signal.aborted) return called_off();
    request.signal.addEventListener("abort", called_off);
    undo = begin((result) => settle(result, false));
  });
}

const timedOut = (ms: number, at: string): readonly [string, string] => [
  `timed out after ${Math.round(ms / 1000)} s at ${at}`,
  "the host or a firewall on the way swallows packets: check power, network and firewall",
];

const families = { any: 0, inet: 4, inet6: 6 } as const;

function resolveName(request: TransportRequest, ms: number): Promise<readonly string[] | { failure: readonly [string, string] }> {
  const { settings } = request;
  return within<readonly string[] | { failure: readonly [string, string] }>(
    { ...request, ms },
    { failure: timedOut(ms, "looking up the name") },
    (done) => {
      request.lookup(settings.hostname, families[settings.address_family]).then(
        (found) => done(found.slice(0, ADDRESSES_MAX)),
        (error) => done({ failure: plainWords(error) }),
      );
      return () => undefined;
    },
  );
}

function connectAddress(request: TransportRequest, address: string, ms: number): Promise<Socket | { failure: readonly [string, string] }> {
  return within<Socket | { failure: readonly [string, string] }>({ ...request, ms }, { failure: timedOut(ms, "TCP") }, (done) => {
    const socket = new Socket();
    // Without it every small packet waits for the acknowledgement of the one before.
    socket.setNoDelay(true);
    const failed = (error: Error) => done({ failure: plainWords(error) });
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      // A reset before ssh2 takes over would otherwise be nobody's, and end the program.
      socket.on("error", () => undefined);
      done(socket);
    });
    const { bind_address, port } = request.settings;
    socket.connect({ host: address, port, ...(bind_address === undefined ? {} : { localAddress: bind_address }) });
    return () => socket.destroy();
  });
}

export async function openTcp(request: TransportRequest): Promise<TransportResult> {
  const { settings } = request;
  const ms = Math.min(
    TCP_TIMEOUT_MS_MAX,
    settings.connect_timeout_s === undefined ? TCP_TIMEOUT_MS : settings.connect_timeout_s * 1000 || TCP_TIMEOUT_MS,
  );
  const addresses = await resolveName(request, ms);
  if ("failure" in addresses) return fail(settings.name, "resolve", addresses.failure);
  let last: readonly [string, string] = ["the name has no address", "check AddressFamily and DNS"];
  for (const address of addresses) {
    // All addresses share the time, so that a dead first one leaves some for the next.
    const socket = await connectAddress(request, address, Math.ceil(ms / addresses.length));
    if (socket instanceof Socket) {
      const way = `${address} port ${settings.port}`;
      return { ok: true, transport: { stream: socket, way, destroy: () => socket.destroy(), complaint: noComplaint } };
    }
    last = socket.failure;
    if (request.signal.aborted) break;
  }
  return fail(settings.name, "tcp", last);
}

// Source: RFC 4254 section 5.1.
const channelReasons: Readonly<Record<number, readonly [string, string]>> = {
  1: ["forwarding is refused", "sshd on the jump host must allow it: AllowTcpForwarding, PermitOpen, or the key's restrictions"],
  2: ["the jump host could not connect to it", "check from the jump host that the address and port answer"],
  4: ["the jump host is out of resources", "look at the jump host's load and sshd's log"],
};

/** A channel from the hop before to this one. */
export function openThrough(request: TransportRequest, before: { client: Client; name: string }): Promise<TransportResult> {
  const { settings } = request;
  const via = `from ${before.name} to ${settings.hostname} port ${settings.port}`;
  const late = fail(settings.name, "channel", timedOut(FORWARD_TIMEOUT_MS, `the channel ${via}`));
  return within<TransportResult>({ ...request, ms: FORWARD_TIMEOUT_MS }, late, (done) => {
    let opened: { destroy(): void } | undefined;
    let over = false;
    try {
      before.client.forwardOut("127.0.0.1", 0, settings.hostname, settings.port, (error, channel) => {
        if (error !== undefined && error !== null) {
          const reason = "reason" in error && typeof error.reason === "number" ? channelReasons[error.reason] : undefined;
          const [what, advice] = reason ?? ["the channel was refused", "look at sshd's log on the jump host"];
          const words = error.message.replace(/^\(SSH\) /, "");
          return done(fail(settings.name, "channel", [clean(`channel ${via} refused: ${what} (${words})`, 300), advice]));
        }
        channel.on("error", () => undefined);
        opened = channel;
        const destroy = () => channel.destroy();
        if (over) destroy();
        else done({ ok: true, transport: { stream: channel as Duplex, way: `through ${before.name}`, destroy, complaint: noComplaint } });
      });
    } catch (error) {
      done(fail(settings.name, "channel", [wordsOf(error), `the connection to ${before.name} was lost`]));
    }
    return () => {
      over = true;
      opened?.destroy();
    };
  });
}

/** ProxyCommand's stdin and stdout as the way there, run as OpenSSH runs it: `$SHELL -c "exec ..."`. Source: sshconnect.c (ssh_proxy_connect). */
export function openProxyCommand(request: TransportRequest, command: string): TransportResult {
  const { settings, local } = request;
  const shell = local.env.SHELL || "/bin/sh";
  const child = spawn(shell, ["-c", `exec ${command}`], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-STDERR_KEPT_MAX);
  });
  let spawn_error: string | undefined;
  const closed = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      spawn_error = wordsOf(error);
      resolve();
    });
    child.on("close", () => resolve());
  });
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  const destroy = () => {
    stream.destroy();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
    child.kill("SIGHUP");
  };
  const complaint = async () => {
    await closed;
    const words = spawn_error ?? said.trim().split("\n").at(-1) ?? "";
    return words === "" ? undefined : clean(words, 200);
  };
  stream.on("error", () => undefined);
  return { ok: true, transport: { stream, way: `ProxyCommand ${clean(command, 80)} to ${settings.hostname}`, destroy, complaint } };
}
