/** Rules about guests between the hosts: received, left behind, stranded (2-domain, signatures 1, 2, 3 and 5). */
import { LEFT_MAX_MS, SUSPENDED_MAX_MS } from "../select/guest-state.ts";
import type { FindingAct } from "../view-model.ts";
import { domainRule, elsewhere, otherHalf, reason, type Seen, type Words } from "./guest-common.ts";
import { act, type Rule, type RuleInput, span } from "./rule.ts";

/** Receiving alone says nothing for this long: large guests take long. */
export const RECEIVING_MAX_MS = 600_000;

/**
 * How long ago the target became Primary of the guest's disks, by its kernel's log, which reaches back before this console came. libxl attaches them when the
 * source has stopped (libxl_create.c:1646): for so long it has run nowhere. 0: nothing tells.
 */
function handedOverFor({ state, view, now_ms }: RuleInput, { guest, place }: Seen): number {
  const at = view.hosts[0].id === place.host ? 0 : 1;
  const subjects = new Set(
    view.drbd
      .filter(({ guests, sides }) => guests.includes(guest.key) && sides[at].role === "Primary")
      .flatMap(({ resource, minor }) => [`drbd ${resource}`, `drbd${minor[at]}`]),
  );
  const entry = state.timeline.findLast(
    ({ host, origin, object, text }) =>
      host === place.host && origin === "journal" && subjects.has(object) && /\brole\( Secondary -> Primary \)/.test(text),
  );
  return entry === undefined ? 0 : now_ms - entry.at_ms;
}

/** It ends what may not run and lets go on what may, and does nothing while an xl still works at it (plan/actions/resolve.ts). */
const clearUp = ({ name }: Seen["guest"]): FindingAct => act("guest resolve", { guest: name });

/** The source has stopped, the shell waits, and nothing moves: the guest is on neither side, and which one may go on isn't known. */
function stranded(input: RuleInput, one: Seen): Words | undefined {
  const { guest, place } = one;
  const source = otherHalf(input, one);
  const for_ms = source === undefined ? 0 : Math.max(source.for_ms, handedOverFor(input, one));
  if (source === undefined || for_ms <= SUSPENDED_MAX_MS) return undefined;
  const from = source.place.host;
  const given_up = source.place.migration === "migrated_away";
  if (!given_up && (source.place.migration !== "none" || reason(source.place) !== "s")) return undefined;
  return {
    severity: "critical",
    cause: given_up
      ? `${guest.name} has been stuck at the handover for ${span(for_ms)}: stopped on ${from} as ${source.place.name}, waiting on ${place.host} as ${place.name}; it runs nowhere`
      : `${guest.name} has been stuck for ${span(for_ms)} with its last pages: suspended on ${from}, waiting on ${place.host} as ${place.name}; it runs nowhere`,
    act: clearUp(guest),
    next: given_up
      ? `2: never resume both; while an xl migrate lives on ${from}, wait. Else let one go on: what /var/log/xen on ${place.host} says decides`
      : `2: never resume both; while an xl migrate lives on ${from}, wait. Else destroy ${place.name} on ${place.host} first, then resume ${guest.name} on ${from}`,
  };
}

const incoming = domainRule(
  "guest.incoming",
  "a guest is being received, or a receiver was left behind",
  (input, one) => {
    const { guest, place, for_ms } = one;
    if (place.migration !== "incoming") return undefined;
    const other = elsewhere(input, one);
    if (!other.known) {
      return {
        severity: "warning",
        cause: `${guest.name} was being received on ${place.host}, and ${other.host} doesn't answer`,
        next: `2: leave ${place.name} as it is until ${other.host} is seen: it may hold the only running copy`,
      };
    }
    if (other.places.length === 0) {
      return {
        severity: "critical",
        cause: `only the receiving shell of ${guest.name} is left, on ${place.host}: nothing of it is on ${other.host}`,
        next: `2: ${guest.name} runs nowhere; destroy ${place.name} on ${place.host}, then start the guest`,
        act: clearUp(guest),
      };
    }
    const stuck = stranded(input, one);
    if (stuck !== undefined) return stuck;
    if (for_ms <= RECEIVING_MAX_MS) {
      return {
        severity: "info",
        cause: `${guest.name} is moving from ${other.host} to ${place.host}`,
        next: `2: watch ${guest.name}; a lost link of a minute doesn't end it`,
      };
    }
    return {
      severity: "warning",
      cause: `${place.name} has waited on ${place.host} for ${span(for_ms)}`,
      next: `2: if no xl migrate runs on ${other.host} it is an orphan: destroy it on ${place.host} after ${guest.name} is confirmed on ${other.host}`,
      act: clearUp(guest),
    };
  },
  // Its paused shell, suspended source and the two primaries are parts of one migration.
  ["guest.migrated_away", "guest.suspended", "drbd.dual_primary"],
);

const migratedAway = domainRule(
  "guest.migrated_away",
  "the husk of a migrated guest is still at its source",
  (input, one) => {
    const { guest, place, for_ms } = one;
    if (place.migration !== "migrated_away") return undefined;
    const other = elsewhere(input, one);
    const there = other.places.find(({ migration }) => migration === "none");
    if (!other.known) {
      return {
        severity: "warning",
        cause: `${guest.name} left ${place.host}, and ${other.host} doesn't answer: where it runs isn't known`,
        next: `2: keep ${place.name}; it can be renamed and resumed only if ${other.host} is proven not to run it`,
      };
    }
    if (there !== undefined) {
      if (for_ms <= LEFT_MAX_MS)
        return { severity: "info", cause: `${guest.name} has just moved to ${other.host}`, next: `2: watch ${place.name} go` };
      return {
        severity: "warning",
        cause: `${guest.name} runs on ${other.host}; its husk ${place.name} was not cleaned up on ${place.host}`,
        next: `2: destroy ${place.name} on ${place.host}; it holds memory and disks`,
        act: clearUp(guest),
      };
    }
    if (other.places.length > 0)
      return { severity: "info", cause: `${guest.name} is being handed over to ${other.host}`, next: `2: watch ${guest.name}` };
    return {
      severity: "critical",
      cause: `${guest.name} left ${place.host} and didn't arrive on ${other.host}: the handshake was lost`,
      next: `2: it runs nowhere; on ${place.host} rename ${place.name} back and resume it, after ${other.host} is confirmed without it`,
      act: clearUp(guest),
    };
  },
  ["drbd.dual_primary"],
);

const suspended = domainRule("guest.suspended", "a guest is suspended and nobody resumes it", (_, { guest, place, for_ms }) => {
  if (place.migration !== "none" || reason(place) !== "s") return undefined;
  if (for_ms <= SUSPENDED_MAX_MS)
    return {
      severity: "info",
      cause: `${guest.name} is suspended on ${place.host}: normal at the end of a migration`,
      next: `2: watch ${guest.name}`,
    };
  return {
    severity: "critical",
    cause: `${guest.name} has been suspended on ${place.host} for ${span(for_ms)}: stranded`,
    next: `2: make sure that no migration of ${guest.name} runs and that it isn't on the other host, then resume it`,
    act: clearUp(guest),
  };
});

export const migrationRules: readonly Rule[] = [incoming, migratedAway, suspended];
