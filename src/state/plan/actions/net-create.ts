/**
 * A bridge that the other host has and this one lacks, or lacks the way out of: made by its example, one `ip` command a step, now. What makes it at
 * the next boot is shown as text for what this host sets its network up with, and written only where that is asked for.
 */
import { type Action, answersCheck, check, evidenceOf, type PlanContext, planOf, refuse, step } from "../action.ts";
import type { ActionArg, Given } from "../arguments.ts";
import { checkOn, lacks } from "../facts.ts";
import { type Persistence, persistenceFor } from "../net-files.ts";
import { setupLook, setupOf } from "../net-setup.ts";
import { leaseKey, type Plan, type Refusal } from "../plan.ts";
import { baseChecks, bridgeCheck, guestsCheck, persistChecks } from "./net-checks.ts";
import { linuxParts, ovsParts, wantedOf, writeSteps } from "./net-parts.ts";
import { BRIDGE, exampleOf, type Goal, goalOf, namesOf, ON } from "./net-target.ts";
import { taking } from "./storage-target.ts";

const UPLINK: ActionArg = {
  name: "uplink",
  optional: true,
  kind: "text",
  length_max: 15,
  prompt: "over which interface, where it can't be told",
};
const WRITE: ActionArg = {
  name: "write",
  optional: true,
  kind: "choice",
  prompt: "write the file that makes it at boot",
  choices: () => [
    { value: "no", title: "show it only" },
    { value: "yes", title: "write it, where nothing of that name is there" },
  ],
};

const fileNotes = ({ manager, files }: Persistence): readonly string[] =>
  files.flatMap(({ path, text }) => [`# ${path} (${manager})`, ...text.trimEnd().split("\n")]);

function planCreate(context: PlanContext, goal: Goal, { uplink, write }: Given): Plan {
  const { host, peer, bridge, way, port } = goal;
  const persistence = persistenceFor(setupOf(context, host, namesOf(goal)), wantedOf(goal));
  const linux = bridge.kind === "linux";
  const parts = linux ? linuxParts(goal) : ovsParts(goal);
  const disruptive = way.kind === "port";
  const said = `make ${bridge.name} on ${host} as on ${peer}`;
  return planOf({
    request: {
      action: "net create",
      args: { bridge: bridge.name, on: host, ...(uplink === undefined ? {} : { uplink }), ...(write === undefined ? {} : { write }) },
    },
    goal: `${said}${port === undefined ? "" : `, over ${port}`}`,
    risk: disruptive ? "disruptive" : "routine",
    ...(disruptive ? { typed: { word: bridge.name, what: "the bridge's name" } } : {}),
    keys: [leaseKey("net", `${host} ${bridge.name}`), ...(port === undefined ? [] : [leaseKey("net", `${host} ${port}`)])],
    hosts: taking(context, host),
    checks: [
      answersCheck(context, host),
      checkOn(context, { host: peer, reading: linux ? "ip-link" : "ovs", id: "example" }, () => [
        "pass",
        `${peer} shows how ${bridge.name} is made`,
      ]),
      bridgeCheck(context, goal),
      ...baseChecks(context, goal),
      ...(linux || !lacks(context, host, "ovs")
        ? []
        : [check("ovs", "fail", `${host} has no Open vSwitch`, evidenceOf(context, host, "ovs"))]),
      ...persistChecks(context, goal, persistence, write === "yes"),
      ...guestsCheck(context, goal),
      ...(way.kind === "vlan"
        ? [check("switch", "warn", `whether the switch lets VLAN ${way.id} through to ${host} shows only once guests talk over it`)]
        : []),
      ...(bridge.link?.bridge_vlan_filtering === true
        ? [check("filtering", "warn", `which VLANs ${bridge.name}'s ports let through isn't copied: bridge vlan`)]
        : []),
    ],
    steps: [
      ...parts.map((part) => step({ before: [], ...part, host, risk: disruptive ? "disruptive" : "routine", usual_s: 2, settle_s: 15 })),
      ...(write === "yes" && linux ? writeSteps(goal, persistence.files) : []),
    ],
    notes: linux ? fileNotes(persistence) : [],
    next: `5: see that ${bridge.name} on ${host} sees the guests of ${peer}; net remove ${bridge.name} --on ${host} takes it away`,
  });
}

function wishOf(context: PlanContext, given: Given): Goal | Refusal {
  const example = exampleOf(context, given.bridge ?? "", given.on ?? "");
  return "refused" in example ? example : goalOf(example, given.uplink);
}

export const netCreate: Action = {
  id: "net create",
  title: "create as on peer",
  description: "Create a bridge with its VLAN on a host that lacks it, by the other host's example",
  on: "network",
  letter: "c",
  risk: "routine",
  marked: false,
  args: [BRIDGE, ON, UPLINK, WRITE],
  looks: (context, given) => {
    const goal = wishOf(context, given);
    return "refused" in goal ? [] : [setupLook(goal.host, namesOf(goal))];
  },
  plan: (context, given) => {
    if (given.write !== undefined && !["yes", "no"].includes(given.write))
      return refuse(`--write is yes or no, not ${JSON.stringify(given.write)}`, "no: the file is shown only");
    const goal = wishOf(context, given);
    return "refused" in goal ? goal : planCreate(context, goal, given);
  },
};
