/** What a guest's domains on both hosts mean together: where it runs, and whether all is well with that. */
import type { HostId } from "../../xen/model/ids.ts";
import type { Judged } from "../view-model.ts";
import type { GuestInstance, JoinedGuest } from "./guest-join.ts";
import { domainState, isActive, isSuspended, LEFT_MAX_MS, SUSPENDED_MAX_MS } from "./guest-state.ts";
import { perFacts } from "./memo.ts";
import { worstOf } from "./severity.ts";
import type { Side, Sides } from "./sides.ts";

/**
 * The hosts are read at different times: just after a move one of the two lists is from before it. A guest is doubled only if each list was
 * confirmed this long after the other one first showed it.
 */
export const DOUBLED_SETTLE_MS = 3000;
/** What a host had when the console first read it came by no move that was seen. */
const FIRST_READING_MS = 15_000;

export interface Whole {
  /** Where it runs, as last told; undefined: nowhere, in doubt, or not known. */
  readonly host: HostId | undefined;
  readonly state: Judged;
}

/** How long a domain has been as it is, as far as this console saw. */
export function sinceOf({ history }: Sides, { side, domain }: GuestInstance): number | undefined {
  const seen = history.domain_since(`${side.id}|${domain.domid}`);
  return seen?.text === `${domain.name} ${domain.state.lasting}` ? seen.at_ms : undefined;
}

export const instanceState = (sides: Sides, instance: GuestInstance): Judged => {
  const since_ms = sinceOf(sides, instance);
  return domainState(instance.domain, since_ms === undefined ? undefined : (limit_ms) => sides.cells.after(since_ms + limit_ms));
};

const isFresh = (side: Side): boolean => side.freshness("xl-list") === "fresh";
/** Fresh, and every row understood: only then "it isn't there" can be said. */
const isComplete = (side: Side): boolean => isFresh(side) && strangeRows(side)() === 0;
const strangeRows = perFacts((side: Side) => side.cells.gate(() => side.known("xl-list")?.not_understood.length));

const lastSeen = (state: Judged): Judged => ({ text: `${state.text} when last seen`, severity: "unknown" });
const judged = (sides: Sides, instance: GuestInstance): Judged => {
  const state = instanceState(sides, instance);
  return isFresh(instance.side) ? state : lastSeen(state);
};

/** Came while the console was looking, so the other list may be from before it came. */
function arrivedAt(sides: Sides, instance: GuestInstance): number {
  const since_ms = sinceOf(sides, instance);
  const { link } = instance.side;
  if (since_ms === undefined || link?.phase !== "live" || since_ms - link.since_ms < FIRST_READING_MS) return Number.NEGATIVE_INFINITY;
  return since_ms;
}

function settled(sides: Sides, one: GuestInstance, other: GuestInstance): boolean {
  const confirmed = (instance: GuestInstance): number => instance.side.evidence("xl-list").at_ms ?? 0;
  return confirmed(one) >= arrivedAt(sides, other) + DOUBLED_SETTLE_MS && confirmed(other) >= arrivedAt(sides, one) + DOUBLED_SETTLE_MS;
}

function onBoth(sides: Sides, one: GuestInstance, other: GuestInstance): Whole {
  const fresh = [one, other].filter(({ side }) => isFresh(side));
  const [only] = fresh;
  if (fresh.length === 2) {
    if (settled(sides, one, other)) return { host: undefined, state: { text: "running on both hosts", severity: "critical" } };
    const later = arrivedAt(sides, one) > arrivedAt(sides, other) ? one : other;
    return { host: later.side.id, state: { text: `moving to ${later.side.id}`, severity: "info" } };
  }
  if (only === undefined) return { host: undefined, state: { text: "running on both hosts when last seen", severity: "unknown" } };
  const silent = only === one ? other : one;
  const state = instanceState(sides, only);
  return { host: only.side.id, state: { text: `${state.text}; ${silent.side.id} ran it when last seen`, severity: "warning" } };
}

