/**
 * Whether a survivor's copy of a DRBD volume holds what was last written, when its peer is silent or dead. DRBD itself calls a copy UpToDate that lost its
 * peer an hour ago, while the peer's guest wrote on: what tells is when the connection was lost, and when the host was. The kernel's log knows both.
 */
import type { HostId } from "../../xen/model/ids.ts";
import { type Judgement, judged } from "./judgement.ts";
import type { MirrorSide } from "./mirror.ts";

/** DRBD notices a peer's death within 10 to 20 s, for each resource at another moment (2-domain, section 0). */
const TOGETHER_MS = 60_000;

export interface Loss {
  /** Console clock; undefined: the log's line has no time. */
  readonly at_ms: number | undefined;
  /** What the peer was when it was lost. */
  readonly peer_role: string | undefined;
}
/** By resource, and `drbdMINOR`. */
export type Losses = ReadonlyMap<string, Loss>;

/** A kernel's word on DRBD. */
export interface LogLine {
  /** Console clock. */
  readonly at_ms: number | undefined;
  readonly subject: string | undefined;
  readonly text: string;
}

const lost =
  /conn\( (?:Connected|Sync\w+|PausedSync\w|WFBitMap\w|WFSyncUUID|Verify\w|Ahead|Behind) -> (?:NetworkFailure|Timeout|BrokenPipe|ProtocolError|TearDown|Disconnecting|Unconnected)/;
const found = /conn\( \S+ -> (?:Connected|WFBitMap\w|Sync\w+) \)/;
const role = /peer\( (\w+) -> Unknown \)/;

/** When the peer was last lost; gone again where it was found since. Lines in order. */
export function lossesIn(lines: Iterable<LogLine>): Losses {
  const losses = new Map<string, Loss>();
  for (const { at_ms, subject, text } of lines) {
    const name = subject === undefined ? undefined : /^(?:drbd ([^\s/]+)|(drbd\d+))/.exec(subject);
    const key = name?.[1] ?? name?.[2];
    if (key === undefined) continue;
    if (lost.test(text)) losses.set(key, { at_ms, peer_role: role.exec(text)?.[1] });
    else if (found.test(text)) losses.delete(key);
  }
  return losses;
}

export const lossOf = (losses: Losses, resource: string, minor: number | undefined): Loss | undefined =>
  losses.get(resource) ?? losses.get(`drbd${minor}`);

/**
 * A kernel with hundreds of resources says more than it sends: then what was watched counts. connected_ms: when it was last seen connected, so that it was lost
 * no earlier; a line from before that is of an older loss.
 */
export function lossSeen(logged: Loss | undefined, connected_ms: number | undefined): Loss | undefined {
  if (connected_ms === undefined || (logged?.at_ms ?? Number.NEGATIVE_INFINITY) >= connected_ms) return logged;
  return { at_ms: connected_ms, peer_role: logged?.peer_role };
}

/** What was heard last of the host itself; else its death is as late as the last connection that was lost to it. */
export function diedAt(heard_ms: number | undefined, losses: Losses): number | undefined {
  if (heard_ms !== undefined) return heard_ms;
  const times = [...losses.values()].flatMap(({ at_ms }) => at_ms ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

export interface Copy extends Judgement {
  /** Said among what may be lost. */
  readonly loses?: string;
}

interface Age {
  /** `r0/0` */
  readonly key: string;
  readonly survivor: HostId;
  readonly dead: HostId;
  readonly loss: Loss | undefined;
  readonly died_ms: number | undefined;
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

/** An UpToDate copy that isn't connected: as new as the other host's death, or from before. */
export function copyAge({ key, survivor, dead, loss, died_ms }: Age): Copy {
  if (loss?.at_ms === undefined)
    return judged(
      "unknown",
      `${key} on ${survivor}: since when it isn't connected is told neither by its kernel's log nor by what was watched: its copy may be old`,
    );
  if (died_ms !== undefined && died_ms - loss.at_ms > TOGETHER_MS)
    return judged(
      "fail",
      `${key} on ${survivor} was not connected from ${clock(loss.at_ms)} on, ${dead} lived at ${clock(died_ms)}: this copy is old`,
    );
  return {
    ...judged("pass", `${key} on ${survivor}: UpToDate, connected until ${clock(loss.at_ms)}`),
    loses: `what ${dead} wrote to ${key} after ${clock(loss.at_ms)} UTC, if it did`,
  };
}

/** Judged for one volume on the survivor, whose peer is dead. */
export function survivingCopy({ side, split, ...age }: Age & { readonly side: MirrorSide; readonly split: boolean }): Copy {
  const { key, survivor, dead } = age;
  if (!side.fresh) return judged("unknown", `${key} on ${survivor}: not freshly read`);
  if (!side.present) return judged("fail", `${key} isn't up on ${survivor}`);
  if (split) return judged("fail", `${key}: split brain, neither copy has everything`);
  if (side.connection === "Connected") return judged("fail", `${key} is Connected to ${dead}: it is alive`);
  if (side.suspended !== "no" && side.suspended !== "") return judged("fail", `${key} on ${survivor}: I/O suspended (${side.suspended})`);
  if (side.disk !== "UpToDate")
    return judged(
      "fail",
      `${key} on ${survivor} is ${side.disk === "" ? "of unknown state" : side.disk}: only a copy that is UpToDate is taken`,
    );
  return copyAge(age);
}
