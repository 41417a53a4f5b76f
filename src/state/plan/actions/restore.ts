/** Puts back on a host what evacuate, or a failover, took from it: every guest's move a plan of its own, then what starts by itself there. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestRow } from "../../view-model.ts";
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
} from "../action.ts";
import { leaseKey, type Plan, type PlanCheck, type Refusal } from "../plan.ts";
import { HOST, moveChecks, moveStep, packingCheck, VIA } from "./evacuate.ts";
import { liveConfig } from "./guest-parts.ts";
import { migrate } from "./migrate.ts";
import { inOrder, type Load, neededOn, pack } from "./packing.ts";
import { forgetStep, isEntry, keptPlaces, type Places, placesOf, releaseStep } from "./places.ts";

const READINGS = ["xl-list", "xl-info", "drbd-status", "xen-auto", "xenha"] as const;

/** What both hosts keep, where they agree; or why there is nothing to go by. */
function placesFor(context: PlanContext, host: HostId): Places | Refusal {
  const kept = keptPlaces(context, host);
  const [first, second] = kept;
  if (first === undefined)
    return refuse(`neither host keeps where the guests of ${host} belong`, "evacuate and failover keep it; migrate moves single guests");
  if (second !== undefined && second.text !== first.text)
    return refuse(
      `the hosts keep different places for the guests of ${host}`,
      `look at /var/lib/xenha/kept on both, and remove the wrong one`,
    );
  const places = placesOf(first.text);
  return places ?? refuse(`what ${first.on} keeps of ${host}'s guests isn't understood`, "it is of another version: move them by hand");
}

interface Sorted {
  readonly away: readonly Load[];
  readonly checks: readonly PlanCheck[];
  readonly notes: readonly string[];
}

/** Who is to be moved, who is back already, and who runs nowhere. */
function sort(context: PlanContext, host: HostId, { guests }: Places): Sorted {
  const away: Load[] = [];
  const checks: PlanCheck[] = [];
  const notes: string[] = [];
  for (const { uuid, name } of guests) {
    const guest = context.view.guests.find((each) => each.uuid === uuid);
    const placement = guest === undefined ? undefined : onlyPlacement(guest);
    if (guest === undefined || (guest.placements.length === 0 && placement !== undefined))
      notes.push(`${name} runs on neither host: start it where it is to run`);
    else if (placement !== undefined && isCheck(placement)) checks.push({ ...placement, id: "move" });
    else if (placement?.host === host) notes.push(`${name} is on ${host} already`);
    else away.push({ guest, needed_mib: neededOn(context, placement === undefined ? undefined : liveConfig(context, placement), host) });
  }
  return { away: inOrder(context, away), checks, notes };
}

function planRestore(context: PlanContext, host: HostId, via: string | undefined): Plan | Refusal {
  const places = placesFor(context, host);
  if ("refused" in places) return places;
  const source = otherHost(context, host);
  const { away, checks, notes } = sort(context, host, places);
  const packing = pack(context, away, host);
  const guests: readonly GuestRow[] = away.map(({ guest }) => guest);
  const strange = places.held.find((name) => !isEntry(name));
  return planOf({
    request: { action: "restore", args: { host, ...(via === undefined ? {} : { via }) } },
    goal: guests.length === 0 ? `put ${host} back to work: none of its guests is away` : `put ${guests.length} guests back on ${host}`,
    risk: "disruptive",
    typed: { word: host, what: "the host's name" },
    keys: [leaseKey("host", host)],
    hosts: both(context.view),
    checks: [
      answersCheck(context, host),
      answersCheck(context, source),
      ...checks,
      ...(away.length === 0 ? [] : [packingCheck(context, packing, host)]),
      ...(strange === undefined
        ? []
        : [check("autostart", "fail", `${strange} can't be moved safely: do it by hand`, evidenceOf(context, host, "xenha"))]),
      ...moveChecks(context, guests, host, via),
    ],
    steps: [
      ...away.map(({ guest }, at) => moveStep(guest, source, host, at, via)),
      ...(places.held.length === 0 ? [] : [releaseStep(host, places.held)]),
      ...both(context.view).map((on, at) => forgetStep(on, at, host)),
    ],
    also: both(context.view).map((id) => ({ host: id, readings: [...READINGS] })),
    notes: [...packing.preview, ...notes],
  });
}

export const restore: Action = {
  id: "restore",
  title: "put guests back",
  description: "Move a host's guests back to it, and let start by itself there what did before",
  on: "host",
  letter: "b",
  risk: "disruptive",
  marked: false,
  args: [HOST, VIA],
  looks: (context, { host: name = "" }) => {
    const host = hostNamed(context, name);
    const places = "refused" in host ? host : placesFor(context, host.id);
    if ("refused" in places || "refused" in host) return [];
    return places.guests.flatMap(({ uuid }) => migrate.looks?.(context, { guest: uuid, to: host.id }) ?? []);
  },
  plan: (context, { host: name = "", via }) =>
    orRefuse(hostNamed(context, name), ({ id }) => planRestore(context, id, via === "" ? undefined : via)),
};