function onOne(sides: Sides, active: GuestInstance, others: readonly GuestInstance[]): Whole {
  const host = active.side.id;
  const state = judged(sides, active);
  const elsewhere = others.filter(({ side }) => side !== active.side);
  const receiving = elsewhere.find(({ domain }) => domain.migration === "incoming");
  if (receiving !== undefined && state.severity === "ok")
    return { host, state: { text: `moving to ${receiving.side.id}`, severity: "info" } };
  const husk = elsewhere.find(({ domain }) => domain.migration === "migrated_away");
  if (husk === undefined || state.severity !== "ok") return { host, state };
  const since_ms = sinceOf(sides, husk);
  const old = since_ms !== undefined && sides.cells.after(since_ms + LEFT_MAX_MS);
  return { host, state: { text: `${state.text}, husk left on ${husk.side.id}`, severity: old ? "warning" : "info" } };
}

/** Halves of a migration, without a running one. */
function halves(sides: Sides, instances: readonly GuestInstance[]): Whole | undefined {
  const receiving = instances.find(({ domain }) => domain.migration === "incoming");
  const leaving = instances.find(({ domain }) => domain.migration === "migrated_away" || isSuspended(domain));
  if (receiving !== undefined && leaving !== undefined) {
    const to = receiving.side.id;
    if (!isFresh(leaving.side) || !isFresh(receiving.side))
      return { host: undefined, state: { text: `moving to ${to} when last seen`, severity: "unknown" } };
    const since_ms = sinceOf(sides, leaving);
    const stuck = since_ms !== undefined && sides.cells.after(since_ms + SUSPENDED_MAX_MS);
    return {
      host: undefined,
      state: stuck ? { text: `stuck on the way to ${to}`, severity: "critical" } : { text: `moving to ${to}`, severity: "info" },
    };
  }
  const half = receiving ?? instances.find(({ domain }) => domain.migration === "migrated_away");
  if (half === undefined) return undefined;
  const other = sides.both.find((side) => side !== half.side);
  if (!isFresh(half.side) || other === undefined || !isComplete(other))
    return {
      host: undefined,
      state: { text: `${instanceState(sides, half).text} on ${half.side.id}, ${other?.id} not known`, severity: "unknown" },
    };
  const text = half === receiving ? `only a receiving shell, on ${half.side.id}` : `left ${half.side.id}, not on ${other.id}`;
  return { host: undefined, state: { text, severity: "critical" } };
}

/** No domain of it anywhere that is known of. `autostart`: it should run; `site_uses_autostart`: others are meant to start by themselves. */
function nowhere({ both }: Sides, { autostart, site_uses_autostart }: Autostart): Whole {
  const blind = both.filter((side) => !isComplete(side));
  if (blind.length > 0)
    return { host: undefined, state: { text: `not seen; ${blind.map(({ id }) => id).join(" and ")} not known`, severity: "unknown" } };
  if (autostart) return { host: undefined, state: { text: "down", severity: "critical" } };
  return site_uses_autostart
    ? { host: undefined, state: { text: "off", severity: "info" } }
    : { host: undefined, state: { text: "down", severity: "warning" } };
}

export interface Autostart {
  readonly autostart: boolean;
  readonly site_uses_autostart: boolean;
}

export function wholeGuest(sides: Sides, { instances }: JoinedGuest, autostart: Autostart): Whole {
  if (instances.length === 0) return nowhere(sides, autostart);
  const active = instances.filter(({ domain }) => isActive(domain));
  const [first] = active;
  const second = active.find(({ side }) => side !== first?.side);
  if (first !== undefined && second !== undefined) return onBoth(sides, first, second);
  if (first !== undefined) {
    if (active.length > 1)
      return {
        host: undefined,
        state: { text: `running ${active.length} times on ${first.side.id}`, severity: isFresh(first.side) ? "critical" : "unknown" },
      };
    return onOne(sides, first, instances);
  }
  const state = worstOf(instances.map((instance) => judged(sides, instance))) ?? { text: "not known", severity: "unknown" };
  return halves(sides, instances) ?? { host: undefined, state };
}
