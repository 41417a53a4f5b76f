/** One hop: from a transport to an authenticated ssh2 client, or the reason why not. */
import type { Client, ConnectConfig } from "ssh2";
import { clean } from "../../read/clean.ts";
import { offerOf } from "./algorithms.ts";
import { type AuthReport, createAuthenticator, type SecretRequest } from "./auth.ts";
import { createDeadline, type Deadline } from "./clock.ts";
import type { Ssh2, SshContext } from "./context.ts";
import { checkHostKey } from "./host-key.ts";
import { loadIdentities } from "./identities.ts";
import { hostKeyNames, knownKeyTypes } from "./known-hosts.ts";
import { readKnownHosts } from "./known-hosts-file.ts";
import type { SshSettings } from "./settings.ts";
import type { ConnectFailure, ConnectPhase, OnStep } from "./steps.ts";
import { plainWords, type Transport } from "./transport.ts";

/** Version exchange and key exchange; the time that the operator thinks doesn't count. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
export const AUTH_TIMEOUT_MS = 20_000;
/** ServerAliveInterval, where the configuration doesn't ask for less. */
const KEEPALIVE_MS = 5_000;
const KEEPALIVES_MISSED_MAX = 3;

export interface HopRequest {
  readonly ssh2: Ssh2;
  readonly settings: SshSettings;
  readonly transport: Transport;
  readonly context: SshContext;
  /** The dom0 all this is for. */
  readonly host: string;
  readonly signal: AbortSignal;
  readonly onStep: OnStep;
}
export type HopResult = { readonly ok: true; readonly client: Client } | { readonly ok: false; readonly failure: ConnectFailure };

function authFailure(settings: SshSettings, report: AuthReport, asked: boolean, said: string | undefined): ConnectFailure {
  const { name, user } = settings;
  const failure = (reason: string, advice: string): ConnectFailure => ({
    hop: name,
    phase: "auth",
    reason: clean(reason, 300),
    advice: clean(advice, 400),
    retry: false,
  });
  if (report.declined !== undefined)
    return failure(`authentication needed: ${report.declined}`, "ctrl-r asks again; ssh-agent would make it unnecessary");
  const tried = report.tried.length === 0 ? "no key could be offered" : `tried ${report.tried.join(", ")}`;
  const takes = report.server_takes.length === 0 ? "" : `; the server takes ${report.server_takes.join(", ")}`;
  const words = said === undefined ? "" : ` (${said})`;
  const locked = report.locked.map((path) => `ssh-add ${path}`).join("; ");
  let advice = `put one of these keys into ~${user}/.ssh/authorized_keys on ${name}; \`ssh -v\` shows the same attempts`;
  if (locked !== "") advice = `the key is locked and nobody is here to unlock it: ${locked}`;
  else if (/too many/i.test(said ?? ""))
    advice = "more keys were offered than the server counts: set IdentityFile and IdentitiesOnly yes for this host";
  else if (!asked && report.server_takes.some((method) => method !== "publickey"))
    advice = "the server would ask a question, but nobody is here to answer it: use a key in ssh-agent";
  else if (report.tried.length === 0) advice = `set IdentityFile for ${name}, or add a key to ssh-agent`;
  return failure(`permission denied for ${user}: ${tried}${takes}${words}`, advice);
}

/** ssh2's words for a stream that ended before the server said its version. */
const lostBeforeHandshake = /Connection lost before handshake/;
const handshakeAdvice = "compare with `ssh -v`: ssh2 knows no post-quantum key exchange, no certificates and no UMAC";

/** What ssh2's error means. */
function handshakeFailure(settings: SshSettings, phase: ConnectPhase, error: unknown, complaint: string | undefined): ConnectFailure {
  const [reason, advice] = plainWords(error);
  const no_match = /no matching (.*)$/i.exec(reason)?.[1];
  const lost = lostBeforeHandshake.test(reason);
  if (complaint !== undefined)
    return { hop: settings.name, phase: "proxy", reason: `ProxyCommand: ${complaint}`, advice: "try the command by itself", retry: true };
  if (no_match !== undefined)
    return { hop: settings.name, phase, reason: `no common ${clean(no_match, 80)} with the server`, advice: handshakeAdvice, retry: false };
  return {
    hop: settings.name,
    phase,
    reason: lost ? "the server closed the connection before it said anything" : clean(reason, 200),
    advice: lost ? "is it an sshd? look at its log (MaxStartups, hosts.deny, a full process table)" : advice,
    retry: true,
  };
}

