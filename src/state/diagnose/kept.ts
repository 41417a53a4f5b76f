/** What a repair or an invalidate has kept of a copy (state/plan/actions/drbd-snapshot.ts): it fills with every write, and is gone once it is full. */
import { type Kept, keptSnapshots, keptText } from "../kept-snapshots.ts";
import { drbdToken } from "./drbd-common.ts";
import { answering, claim, type Draft, draft, facts, type Rule, type RuleInput, storeToken } from "./rule.ts";

/** Fuller than this, what it keeps won't last. */
export const KEPT_WARNING_PERCENT = 80;

function keptOn(input: RuleInput, host: ReturnType<typeof answering>[number]["id"]): Draft[] {
  const lvm = facts(input, host, "lvm");
  return keptSnapshots(lvm, input.view.drbd).map((kept: Kept): Draft => {
    const { vg, name, resource, percent, lost } = kept;
    const fill = percent === undefined ? "" : `, ${percent.toFixed(0)} % full`;
    const filling = percent !== undefined && percent >= KEPT_WARNING_PERCENT;
    const cause = lost
      ? `the snapshot ${vg}/${name} on ${host} overflowed: what was kept of ${resource} is lost`
      : `the snapshot ${vg}/${name} on ${host} keeps what was given up of ${resource}${fill}`;
    const left = `take what is needed out of it, then drbd forget ${resource} --on ${host}`;
    return draft(input, "drbd.kept_snapshot", {
      severity: !lost && filling ? "warning" : "info",
      object: `${host}:${vg}/${name}`,
      cause,
      evidence: [claim(input, host, "lvm", keptText(kept))],
      next: `4: ${lost ? `drbd forget ${resource} --on ${host}` : filling ? `it is lost once it is full: ${left}` : left}`,
      screen: 4,
      about: [storeToken(host, `lv:${vg}/${name}`), drbdToken(resource)],
    });
  });
}

const kept: Rule = {
  id: "drbd.kept_snapshot",
  title: "a snapshot keeps what a repair gave up",
  judge: (input) => answering(input).flatMap(({ id }) => keptOn(input, id)),
};

export const keptRules: readonly Rule[] = [kept];
