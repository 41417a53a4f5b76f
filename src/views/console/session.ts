/**
 * One open console from its beginning to its end: what the hosts tell and what its channel does go in, what is to be done comes out. Pure: the seat carries it
 * out. A guest is followed wherever it goes; a shell stays where it was opened and is never opened again by itself.
 */
import { isTaken, type Rival } from "../../xen/host/console.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { type GuestName, type Spot, sameSpot, type Target } from "./target.ts";

export type Subject = ({ readonly kind: "guest" } & GuestName) | { readonly kind: "shell"; readonly host: HostId };

export type Phase =
  /** Nothing is open. */
  | { readonly kind: "waiting" }
  | { readonly kind: "opening"; readonly spot: Spot }
  /** rivals: others that share its output with us (Xen before 4.7). */
  | { readonly kind: "attached"; readonly spot: Spot; readonly since_ms: number; readonly rivals: readonly Rival[] }
  /** Somebody else has it. asked_ms: since when our own waits to be let in; undefined: it was refused, and is tried again. */
  | { readonly kind: "taken"; readonly spot: Spot; readonly rivals: readonly Rival[]; readonly asked_ms: number | undefined }
  /** It ended; what was on the screen then stays. words: why, as far as anybody said. */
  | { readonly kind: "ended"; readonly spot: Spot; readonly at_ms: number; readonly words: string };

/** Something that happened to it, for the list beside the screen. */
export interface Note {
  readonly at_ms: number;
  readonly text: string;
}
export const NOTES_MAX = 50;

export interface Session {
  readonly subject: Subject;
  readonly phase: Phase;
  /** Newest last. */
  readonly notes: readonly Note[];
  /** Where it was attached last, and until when it was. */
  readonly last: { readonly spot: Spot; readonly until_ms: number | undefined } | undefined;
  /** Domains that are being received by a migration: `host domid`. What comes out of one goes on where the old one stopped. */
  readonly incoming: ReadonlySet<string>;
  /** Attempts in a row that ended without being attached; when the next may begin. */
  readonly failures: number;
  readonly next_ms: number;
}

/** How the new channel's output continues what is on the screen. */
export type Join =
  /** Nothing is there yet. */
  | "first"
  /** The same machine, the same screen. */
  | "same"
  /** Another machine, or the same after its end: what was there stays above. */
  | "anew";

export type SessionEffect =
  | { readonly kind: "open"; readonly spot: Spot }
  | { readonly kind: "close" }
  /** Before the first byte of the new channel. */
  | { readonly kind: "join"; readonly join: Join; readonly line: string }
  /** Nothing that is typed would get where it was meant for. */
  | { readonly kind: "typing_off"; readonly why: string };

export type SessionStep = readonly [Session, readonly SessionEffect[]];

export type SessionEvent =
  /** What the hosts tell now. incoming: `host domid` of what they receive of this guest. live: hosts that can be opened on. */
  | { readonly kind: "seen"; readonly target: Target; readonly incoming: readonly string[]; readonly live: readonly HostId[] }
  /** Its program runs, and these others are there already. */
  | { readonly kind: "begun"; readonly rivals: readonly Rival[] }
  /** The first of what the guest printed. */
  | { readonly kind: "printed" }
  | { readonly kind: "ended"; readonly words: string | undefined; readonly status: number | undefined };

/** Attached for so long, it was a good one: the next wait is the first again. */
const STABLE_MS = 5_000;
/** xenconsole says within moments that it is refused; an overloaded dom0 takes seconds, and who is refused must not be shown as attached. */
const LET_IN_MS = 20_000;
const RETRY_FIRST_MS = 1_000;
export const RETRY_MAX_MS = 15_000;

export const domainKey = ({ host, domid }: Spot): string => `${host} ${domid}`;

export const newSession = (subject: Subject): Session => ({
  subject,
  phase: { kind: "waiting" },
  notes: [],
  last: undefined,
  incoming: new Set(),
  failures: 0,
  next_ms: 0,
});

const noted = (session: Session, at_ms: number, text: string): Session => ({
  ...session,
  notes: [...session.notes, { at_ms, text }].slice(-NOTES_MAX),
});

/** A channel of its is open, or about to be. */
export const isOpen = ({ phase }: Session): boolean =>
  phase.kind === "opening" || phase.kind === "attached" || (phase.kind === "taken" && phase.asked_ms !== undefined);

export const spotOf = ({ phase }: Session): Spot | undefined => (phase.kind === "waiting" ? undefined : phase.spot);

/** The domain went on from another host's: a migration brought it. */
const isContinued = ({ last, incoming }: Session, spot: Spot): boolean =>
  last === undefined || sameSpot(last.spot, spot) || (last.spot.host !== spot.host && incoming.has(domainKey(spot)));

function open(session: Session, spot: Spot): SessionStep {
  return [{ ...session, phase: { kind: "opening", spot } }, [{ kind: "open", spot }]];
}

