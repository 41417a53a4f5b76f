/** What to do instead, where a plan can't be run now: of the findings about what stands against it, else by the kind of check. Pure. */
import { nextStep } from "../../state/next-step.ts";
import { isRefusal, leaseKey, type PlanCheck } from "../../state/plan/plan.ts";
import type { Finding, PairView } from "../../state/view-model.ts";
import type { JudgedPart } from "./dialog.ts";

/** By the check's id. */
const advice: Readonly<Record<string, string>> = {
  host: "wait until it answers; ctrl-r tries now",
  guest: "2 Guests, see where it is and how it stands there",
  target: "it is there already",
  drbd: "3 DRBD, wait until both copies are Connected and UpToDate, or mend what keeps them from it",
  two_primaries: "3 DRBD, ctrl-r reads its settings again",
  disk: "3 DRBD and 4 Storage, mend its disks first",
  memory: "2 Guests, move another guest away from there or make one smaller first",
  network: "5 Network, make what is missing there first",
  config: "2 Guests, copy its configuration to that host first",
  hardware: "it can be shut down here and started there instead",
  version: "it can be shut down here and started there instead",
  passthrough: "it can be shut down here and started there instead",
  name: "2 Guests, find out which of the two is meant",
};

/** Findings about the plan's objects, the worst first as they come. */
function about({ part, now }: JudgedPart, view: PairView): Finding | undefined {
  const plan = isRefusal(now) ? undefined : now;
  const keys = new Set(plan?.keys ?? []);
  return view.findings.find(
    ({ object, severity }) =>
      severity !== "info" && (object === part.name || keys.has(leaseKey("guest", object)) || keys.has(leaseKey("drbd", object))),
  );
}

const ofCheck = ({ id, result, evidence }: PlanCheck): string | undefined =>
  result === "unknown" && evidence.some(({ freshness }) => freshness !== "fresh")
    ? `it isn't freshly known: wait for ${[...new Set(evidence.map(({ host }) => host))].join(" and ")}; ctrl-r reads again`
    : advice[id];

/** undefined: nothing stands against it. */
export function nextSafe(part: JudgedPart, view: PairView): string | undefined {
  if (isRefusal(part.now)) return part.now.advice;
  const [first] = part.against;
  if (first === undefined) return undefined;
  const finding = about(part, view);
  return finding === undefined ? (ofCheck(first) ?? "look at what the check says; esc goes back, nothing was done") : nextStep(finding);
}
