/**
 * `xl migrate`, live. The tools let a migration through whose disks have parted (recording migratediverge): here every volume must be Connected and
 * UpToDate on both sides, before it and after. A silent xl is not a dead one (migratecut): its job is waited for, however long it takes.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import { NOT_CONNECTED } from "../../../xen/read/drbd-words.ts";
import type { DrbdRow, GuestRow, Placement } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  both,
  check,
  drbdUnder,
  guestNamed,
  hostNamed,
  isCheck,
  keysOf,
  onlyPlacement,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  resourcesUnder,
  settingsOf,
  step,
} from "../action.ts";
import { ADDRESS } from "../arguments.ts";
import type { Expectation } from "../expect.ts";
import type { PlanCheck, PlanGuard, PlanStep, PlanTrial } from "../plan.ts";
import { ableChecks, ableLooks } from "./able.ts";
import { unclaimed } from "./guest-parts.ts";
import { moveChecks } from "./mirrors.ts";
import { preflight } from "./preflight.ts";

const SSH = "ssh -oBatchMode=yes -oConnectTimeout=5";
const MIB_PER_S_USUAL = 40;

/** As its readiness on the target says of a live move (state/preflight). */
const targetChecks = (context: PlanContext, guest: GuestRow, target: HostId): readonly PlanCheck[] =>
  ableChecks(context, guest, target, "move").map((each) =>
    each.id === "config" && each.result === "fail"
      ? { ...each, text: `${each.text}: guest sync-config ${guest.name} --to ${target} copies it` }
      : each,
  );

const whole = (host: HostId, resource: string, role: "Primary" | "Secondary"): Expectation => ({
  kind: "drbd",
  host,
  resource,
  role,
  connection: ["Connected"],
  replication: ["Established"],
  disk: ["UpToDate"],
  peer_disk: ["UpToDate"],
});

/** Opens, or closes, the window in which both may write; only where it isn't open anyway. */
function windowSteps(context: PlanContext, rows: readonly DrbdRow[], open: boolean): readonly PlanStep[] {
  const hosts = both(context.view);
  // The setting is the resource's: of several volumes the first stands for all.
  const first = rows.filter(({ resource }, at) => rows.findIndex((row) => row.resource === resource) === at);
  return first.flatMap((row) =>
    hosts.flatMap((host, at): PlanStep[] => {
      if (row.allow_two_primaries[at === 0 ? 0 : 1] !== false) return [];
      const setting: Expectation = { kind: "two_primaries", host, resource: row.resource, allowed: open };
      return [
        step({
          id: `${open ? "open" : "close"}-${row.minor[0] ?? row.minor[1] ?? 0}-${at}`,
          title: `${open ? "allow" : "forbid"} two primaries of ${row.resource} on ${host}`,
          host,
          argv: ["drbdadm", "net-options", `--allow-two-primaries=${open ? "yes" : "no"}`, row.resource],
          // A connected DRBD tells its peer: what was allowed on the one is allowed on the other by then. To say it again does nothing.
          before: [],
          after: [setting],
          undo: `drbdadm net-options --allow-two-primaries=${open ? "no" : "yes"} ${row.resource}`,
          risk: "routine",
          always: !open,
        }),
      ];
    }),
  );
}

interface Move {
  readonly guest: GuestRow;
  readonly uuid: string;
  readonly from: Placement;
  readonly target: HostId;
  readonly via: string;
  readonly rows: readonly DrbdRow[];
}

/** A guard runs once: not while the connection is still being given up by hand, it is StandAlone in a moment. */
const APART = NOT_CONNECTED.filter((word) => word !== "Disconnecting");

interface Parting {
  readonly resource: string;
  readonly at: number;
  readonly source: HostId;
  readonly target: HostId;
  readonly guest: { readonly uuid: string; readonly name: string; readonly domid: number };
}

/**
 * The copies part while the guest is on its way: the target's is old from then on, and DRBD would let it be used all the same (recording
 * migratediverge). Called out of date, it isn't: the move fails, and the guest goes on where it was. Not while the source is silent: then the target's may
 * be the only copy, and as good as any.
 */
function parted({ resource, at, source, target, guest }: Parting): PlanGuard {
  const apart = (host: HostId, role: "Primary" | "Secondary"): Expectation => ({
    kind: "drbd",
    host,
    resource,
    role,
    connection: APART,
    disk: ["UpToDate"],
  });
  return {
    id: `outdate-${at}`,
    title: `call ${target}'s copy of ${resource} out of date: it has lost the other one`,
    host: target,
    argv: ["drbdadm", "outdate", resource],
    when: [{ kind: "guest_is", host: source, ...guest }, apart(source, "Primary"), apart(target, "Secondary")],
  };
}

/**
 * block-drbd takes the disk from a guest that has gone (drbdadm secondary), once, and is refused where something has the device open for a moment: xl says
 * only that the script failed, and the move is done with the disk Primary on both sides. The guest isn't there then any more, and nothing but what it left
 * is let go; DRBD itself refuses where anybody uses it.
 */
function leftPrimary({ resource, at, source, target, guest: { uuid, name } }: Parting): PlanGuard {
  return {
    id: `secondary-${at}`,
    title: `make ${resource} Secondary on ${source}: its guest has gone, and left it Primary`,
    host: source,
    argv: ["drbdadm", "secondary", resource],
    when: [
      { kind: "guest_runs", host: target, uuid, name },
      { kind: "guest_absent", host: source, uuid, name },
      whole(target, resource, "Primary"),
      whole(source, resource, "Primary"),
    ],
  };
}

/** After it has called the migration successful, xl takes the guest's disks from the source: on an overloaded dom0 its scripts take their time. */
const LET_GO_S = 90;

