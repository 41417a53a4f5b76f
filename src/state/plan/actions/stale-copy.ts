/** A survivor's copies of a dead host's disks (preflight/surviving-copy.ts), on what a plan knows. */
import type { HostId } from "../../../xen/model/ids.ts";
import { type Copy, diedAt, type Losses, lossesIn, lossOf, lossSeen, survivingCopy } from "../../preflight/surviving-copy.ts";
import type { DrbdRow } from "../../view-model.ts";
import { hostIndex, type PlanContext } from "../action.ts";
import { mirrorSides } from "./mirrors.ts";

/** What a host's kernel said of DRBD, in order: what it remembered, then what was heard since. */
export function lossesOn({ state, view }: PlanContext, survivor: HostId): Losses {
  const known = state.hosts.get(survivor)?.facts["kernel-log"];
  const skew_ms = view.hosts.find(({ id }) => id === survivor)?.skew_ms ?? 0;
  const told = known?.state === "known" ? known.value : [];
  const before = told.map(({ host_wall_ms, subject, text }) => ({
    at_ms: host_wall_ms === undefined ? undefined : host_wall_ms - skew_ms,
    subject,
    text,
  }));
  const since = state.timeline
    .filter((entry) => entry.host === survivor && entry.origin === "journal")
    .map(({ at_ms, object, text }) => ({ at_ms, subject: object, text }));
  return lossesIn([...before, ...since]);
}

export const lossOfRow = (losses: Losses, { resource, minor }: DrbdRow, index: 0 | 1) => lossOf(losses, resource, minor[index]);

/** Judged for one volume on the survivor, whose peer is dead. */
export function copyOn(context: PlanContext, row: DrbdRow, survivor: HostId, dead: HostId): Copy {
  const index = hostIndex(context, survivor);
  const losses = lossesOn(context, survivor);
  return survivingCopy({
    key: row.key,
    side: mirrorSides(row)[index],
    split: row.split_brain !== undefined,
    survivor,
    dead,
    loss: lossSeen(lossOfRow(losses, row, index), context.state.history.bad_copies.get(`${survivor}|${row.key}`)?.connected_ms),
    died_ms: diedAt(context.view.hosts[hostIndex(context, dead)].heard_ms, losses),
  });
}
