/**
 * A host's link over ssh: connects, keeps the probe running, reconnects for ever. See link.ts for the contract, ssh/ for the work.
 * Every attempt has a generation; what an older one still says is not heard.
 */
import type { Ask, HostLink, LinkEvent, LinkState } from "./link.ts";
import { openBeside } from "./ssh/beside.ts";
import { type Clock, systemClock } from "./ssh/clock.ts";
import { type ConfigSource, systemConfigSource } from "./ssh/config.ts";
import { type ConnectResult, connectSsh } from "./ssh/connect.ts";
import { createExclusively, createKeyring, loadSsh2, type SshContext } from "./ssh/context.ts";
import { type Decoder, type ProbeSession, type SessionRequest, startProbeSession } from "./ssh/probe-session.ts";
import type { ConnectFailure, ConnectStep, OnStep } from "./ssh/steps.ts";
import { systemLookup } from "./ssh/transport.ts";

/** The first wait before trying again; it doubles up to the longest. Each is taken between half and all of itself, by chance. */
export const BACKOFF_FIRST_MS = 1_000;
export const BACKOFF_MAX_MS = 15_000;
/** A link that lived this long was a good one: the next wait is the first again. */
const STABLE_MS = 30_000;
/** reconnect() drops a live link that has been silent this long, and an attempt that has taken this long. */
const IMPATIENT_SILENCE_S = 3;
const IMPATIENT_ATTEMPT_MS = 2_000;

export interface LinkRequest {
  /** The host's name as ssh knows it; also the hop's name until others are known. */
  readonly name: string;
  readonly connect: (onStep: OnStep, signal: AbortSignal) => Promise<ConnectResult>;
  readonly program: string;
  readonly probe: SessionRequest["probe"];
  readonly become: SessionRequest["become"];
  readonly createDecoder: () => Decoder;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Hears every step of every attempt (doctor). */
  readonly onStep?: OnStep;
}

/** The wait before attempt n + 1, where n attempts failed in a row. */
export function backoffMs(failures: number, random: number): number {
  const longest = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 10));
  return Math.round(longest * (0.5 + random / 2));
}

export function createSshLink(request: LinkRequest): HostLink {
  const { clock, name } = request;
  let listener: ((event: LinkEvent) => void) | undefined;
  let generation = 0;
  let session: ProbeSession | undefined;
  let state: LinkState = { phase: "idle" };
  let cancelRetry: () => void = () => undefined;
  /** Failures in a row. */
  let failures = 0;
  let attempt = 0;
  let attempt_since_ms = 0;
  let live_since_ms: number | undefined;
  /** When the link was last lost; kept over attempts. */
  let down_since_ms: number | undefined;
  let hop = name;

  const become = (next: LinkState): void => {
    state = next;
    listener?.({ kind: "state", link: next });
  };
  const connecting = (): void => become({ phase: "connecting", hop, since_ms: attempt_since_ms, attempt });

  const onStep = (step: ConnectStep): void => {
    if (step.kind === "connecting") {
      hop = step.hop;
      connecting();
    } else if (step.kind === "asking") become({ phase: "needs_auth", hop: step.hop, what: step.what, since_ms: clock.now_ms() });
    else if (step.kind === "asked") connecting();
    request.onStep?.(step);
  };

  const onEnd = (failure: ConnectFailure): void => {
    const now_ms = clock.now_ms();
    session = undefined;
    generation += 1;
    request.onStep?.({ kind: "failed", failure });
    if (live_since_ms !== undefined && now_ms - live_since_ms >= STABLE_MS) failures = 0;
    live_since_ms = undefined;
    failures += 1;
    down_since_ms ??= now_ms;
    const { reason, advice } = failure;
    if (!failure.retry) {
      become({ phase: "refused", hop: failure.hop || name, reason, advice, since_ms: down_since_ms });
      return;
    }
    const wait_ms = backoffMs(failures, request.random());
    cancelRetry = clock.after(wait_ms, begin);
    become({ phase: "unreachable", hop: failure.hop || name, reason, since_ms: down_since_ms, retry_at_ms: now_ms + wait_ms, attempt });
  };

  const begin = (): void => {
    cancelRetry();
    session?.stop();
    generation += 1;
    const mine = generation;
    attempt += 1;
    attempt_since_ms = clock.now_ms();
    hop = name;
    live_since_ms = undefined;
    connecting();
    // The listener may have stopped the link, or begun anew.
    if (mine !== generation) return;
    const current = <T extends unknown[]>(run: (...args: T) => void) => {
      return (...args: T) => {
        if (mine === generation) run(...args);
      };
    };
    session = startProbeSession({
      connect: request.connect,
      program: request.program,
      probe: request.probe,
      become: request.become,
      decoder: request.createDecoder(),
      clock,
      onStep: current(onStep),
      onLive: current(() => {
        live_since_ms = clock.now_ms();
        down_since_ms = undefined;
        attempt = 0;
        become({ phase: "live", since_ms: live_since_ms });
      }),
      onFrame: current((frame) => listener?.({ kind: "frame", frame })),
      onEnd: current(onEnd),
    });
  };

  return {
    start: (hear) => {
      if (listener !== undefined) throw new Error("a link is started once");
      listener = hear;
      begin();
    },
    reconnect: (anew = false) => {
      if (listener === undefined) return;
      if (state.phase === "needs_auth") return;
      if (!anew && state.phase === "live" && (session?.silent_s() ?? 0) < IMPATIENT_SILENCE_S) return;
      if (state.phase === "connecting" && clock.now_ms() - attempt_since_ms < IMPATIENT_ATTEMPT_MS) return;
      failures = 0;
      begin();
    },
    send: (line) => {
      if (state.phase === "live") session?.send(line);
    },
    open: (wanted, hear) =>
      session === undefined
        ? openBeside(undefined, () => "", { pty: undefined, hear, refused: "not connected" })
        : session.open(wanted, hear),
    stop: () => {
      generation += 1;
      cancelRetry();
      session?.stop();
      session = undefined;
      listener = undefined;
      state = { phase: "idle" };
    },
  };
}

export interface SshLinksRequest {
  /** -F. */
  readonly config_file: string | undefined;
  /** undefined: nobody can be asked, unknown keys and locked keys are refused. */
  readonly ask: Ask | undefined;
  readonly program: string;
  readonly createDecoder: () => Decoder;
  readonly random: () => number;
  readonly clock?: Clock;
  readonly source?: ConfigSource;
}

export interface SshLinkOptions {
  readonly probe?: SessionRequest["probe"];
  readonly become?: SessionRequest["become"];
  readonly onStep?: OnStep;
}

/** A maker of links that share what the operator said: unlocked keys, accepted host keys, one question at a time. */
export function createSshLinks(shared: SshLinksRequest): (name: string, options?: SshLinkOptions) => HostLink {
  const clock = shared.clock ?? systemClock;
  const context: SshContext = {
    source: shared.source ?? systemConfigSource(shared.config_file),
    clock,
    ask: shared.ask,
    keyring: createKeyring(),
    exclusively: createExclusively(),
    lookup: systemLookup,
    load: loadSsh2,
  };
  return (name, options = {}) =>
    createSshLink({
      name,
      connect: (onStep, signal) => connectSsh({ name, host: name, context, signal, onStep }),
      program: shared.program,
      probe: options.probe ?? "send",
      become: options.become ?? "auto",
      createDecoder: shared.createDecoder,
      clock,
      random: shared.random,
      ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    });
}