function seen(session: Session, { target, incoming, live }: Extract<SessionEvent, { kind: "seen" }>, now_ms: number): SessionStep {
  const known = incoming.some((key) => !session.incoming.has(key)) ? new Set([...session.incoming, ...incoming]) : session.incoming;
  const now = known === session.incoming ? session : { ...session, incoming: known };
  if (now.subject.kind === "shell") {
    const spot = { host: now.subject.host, domid: 0 };
    return now.phase.kind === "waiting" && live.includes(spot.host) ? open(now, spot) : [now, []];
  }
  if (target.kind === "nowhere") return [now, []];
  const { phase } = now;
  const { spot } = target;
  if (!live.includes(spot.host)) return [now, []];
  if (isOpen(now)) {
    // A refusal comes at once: whoever isn't refused shares it.
    if (phase.kind === "taken" && now_ms - (phase.asked_ms ?? now_ms) >= LET_IN_MS) return attach(now, phase.rivals, now_ms);
    if (sameSpot(spotOf(now), spot)) return [now, []];
    const [next, effects] = open(now, spot);
    return [next, [{ kind: "close" }, ...effects]];
  }
  if (now_ms < now.next_ms && sameSpot(spotOf(now), spot)) return [now, []];
  return open(now, spot);
}

function attach(session: Session, rivals: readonly Rival[], now_ms: number): SessionStep {
  const spot = spotOf(session);
  if (spot === undefined) return [session, []];
  const { last, subject } = session;
  const join: Join = last === undefined ? "first" : isContinued(session, spot) ? "same" : "anew";
  const where = subject.kind === "shell" ? spot.host : `${spot.host}, domain ${spot.domid}`;
  const verb =
    join === "first" ? "opened" : join === "anew" ? "a new machine" : last?.spot.host === spot.host ? "attached again" : "followed";
  const gap = join === "same" && last?.spot.host === spot.host ? "; what it printed in between may be missing" : "";
  const text = verb === "followed" ? `followed to ${where}` : `${verb} on ${where}${gap}`;
  const next: Session = {
    ...noted(session, now_ms, text),
    phase: { kind: "attached", spot, since_ms: now_ms, rivals },
    last: { spot, until_ms: undefined },
  };
  const effects: SessionEffect[] = [{ kind: "join", join, line: text }];
  return [next, join === "anew" ? [...effects, { kind: "typing_off", why: "it is another machine" }] : effects];
}

/** Where others are attached, it shows only by what comes whether they let us in. */
function begun(session: Session, rivals: readonly Rival[], now_ms: number): SessionStep {
  if (session.phase.kind !== "opening") return [session, []];
  if (rivals.length === 0) return attach(session, rivals, now_ms);
  return [{ ...session, phase: { kind: "taken", spot: session.phase.spot, rivals, asked_ms: now_ms } }, []];
}

const backoff = (failures: number): number => Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 10));

/** A migration is under way: what is typed until it is followed goes nowhere, but to the same machine after that. */
const isMoving = ({ incoming }: Session, spot: Spot): boolean => [...incoming].some((key) => !key.startsWith(`${spot.host} `));

function ended(session: Session, { words, status }: Extract<SessionEvent, { kind: "ended" }>, now_ms: number): SessionStep {
  const { phase } = session;
  if (phase.kind !== "opening" && phase.kind !== "attached" && phase.kind !== "taken") return [session, []];
  const { spot } = phase;
  const lasted = phase.kind === "attached" && now_ms - phase.since_ms >= STABLE_MS;
  const failures = lasted ? 1 : session.failures + 1;
  const waits = { failures, next_ms: now_ms + backoff(failures - 1) };
  if (isTaken(words)) {
    const rivals = phase.kind === "opening" ? [] : phase.rivals;
    return [
      { ...session, phase: { kind: "taken", spot, rivals, asked_ms: undefined }, ...waits },
      [{ kind: "typing_off", why: "somebody else has the console" }],
    ];
  }
  const why = words !== undefined && words !== "" ? words : status === undefined ? "the connection was lost" : `it ended with ${status}`;
  const told = phase.kind === "attached" ? noted(session, now_ms, `ended on ${spot.host}: ${why}`) : session;
  const next: Session = {
    ...told,
    phase: { kind: "ended", spot, at_ms: now_ms, words: why },
    last: phase.kind === "attached" ? { spot, until_ms: now_ms } : session.last,
    ...waits,
  };
  return [next, isMoving(session, spot) ? [] : [{ kind: "typing_off", why: "the console ended" }]];
}

export function step(session: Session, event: SessionEvent, now_ms: number): SessionStep {
  switch (event.kind) {
    case "seen":
      return seen(session, event, now_ms);
    case "begun":
      return begun(session, event.rivals, now_ms);
    case "printed":
      return session.phase.kind === "taken" ? attach(session, session.phase.rivals, now_ms) : [session, []];
    case "ended":
      return ended(session, event, now_ms);
  }
}
