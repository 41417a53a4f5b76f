/**
 * Whether a guest can be on a host, as its readiness says it all the time (state/preflight): what it says is what a plan that starts or moves the guest takes
 * over, check by check. Nothing that decides it is judged a second time.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestRow, ReadinessCheck } from "../../view-model.ts";
import { check, hostIndex, lookedAt, type PlanContext } from "../action.ts";
import type { Look } from "../look.ts";
import type { PlanCheck } from "../plan.ts";

export type Purpose = "start" | "move";

/** What the fact says for this. */
export const saysFor = (purpose: Purpose, told: ReadinessCheck): Pick<ReadinessCheck, "result" | "text" | "evidence"> =>
  purpose === "move" ? (told.move ?? told) : told;

/** `asks`: false for what this plan judges itself, or makes true first. */
export function ableChecks(
  context: PlanContext,
  guest: GuestRow,
  host: HostId,
  purpose: Purpose,
  asks: (told: ReadinessCheck) => boolean = () => true,
): readonly PlanCheck[] {
  const { answer, checks, reason } = guest.can_run[hostIndex(context, host)];
  if (answer === "here") return [check("target", "fail", `${guest.name} runs on ${host}`)];
  if (checks.length === 0) return [check("host", "unknown", reason ?? `${host} isn't known to be able to run it`)];
  return checks.filter(asks).map((told) => {
    const { result, text, evidence } = saysFor(purpose, told);
    const asked = told.id === "pool" ? askedPool(context, host, text) : undefined;
    return asked ?? check(told.id, result, text, evidence);
  });
}

const poolLook = (host: HostId): Look => ({ kind: "command", host, argv: ["xl", "cpupool-list"] });

/** Of a guest with a CPU pool of its own the host is asked which it has: no reading lists them. */
export const ableLooks = (context: PlanContext, guest: GuestRow, host: HostId): readonly Look[] =>
  guest.can_run[hostIndex(context, host)].checks.some(({ id, result }) => id === "pool" && result === "unknown") ? [poolLook(host)] : [];

/** text: as readiness says that it doesn't know. */
function askedPool(context: PlanContext, host: HostId, text: string): PlanCheck | undefined {
  const wanted = /has the CPU pool (.+) isn't known$/.exec(text)?.[1];
  if (wanted === undefined) return undefined;
  const looked = lookedAt(context, poolLook(host));
  const asked = looked === undefined ? [] : [{ host, command: "xl cpupool-list", at_ms: looked.at_ms }];
  if (looked?.code !== 0) return { ...check("pool", "unknown", text), asked };
  const there = looked.stdout.split("\n").some((line) => line.startsWith(`${wanted} `));
  return { ...check("pool", there ? "pass" : "fail", `CPU pool ${wanted} ${there ? "" : "not "}on ${host}`), asked };
}
