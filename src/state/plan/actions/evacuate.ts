/**
 * Empties a host for maintenance: a plan in which every guest's move is a plan of its own, made and checked on the facts of its turn, one after the
 * other, and which stops at the first that isn't done. It ends well only where the host can be switched off without anything missing it.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestRow, Placement } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  both,
  check,
  evidenceOf,
  hostNamed,
  isCheck,
  onlyPlacement,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  step,
} from "../action.ts";
import type { ActionArg } from "../arguments.ts";
import { isRefusal, leaseKey, obstacles, type Plan, type PlanCheck, type PlanStep, type Refusal } from "../plan.ts";
import { isActive, liveConfig } from "./guest-parts.ts";
import { migrate } from "./migrate.ts";
import { inOrder, type Load, neededOn, type Packing, pack } from "./packing.ts";
import { entriesOn, holdStep, isEntry, keepStep, keptPlaces, mergePlaces, type Places, placesOf } from "./places.ts";

export const HOST: ActionArg = { name: "host", optional: false, kind: "host", prompt: "which host" };
export const VIA: ActionArg = { name: "via", optional: true, kind: "address", prompt: "the address on the network to move them over" };
/** One plan holds no more: its journal has to pass as one word of a command. */
export const GUESTS_MAX = 200;

const READINGS = ["xl-list", "xl-info", "drbd-status", "xen-auto", "xenha"] as const;

/** Whatever is there of any guest. */
const partsOn = ({ view }: PlanContext, host: HostId): readonly { readonly guest: GuestRow; readonly part: Placement }[] =>
  view.guests.flatMap((guest) => guest.placements.filter((part) => part.host === host).map((part) => ({ guest, part })));

/** A move of its own, as it would be planned now. */
export const moveRequest = (guest: GuestRow, to: HostId, via: string | undefined) => ({
  action: "migrate",
  args: { guest: guest.uuid ?? guest.name, to, ...(via === undefined ? {} : { via }) },
});

export const moveStep = (guest: GuestRow, source: HostId, to: HostId, at: number, via: string | undefined): PlanStep =>
  step({
    id: `move-${at + 1}`,
    title: `move ${guest.name} to ${to}`,
    host: source,
    argv: ["xenha-tui", "migrate", guest.name, "--to", to],
    sub: moveRequest(guest, to, via),
    before: [],
    after: [],
    undo: `move ${guest.name} back to ${source}`,
    risk: "disruptive",
  });

/** What stands against each guest's move, named by the guest; of a guest that may move nothing is told. */
export function moveChecks(context: PlanContext, guests: readonly GuestRow[], to: HostId, via: string | undefined): readonly PlanCheck[] {
  return guests.flatMap((guest): readonly PlanCheck[] => {
    const plan = migrate.plan(context, moveRequest(guest, to, via).args);
    if (isRefusal(plan)) return [check("move", "fail", `${guest.name}: ${plan.refused}`)];
    // What all of them share is told once.
    return obstacles(plan)
      .filter(({ id }) => id !== "host")
      .map((each) => ({ ...each, id: "move", text: `${guest.name}: ${each.text}` }));
  });
}

export function packingCheck(context: PlanContext, { fits, short, unknown, free_mib }: Packing, target: HostId): PlanCheck {
  const evidence = evidenceOf(context, target, "xl-info");
  const names = (loads: readonly Load[]): string => loads.map(({ guest }) => guest.name).join(", ");
  if (unknown.length > 0) return check("packing", "unknown", `the memory of ${names(unknown)}, or of ${target}, isn't known`, evidence);
  if (short.length > 0)
    return check("packing", "fail", `${names(short)} doesn't fit into the ${free_mib} MiB of ${target} beside the others`, evidence);
  return check(
    "packing",
    "pass",
    `${fits.length} ${fits.length === 1 ? "guest fits" : "guests fit"} into the ${free_mib ?? 0} MiB of ${target}`,
    evidence,
  );
}

const loadOf = (context: PlanContext, guest: GuestRow, target: HostId): Load => {
  const placement = onlyPlacement(guest);
  return { guest, needed_mib: neededOn(context, isCheck(placement) ? undefined : liveConfig(context, placement), target) };
};

/** What is there and doesn't run can't be moved, and must not be lost sight of. */
function remainsChecks(context: PlanContext, host: HostId): readonly PlanCheck[] {
  const known = context.state.hosts.get(host)?.facts["xl-list"];
  const evidence = evidenceOf(context, host, "xl-list");
  const strange = known?.state === "known" && known.value.not_understood.length > 0;
  const standing = partsOn(context, host).filter(({ part }) => !isActive(part) || part.migration !== "none");
  return [
    ...(strange ? [check("guest", "unknown", `part of xl list on ${host} wasn't understood`, evidence)] : []),
    ...standing.map(({ guest, part }) =>
      check("guest", "fail", `${part.name} on ${host} is ${part.state.text}: end it, or let ${guest.name} go on, first`, [part.evidence]),
    ),
  ];
}

