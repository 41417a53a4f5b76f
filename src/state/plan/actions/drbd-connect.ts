/** `drbdadm connect` wherever it is StandAlone: ends Connected, or says why not. */
import { type Action, answersCheck, both, check, hostIndex, planOf, resourceNamed, step } from "../action.ts";
import { sizeOf } from "../facts.ts";
import type { PlanCheck, PlanStep } from "../plan.ts";
import { differs } from "./drbd-evidence.ts";
import { drbdadm, expectation, noSplit, RESOURCE, resourceKey, sides, standAlone, type Target } from "./drbd-target.ts";

/** Two that were written apart can't be joined: DRBD would find out, and leave both StandAlone. */
function writersCheck(target: Target): PlanCheck {
  const { context, resource } = target;
  const hosts = both(context.view);
  const primary = hosts.filter((host) => sides(target, host).some(({ role }) => role === "Primary"));
  const evidence = hosts.flatMap((host) => sides(target, host).map((side) => side.evidence));
  return primary.length < 2
    ? check("roles", "pass", `${resource} is Primary on ${primary[0] ?? "neither host"}`, evidence)
    : check("roles", "fail", `${resource} is Primary on both hosts while apart: one has to be given up first (drbd secondary)`, evidence);
}

/** Who copies what from whom is DRBD's to say, by the generations; how much is told here. */
function missedChecks(target: Target): readonly PlanCheck[] {
  const told = both(target.context.view).flatMap((host) => {
    const kib = differs(target, host);
    return kib === undefined || kib === 0 ? [] : [`${host} has ${sizeOf(kib)} that the other hasn't`];
  });
  return told.length === 0 ? [] : [check("missed", "pass", `${told.join(", ")}: it is copied once they are connected`)];
}

export const connect: Action = {
  id: "drbd connect",
  title: "connect",
  description: "Connect a resource again",
  on: "resource",
  letter: "c",
  risk: "routine",
  marked: true,
  args: [RESOURCE],
  plan: (context, args) => {
    const rows = resourceNamed(context, args.resource ?? "");
    if ("refused" in rows) return rows;
    const resource = rows[0]?.resource ?? "";
    const hosts = both(context.view);
    const target: Target = { context, rows, resource, host: hosts[0], peer: hosts[1] };
    const alone = hosts.filter((host) => sides(target, host).some(standAlone));
    const steps = alone.map((host, at): PlanStep => {
      const last = at === alone.length - 1;
      return step({
        id: `connect-${hostIndex(context, host)}`,
        title: `connect ${resource} on ${host}`,
        host,
        argv: drbdadm({ context, host, resource }, "connect"),
        before: [expectation(target, host, { connection: ["StandAlone"] })],
        after: [expectation(target, host, { connection: last ? ["Connected"] : ["Connecting", "Connected", "Unconnected"] })],
        undo: `drbd disconnect ${resource} --on ${host}`,
        risk: "routine",
        settle_s: 30,
      });
    });
    return planOf({
      request: { action: "drbd connect", args: { resource } },
      goal: `connect ${resource}`,
      risk: "routine",
      keys: [resourceKey(resource)],
      hosts,
      checks: [
        ...hosts.map((host) => answersCheck(context, host)),
        noSplit(target),
        writersCheck(target),
        ...missedChecks(target),
        ...(alone.length === 0 ? [check("alone", "fail", `${resource} is StandAlone on neither host: there is nothing to connect`)] : []),
      ],
      steps,
    });
  },
};