function moveStep({ guest, uuid, from, target, via, rows }: Move): PlanStep {
  const name = guest.name;
  const source = from.host;
  const resources = resourcesUnder(rows);
  return step({
    id: "move",
    title: `move ${name} from ${source} to ${target}`,
    host: source,
    argv: ["xl", "migrate", "-s", SSH, String(from.domid), via],
    before: [
      { kind: "guest_runs", host: source, uuid, name, domid: from.domid },
      { kind: "guest_absent", host: target, uuid, name },
      ...resources.flatMap((resource) => [whole(source, resource, "Primary"), whole(target, resource, "Secondary")]),
    ],
    after: [
      { kind: "guest_runs", host: target, uuid, name },
      { kind: "guest_absent", host: source, uuid, name },
      ...resources.flatMap((resource) => [whole(target, resource, "Primary"), whole(source, resource, "Secondary")]),
    ],
    guards: resources.flatMap((resource, at) => {
      const parting: Parting = { resource, at, source, target, guest: { uuid, name, domid: from.domid } };
      return [parted(parting), leftPrimary(parting)];
    }),
    undo: `move ${name} back to ${source}, a plan of its own`,
    risk: "disruptive",
    no_return: true,
    usual_s: 20 + Math.ceil((guest.memory_mib ?? 1024) / MIB_PER_S_USUAL),
    settle_s: LET_GO_S,
  });
}

const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function trials({ state }: PlanContext, { source, target, via }: { source: HostId; target: HostId; via: string }): readonly PlanTrial[] {
  const ssh = ["ssh", "-oBatchMode=yes", "-oConnectTimeout=5", via];
  const told = state.hosts.get(target)?.facts.host;
  const boot_id = told?.state === "known" ? told.value.boot_id : undefined;
  return [
    {
      host: source,
      text: `${source} reaches ${via} by ssh without being asked, and only xl answers`,
      argv: [...ssh, "xl", "info", "xen_version"],
      // What else a login prints would spoil the stream.
      stdout: "^\\d+\\.\\d+\\S*\\n?$",
    },
    {
      host: source,
      text: `${via} is ${target}, as this console knows it`,
      argv: [...ssh, "cat", BOOT_ID],
      // Of a host whose boot isn't known nothing fits.
      stdout: boot_id !== undefined && UUID.test(boot_id) ? `^${boot_id}\\n?$` : "^(?!)",
    },
  ];
}

export const migrate: Action = {
  id: "migrate",
  title: "migrate",
  description: "Move a running guest to the other host, live",
  on: "guest",
  letter: "m",
  key: "m",
  risk: "disruptive",
  marked: true,
  args: [
    { name: "guest", optional: false, kind: "guest", prompt: "which guest" },
    { name: "to", optional: true, kind: "host", prompt: "to which host" },
    { name: "via", optional: true, kind: "address", prompt: "the target's address on the network to move it over" },
  ],
  looks: (context, { guest: name = "", to }) => {
    const guest = guestNamed(context, name);
    if ("refused" in guest) return [];
    const placement = onlyPlacement(guest);
    if (isCheck(placement)) return [];
    const target = hostNamed(context, to ?? otherHost(context, placement.host));
    return "refused" in target ? [] : ableLooks(context, guest, target.id);
  },
  plan: (context, args) =>
    orRefuse(guestNamed(context, args.guest ?? ""), (guest) => {
      const placement = onlyPlacement(guest);
      const source = isCheck(placement) ? guest.host : placement.host;
      if (source === undefined)
        return refuse(
          isCheck(placement) ? placement.text : `where ${guest.name} runs isn't known`,
          "only a guest that runs on one host can be moved",
        );
      const target = args.to ?? otherHost(context, source);
      return orRefuse(hostNamed(context, target), ({ id, hostname }) => {
        if (id === source) return refuse(`${guest.name} runs on ${id} already`, `the other host is ${otherHost(context, source)}`);
        const via = args.via ?? settingsOf(context).migration.get(id) ?? hostname ?? id;
        // What a host calls itself goes to a shell as well.
        if (!ADDRESS.test(via)) return refuse(`${JSON.stringify(via)} is not a host's name or address`, "say an address with via");
        const rows = drbdUnder(context, guest);
        const running = isCheck(placement) ? placement : stateCheck(guest, placement);
        const checks = [
          running,
          answersCheck(context, source),
          answersCheck(context, id),
          ...unclaimed(context, keysOf(guest, rows)),
          ...targetChecks(context, guest, id),
          ...(isCheck(placement) ? [] : preflight(context, { from: placement, target: id, rows })),
          ...rows.flatMap((row) => moveChecks(context, row, source)),
        ];
        const request = { action: "migrate", args: { guest: guest.uuid ?? guest.name, to: id, via } };
        const from = isCheck(placement) ? undefined : placement;
        const steps =
          from === undefined || guest.uuid === undefined
            ? []
            : [
                ...windowSteps(context, rows, true),
                moveStep({ guest, uuid: guest.uuid, from, target: id, via, rows }),
                ...windowSteps(context, rows, false),
              ];
        return planOf({
          request,
          goal: `move ${guest.name} from ${source} to ${id}, live`,
          risk: "disruptive",
          typed: { word: guest.name, what: "the guest's name" },
          keys: keysOf(guest, rows),
          hosts: both(context.view),
          checks,
          trials: trials(context, { source, target: id, via }),
          steps,
          also: [{ host: source, readings: ["xl-list", "xl-list-long", "xl-info"] }],
        });
      });
    }),
};

function stateCheck(guest: GuestRow, placement: Placement): PlanCheck {
  const active = /^[r-][b-]----$/.test(placement.flags);
  const text = `${guest.name} on ${placement.host}: ${placement.state.text}`;
  return check("guest", active ? "pass" : "fail", text, [placement.evidence]);
}