export function autostartCheck(context: PlanContext, host: HostId, entries: readonly string[] | undefined): PlanCheck {
  const evidence = evidenceOf(context, host, "xen-auto");
  if (entries === undefined) return check("autostart", "unknown", `what starts by itself on ${host} isn't known`, evidence);
  const strange = entries.find((name) => !isEntry(name));
  if (strange !== undefined) return check("autostart", "fail", `/etc/xen/auto/${strange} can't be moved safely: do it by hand`, evidence);
  return check(
    "autostart",
    "pass",
    `${entries.length} ${entries.length === 1 ? "entry starts" : "entries start"} by itself on ${host}`,
    evidence,
  );
}

/** Nothing on it is missed any more. */
const emptyStep = (host: HostId): PlanStep =>
  step({
    id: "empty",
    title: `${host} is safe to power off: no guest, no Primary, nothing copied from it`,
    host,
    argv: ["true"],
    before: [],
    after: [
      { kind: "no_guests", host },
      { kind: "drbd_idle", host },
    ],
    undo: "nothing is done by it",
    risk: "routine",
    waits: true,
    settle_s: 1800,
  });

function planEvacuate(context: PlanContext, host: HostId, via: string | undefined): Plan | Refusal {
  const target = otherHost(context, host);
  const guests = [
    ...new Set(partsOn(context, host).flatMap(({ guest, part }) => (isActive(part) && part.migration === "none" ? [guest] : []))),
  ];
  if (guests.length > GUESTS_MAX)
    return refuse(`${host} has ${guests.length} guests`, `move some of them first: one plan moves ${GUESTS_MAX}`);
  const loads = inOrder(
    context,
    guests.map((guest) => loadOf(context, guest, target)),
  );
  const packing = pack(context, loads, target);
  const entries = entriesOn(context, host);
  const old = keptPlaces(context, host).map(({ text }) => placesOf(text));
  const now: Places = {
    host,
    guests: loads.flatMap(({ guest: { uuid, name } }) => (uuid === undefined ? [] : [{ uuid, name }])),
    held: entries ?? [],
  };
  const places = old.reduce<Places>((all, each) => mergePlaces(each, all), now);
  const steps = [
    ...((entries ?? []).length > 0 ? [holdStep(host, entries ?? [])] : []),
    ...both(context.view).map((on, at) => keepStep(on, at, places, host)),
    ...loads.map(({ guest }, at) => moveStep(guest, host, target, at, via)),
    emptyStep(host),
  ];
  return planOf({
    request: { action: "evacuate", args: { host, ...(via === undefined ? {} : { via }) } },
    goal:
      guests.length === 0
        ? `make ${host} safe to power off: it has no guests`
        : `evacuate ${host}: move its ${guests.length} guests to ${target}`,
    risk: "disruptive",
    typed: { word: host, what: "the host's name" },
    keys: [leaseKey("host", host)],
    hosts: both(context.view),
    checks: [
      answersCheck(context, host),
      answersCheck(context, target),
      ...remainsChecks(context, host),
      packingCheck(context, packing, target),
      autostartCheck(context, host, entries),
      ...moveChecks(
        context,
        loads.map(({ guest }) => guest),
        target,
        via,
      ),
    ],
    steps,
    also: both(context.view).map((id) => ({ host: id, readings: [...READINGS] })),
    notes: packing.preview,
    next: `${host} is safe to power off; while it is away there is no redundancy. restore ${host} puts its guests back`,
  });
}

export const evacuate: Action = {
  id: "evacuate",
  title: "evacuate",
  description: "Move all guests of a host to the other one, until it is safe to power off",
  on: "host",
  letter: "v",
  risk: "disruptive",
  marked: false,
  args: [HOST, VIA],
  looks: (context, { host: name = "" }) => {
    const host = hostNamed(context, name);
    if ("refused" in host) return [];
    return partsOn(context, host.id).flatMap(
      ({ guest }) => migrate.looks?.(context, { guest: guest.key, to: otherHost(context, host.id) }) ?? [],
    );
  },
  plan: (context, { host: name = "", via }) =>
    orRefuse(hostNamed(context, name), ({ id }) => planEvacuate(context, id, via === "" ? undefined : via)),
};
