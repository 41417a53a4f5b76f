/** Looking for new disks, and for disks that have grown. Nothing that is used is touched; a bus whose target is gone makes the look itself wait. */
import type { HostId } from "../../../xen/model/ids.ts";
import { type Action, answersCheck, check, evidenceOf, hostNamed, type PlanContext, planOf, refuse, step } from "../action.ts";
import type { ActionArg } from "../arguments.ts";
import { lacks, lastFacts } from "../facts.ts";
import type { PlanCheck } from "../plan.ts";
import { storageKey, taking } from "./storage-target.ts";

const HOST = { name: "on", optional: false, kind: "host", prompt: "on which host" } as const;

interface Bus {
  readonly value: string;
  readonly title: string;
  readonly argv: readonly string[];
}
/** The whole text is fixed: no word of anybody goes into it. Every adapter is looked through, each target and LUN of it. */
const SCAN = 'rc=0; for f in /sys/class/scsi_host/host*/scan; do [ -e "$f" ] || continue; echo "- - -" >"$f" || rc=1; done; exit $rc';
const buses: readonly Bus[] = [
  { value: "iscsi", title: "every iSCSI session", argv: ["iscsiadm", "-m", "session", "-R"] },
  { value: "scsi", title: "every SCSI and Fibre Channel adapter", argv: ["/bin/sh", "-c", SCAN] },
];
const BUS: ActionArg = { name: "bus", optional: false, kind: "choice", prompt: "where to look for disks", choices: () => buses };

/** A look at a session that is down waits until it is given up. */
function downChecks(context: PlanContext, host: HostId): readonly PlanCheck[] {
  const evidence = evidenceOf(context, host, "iscsi");
  const down = (lastFacts(context, host, "iscsi")?.sessions ?? []).filter(({ connection_state }) => connection_state !== "LOGGED IN");
  return down.length === 0
    ? []
    : [
        check(
          "down",
          "warn",
          `${down.map(({ target, portal }) => `${target} over ${portal ?? "?"}`).join(", ")} is down: the look may wait for it`,
          evidence,
        ),
      ];
}

export const rescan: Action = {
  id: "storage rescan",
  title: "look for new disks",
  description: "Look for new or grown disks on iSCSI sessions or SCSI adapters",
  on: "host",
  letter: "s",
  risk: "routine",
  marked: false,
  args: [BUS, HOST],
  plan: (context, given) => {
    const host = hostNamed(context, given.on ?? "");
    if ("refused" in host) return host;
    const bus = buses.find(({ value }) => value === given.bus);
    if (bus === undefined)
      return refuse(
        `bus is ${buses.map(({ value }) => value).join(" or ")}, not ${JSON.stringify(given.bus ?? "")}`,
        "where to look for disks",
      );
    const { id } = host;
    const goal = `look for new disks on ${bus.title} of ${id}`;
    const sessions = lastFacts(context, id, "iscsi")?.sessions ?? [];
    const none = bus.value === "iscsi" && (lacks(context, id, "iscsi") || sessions.length === 0);
    return planOf({
      request: { action: "storage rescan", args: { bus: bus.value, on: id } },
      goal,
      risk: "routine",
      keys: [storageKey(`rescan ${id}`)],
      hosts: taking(context, id),
      checks: [
        answersCheck(context, id),
        none
          ? check("sessions", "fail", `${id} has no iSCSI session`, evidenceOf(context, id, "iscsi"))
          : check(
              "sessions",
              "pass",
              bus.value === "iscsi" ? `${id} has ${sessions.length} iSCSI sessions` : `every adapter of ${id}`,
              evidenceOf(context, id, "iscsi"),
            ),
        ...downChecks(context, id),
      ],
      steps: [
        step({
          id: "rescan",
          title: goal,
          host: id,
          argv: bus.argv,
          before: [],
          after: [],
          by_exit: true,
          undo: "nothing to undo: what was there stays",
          risk: "routine",
          usual_s: 20,
        }),
      ],
    });
  },
};
