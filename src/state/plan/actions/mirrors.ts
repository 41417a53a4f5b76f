/** DRBD's rows as checks of a plan: judged by preflight/mirror.ts, as the guests' readiness is. */
import type { HostId, Pair } from "../../../xen/model/ids.ts";
import { type MirrorSide, mirrorMoves, twoPrimariesTold, writtenElsewhere } from "../../preflight/mirror.ts";
import type { DrbdRow } from "../../view-model.ts";
import { both, check, evidenceOf, type PlanContext } from "../action.ts";
import type { PlanCheck } from "../plan.ts";

export const mirrorSides = ({ sides: [a, b] }: DrbdRow): Pair<MirrorSide> => [
  { ...a, fresh: a.evidence.freshness === "fresh" },
  { ...b, fresh: b.evidence.freshness === "fresh" },
];

export function moveChecks(context: PlanContext, row: DrbdRow, source: HostId): readonly PlanCheck[] {
  const found = mirrorMoves({ key: row.key, sides: mirrorSides(row), split: row.split_brain !== undefined }, source);
  const seen = row.sides.map(({ evidence }) => evidence);
  return [
    check("drbd", found.result, found.text, seen),
    ...row.allow_two_primaries.map((allowed, at) => {
      const host = both(context.view)[at === 0 ? 0 : 1];
      const { result, text } = twoPrimariesTold(row.resource, host, allowed);
      return check("two_primaries", result, text, evidenceOf(context, host, "drbd-show"));
    }),
  ];
}

export function startCheck(row: DrbdRow, host: HostId): PlanCheck {
  const other = row.sides.find((side) => side.host !== host);
  const { result, text } = writtenElsewhere(row.key, other);
  return check("drbd", result, text, other === undefined ? [] : [other.evidence]);
}