/** Everything of one attempt at one hop; `settle` may be called by many and counts once. */
class Hop {
  private readonly request: HopRequest;
  private readonly client: Client;
  private readonly resolve: (result: HopResult) => void;
  private deadline: Deadline;
  private phase: ConnectPhase = "handshake";
  private settled = false;
  private accepted_key: Buffer | undefined;
  private said: string | undefined;
  private report: () => AuthReport = () => ({ tried: [], server_takes: [], last: "none", declined: undefined, locked: [] });

  constructor(request: HopRequest, resolve: (result: HopResult) => void) {
    this.request = request;
    this.resolve = resolve;
    this.client = new request.ssh2.Client();
    this.deadline = this.limit(HANDSHAKE_TIMEOUT_MS, "the handshake");
  }

  private limit(ms: number, what: string): Deadline {
    return createDeadline(this.request.context.clock, ms, () =>
      this.fail({
        hop: this.request.settings.name,
        phase: this.phase,
        reason: `timed out after ${ms / 1000} s at ${what}`,
        advice: "the host accepts connections but does not go on: it may be frozen, swapping, or out of processes",
        retry: true,
      }),
    );
  }

  private settle(result: HopResult): void {
    if (this.settled) return;
    this.settled = true;
    this.deadline.cancel();
    this.request.signal.removeEventListener("abort", this.abort);
    if (!result.ok) {
      this.client.destroy();
      this.request.transport.destroy();
    }
    this.resolve(result);
  }

  private fail(failure: ConnectFailure): void {
    this.settle({ ok: false, failure });
  }

  private readonly abort = (): void =>
    this.fail({ hop: this.request.settings.name, phase: this.phase, reason: "given up", advice: "ctrl-r tries again", retry: true });

  /** Runs something that waits for a human: no time limit meanwhile. */
  private async asking<T>(what: string, task: () => Promise<T>): Promise<T> {
    const hop = this.request.settings.name;
    this.deadline.pause();
    this.request.onStep({ kind: "asking", hop, what });
    try {
      return await task();
    } finally {
      this.request.onStep({ kind: "asked", hop });
      this.deadline.resume();
    }
  }

  private readonly verify = (key: Buffer, accept: (yes: boolean) => void): void => {
    // The key exchange is repeated after some gigabytes: it must be the same host then.
    if (this.accepted_key !== undefined) {
      accept(this.accepted_key.equals(key));
      return;
    }
    const { settings, context, host, signal, onStep } = this.request;
    const config = context.source.config_file;
    const { ask } = context;
    const asked: typeof ask = ask && ((prompt) => this.asking("host key not known", () => ask(prompt)));
    this.deadline.pause();
    void checkHostKey({
      settings,
      key,
      host,
      ask: asked,
      exclusively: context.exclusively,
      command: `ssh${config === undefined ? "" : ` -F ${config}`} ${settings.name}`,
      cancelled: () => signal.aborted,
      onStep,
    }).then((result) => {
      this.deadline.resume();
      if (!result.ok) this.fail(result.failure);
      else this.accepted_key = Buffer.from(key);
      accept(result.ok);
    });
  };

  private readonly askSecret = async (secret: SecretRequest): Promise<string | undefined> => {
    const { context, host, settings, signal } = this.request;
    const { ask } = context;
    if (ask === undefined) return undefined;
    const prompt = { kind: "secret", host, hop: settings.name, ...secret } as const;
    return this.asking(secret.label, () => context.exclusively(async () => (signal.aborted ? undefined : ask(prompt))));
  };

