/**
 * Whether a survivor's copy of a DRBD resource holds what was last written, when its peer is dead. DRBD itself calls a copy UpToDate that lost its
 * peer an hour ago, while the peer's guest wrote on: what tells is when the connection was lost, and when the host was. The kernel's log knows both.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { DrbdRow } from "../../view-model.ts";
import { hostIndex, type PlanContext } from "../action.ts";

/** DRBD notices a peer's death within 10 to 20 s, for each resource at another moment (2-domain, section 0). */
const TOGETHER_MS = 60_000;

interface Loss {
  /** Console clock; undefined: the log's line has no time. */
  readonly at_ms: number | undefined;
  /** What the peer was when it was lost. */
  readonly peer_role: string | undefined;
}

const lost =
  /conn\( (?:Connected|Sync\w+|PausedSync\w|WFBitMap\w|WFSyncUUID|Verify\w|Ahead|Behind) -> (?:NetworkFailure|Timeout|BrokenPipe|ProtocolError|TearDown|Disconnecting|Unconnected)/;
const found = /conn\( \S+ -> (?:Connected|WFBitMap\w|Sync\w+) \)/;
const role = /peer\( (\w+) -> Unknown \)/;

interface Line {
  readonly at_ms: number | undefined;
  readonly subject: string | undefined;
  readonly text: string;
}

/** What a host's kernel said of DRBD, in order: what it remembered, then what was heard since. */
function linesOf({ state, view }: PlanContext, host: HostId): readonly Line[] {
  const known = state.hosts.get(host)?.facts["kernel-log"];
  const skew_ms = view.hosts.find(({ id }) => id === host)?.skew_ms ?? 0;
  const told = known?.state === "known" ? known.value : [];
  const before = told.map(({ host_wall_ms, subject, text }) => ({
    at_ms: host_wall_ms === undefined ? undefined : host_wall_ms - skew_ms,
    subject,
    text,
  }));
  const since = state.timeline
    .filter((entry) => entry.host === host && entry.origin === "journal")
    .map(({ at_ms, object, text }) => ({ at_ms, subject: object, text }));
  return [...before, ...since];
}

/** When the survivor last lost its peer of each resource and minor; gone again where it was found since. */
export function lossesOn(context: PlanContext, survivor: HostId): ReadonlyMap<string, Loss> {
  const losses = new Map<string, Loss>();
  for (const { at_ms, subject, text } of linesOf(context, survivor)) {
    const name = subject === undefined ? undefined : /^(?:drbd ([^\s/]+)|(drbd\d+))/.exec(subject);
    const key = name?.[1] ?? name?.[2];
    if (key === undefined) continue;
    if (lost.test(text)) losses.set(key, { at_ms, peer_role: role.exec(text)?.[1] });
    else if (found.test(text)) losses.delete(key);
  }
  return losses;
}

export const lossOf = (losses: ReadonlyMap<string, Loss>, { resource, minor }: DrbdRow, index: 0 | 1): Loss | undefined =>
  losses.get(resource) ?? losses.get(`drbd${minor[index]}`);

export interface Copy {
  readonly result: "pass" | "warn" | "fail" | "unknown";
  readonly text: string;
  /** Said among what may be lost. */
  readonly loses?: string;
}

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

/** Judged for one volume on the survivor, whose peer is dead. */
export function survivingCopy(context: PlanContext, row: DrbdRow, survivor: HostId, dead: HostId): Copy {
  const index = hostIndex(context, survivor);
  const side = row.sides[index];
  const { key } = row;
  if (side.evidence.freshness !== "fresh") return { result: "unknown", text: `${key} on ${survivor}: not freshly read` };
  if (!side.present) return { result: "fail", text: `${key} isn't up on ${survivor}` };
  if (row.split_brain !== undefined) return { result: "fail", text: `${key}: split brain, neither copy has everything` };
  if (side.connection === "Connected") return { result: "fail", text: `${key} is Connected to ${dead}: it is alive` };
  if (side.suspended !== "no" && side.suspended !== "")
    return { result: "fail", text: `${key} on ${survivor}: I/O suspended (${side.suspended})` };
  if (side.disk !== "UpToDate")
    return {
      result: "fail",
      text: `${key} on ${survivor} is ${side.disk === "" ? "of unknown state" : side.disk}: only a copy that is UpToDate is taken`,
    };
  const losses = lossesOn(context, survivor);
  const loss = lossOf(losses, row, index);
  // The moment of death: as the console last heard of it, or as most of its connections went.
  const heard_ms = context.view.hosts[hostIndex(context, dead)].heard_ms;
  const others = [...losses.values()].flatMap(({ at_ms }) => at_ms ?? []);
  const died_ms = heard_ms ?? (others.length === 0 ? undefined : Math.max(...others));
  if (loss?.at_ms === undefined)
    return {
      result: "unknown",
      text: `${key} on ${survivor}: since when it isn't connected can't be told from its kernel's log: its copy may be old`,
    };
  if (died_ms !== undefined && died_ms - loss.at_ms > TOGETHER_MS)
    return {
      result: "fail",
      text: `${key} on ${survivor} was not connected from ${clock(loss.at_ms)} on, ${dead} lived at ${clock(died_ms)}: this copy is old`,
    };
  return {
    result: "pass",
    text: `${key} on ${survivor}: UpToDate, connected until ${clock(loss.at_ms)}`,
    loses: `what ${dead} wrote to ${key} after ${clock(loss.at_ms)} UTC, if it did`,
  };
}
