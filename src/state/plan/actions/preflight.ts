/**
 * What a live move asks beyond what decides whether the guest can be there (state/preflight, taken over by able.ts). Only what holds for the moment of the move
 * and for no guest in particular is judged here; readiness doesn't tell it, see the reasons.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { ReadingId } from "../../../xen/read/index.ts";
import type { DrbdRow, Evidence, Placement } from "../../view-model.ts";
import { check, evidenceOf, hostIndex, type PlanContext } from "../action.ts";
import type { PlanCheck } from "../plan.ts";

export interface Leaving {
  readonly from: Placement;
  readonly target: HostId;
  readonly rows: readonly DrbdRow[];
}

type Check = (context: PlanContext, move: Leaving) => PlanCheck | undefined;

/** Hosts' clocks may be this far apart: a guest's own jumps by as much. */
export const SKEW_MAX_MS = 1_000;
/** They are told over two links, each with a delay of its own: only what no delay explains stands against a move. */
export const SKEW_CERTAIN_MS = 5_000;

const ofBoth = (context: PlanContext, { from, target }: Leaving, reading: ReadingId): readonly Evidence[] => [
  ...evidenceOf(context, from.host, reading),
  ...evidenceOf(context, target, reading),
];

const clocks: Check = (context, move) => {
  const evidence = ofBoth(context, move, "host");
  const [own, other] = [move.from.host, move.target].map((host) => context.view.hosts[hostIndex(context, host)].skew_ms);
  if (own === undefined || other === undefined)
    return check("clock", "unknown", "how far the hosts' clocks are apart isn't known", evidence);
  const apart_ms = Math.abs(own - other);
  const text = `the hosts' clocks are ${(apart_ms / 1000).toFixed(1)} s apart`;
  return check("clock", apart_ms < SKEW_MAX_MS ? "pass" : apart_ms < SKEW_CERTAIN_MS ? "warn" : "fail", text, evidence);
};

/** It shares the wire and the disks with the stream. */
const otherResync: Check = ({ view }, { rows }) => {
  const busy = view.drbd.filter(
    (row) => row.resync !== undefined && row.resync.paused === undefined && !rows.some(({ key }) => key === row.key),
  );
  const [first] = busy;
  if (first === undefined) return undefined;
  return check(
    "resync",
    "warn",
    `${busy.map(({ key }) => key).join(", ")} is being copied: the move takes longer`,
    first.sides.map(({ evidence }) => evidence),
  );
};

/** By the id of their check: why readiness doesn't tell it. */
export const ofTheMoment: Readonly<Record<string, string>> = {
  clock: "the hosts' clocks drift with every beat, and no start asks for them: a host's own finding tells them",
  resync: "another disk's copying slows a move and forbids none",
};

const checks: readonly Check[] = [clocks, otherResync];

export const preflight = (context: PlanContext, move: Leaving): readonly PlanCheck[] =>
  checks.flatMap((judge) => judge(context, move) ?? []);