  private listen(): void {
    const { settings } = this.request;
    this.client.on("error", (error) => {
      // These two only end one attempt at authentication; ssh2 goes on with the next by itself.
      if (error.level === "agent" || error.level === "client-authentication") return;
      // The server's own words before it hangs up, which it does next. Source: RFC 4253 section 11.1.
      const disconnected = "code" in error && typeof error.code === "number";
      if (this.phase === "auth" && disconnected) this.said = clean(error.message, 160);
      else if (error.level === "client-socket" || lostBeforeHandshake.test(error.message)) this.ended(error);
      else this.fail(handshakeFailure(settings, this.phase, error, undefined));
    });
    this.client.on("handshake", () => {
      if (this.phase !== "handshake") return;
      this.phase = "auth";
      this.deadline.cancel();
      if (!this.settled) this.deadline = this.limit(AUTH_TIMEOUT_MS, "authentication");
    });
    this.client.on("ready", () => {
      this.request.onStep({ kind: "authenticated", hop: settings.name, user: settings.user, method: this.report().last });
      this.settle({ ok: true, client: this.client });
    });
    this.client.on("change password", () =>
      this.fail({
        hop: settings.name,
        phase: "auth",
        reason: `the password of ${settings.user} has expired`,
        advice: "log in with ssh once and change it",
        retry: false,
      }),
    );
    const closed = () => {
      if (this.settled) return;
      if (this.phase === "auth") this.fail(this.closedInAuth());
      else this.ended(new Error("the server closed the connection during the handshake"));
    };
    this.client.on("end", closed);
    this.client.on("close", closed);
  }

  /** A refusal comes with words; a connection that is just gone says nothing of the keys. */
  private closedInAuth(): ConnectFailure {
    const { settings, context } = this.request;
    if (this.said !== undefined && /auth|denied|not allowed|password|key/i.test(this.said))
      return authFailure(settings, this.report(), context.ask !== undefined, this.said);
    const words = this.said === undefined ? "" : `: ${this.said}`;
    const reason = `the server closed the connection at authentication${words}`;
    return { hop: settings.name, phase: "auth", reason, advice: "look at sshd's log on the host", retry: true };
  }

  /** The stream is over: what carried it may know why. */
  private ended(error: unknown): void {
    const { settings, transport } = this.request;
    const { phase } = this;
    void transport.complaint().then((complaint) => this.fail(handshakeFailure(settings, phase, error, complaint)));
  }

  async start(): Promise<void> {
    const { ssh2, settings, transport, context, signal, onStep } = this.request;
    signal.addEventListener("abort", this.abort);
    const known = await readKnownHosts([...settings.user_known_hosts_files, ...settings.global_known_hosts_files]);
    const offer = offerOf(settings, knownKeyTypes(hostKeyNames(settings), known));
    if (!offer.ok)
      return this.fail({
        hop: settings.name,
        phase: "config",
        reason: offer.error,
        advice: "widen that setting for this host",
        retry: false,
      });
    const { identities, notes } = await loadIdentities({ ssh2, settings, uid: context.source.local.uid, clock: context.clock });
    for (const note of notes) onStep(note);
    for (const text of settings.unsupported) onStep({ kind: "note", hop: settings.name, text, fix: "see docs/decisions/ssh.md" });
    if (signal.aborted || this.settled) return this.abort();
    // Nobody listened to it while the keys were read: ssh2 would wait for a closed stream's events for ever.
    if (transport.stream.destroyed) return this.ended(new Error("Connection lost before handshake"));
    const authenticator = createAuthenticator({
      ssh2,
      settings,
      identities,
      keyring: context.keyring,
      ask: context.ask === undefined || settings.batch_mode ? undefined : this.askSecret,
      gaveUp: () => this.fail(authFailure(settings, this.report(), context.ask !== undefined, this.said)),
    });
    this.report = authenticator.report;
    this.listen();
    const interval_ms = settings.server_alive_interval_s * 1000;
    const config: ConnectConfig = {
      sock: transport.stream,
      username: settings.user,
      algorithms: offer.offer as NonNullable<ConnectConfig["algorithms"]>,
      hostVerifier: this.verify,
      authHandler: authenticator.handler,
      readyTimeout: 0,
      keepaliveInterval: interval_ms > 0 ? Math.min(interval_ms, KEEPALIVE_MS) : KEEPALIVE_MS,
      keepaliveCountMax: KEEPALIVES_MISSED_MAX,
    };
    this.client.connect(config);
  }
}

export function openHop(request: HopRequest): Promise<HopResult> {
  return new Promise((resolve, reject) => {
    new Hop(request, resolve).start().catch(reject);
  });
}
