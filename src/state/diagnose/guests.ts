/** Rules about guests' domains: doubled, crashed, held (2-domain, signatures 4 and 6 to 10). */
import type { HostId } from "../../xen/model/ids.ts";
import type { LiveConfigs } from "../../xen/model/xen.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import { DYING_MAX_MS, PAUSED_MAX_MS } from "../select/guest-state.ts";
import { perFacts } from "../select/memo.ts";
import type { GuestRow, Severity } from "../view-model.ts";
import { alive, domainRule, dying, paused, reason, type Seen } from "./guest-common.ts";
import {
  act,
  answering,
  answers,
  claim,
  compare,
  type Draft,
  draft,
  facts,
  groupBy,
  list,
  peerOf,
  type Rule,
  type RuleInput,
  said,
  span,
  unique,
} from "./rule.ts";

/** A guest that shut down is gone a moment later, unless it is kept. */
export const HELD_MAX_MS = 30_000;

/** At home where it can, else where alone it can; undefined: that is to be said. */
function startOn({ can_run, autostart }: GuestRow): HostId | undefined {
  const able = can_run.flatMap(({ host, answer }) => (answer === "yes" ? [host] : []));
  const home = able.filter((host) => autostart.includes(host));
  const [only, another] = home.length > 0 ? home : able;
  return another === undefined ? only : undefined;
}

const doubled: Rule = {
  id: "guest.doubled",
  destroys_data: true,
  title: "a guest runs on both hosts",
  suppresses: ["guest.perhaps_doubled", "drbd.dual_primary", "drbd.diverging"],
  judge: (input) =>
    input.view.guests.flatMap((guest) => {
      const places = guest.placements.filter((place) => place.migration === "none" && alive(place) && answers(input, place.host));
      // A guest that has just moved is in an old list of its source and a new one of its target: then its row says where it is.
      if (places.length < 2 || guest.host !== undefined || guest.state.severity !== "critical") return [];
      const hosts = unique(places.map(({ host }) => host));
      return [
        draft(input, "guest.doubled", {
          severity: "critical",
          object: guest.name,
          cause: `${guest.name} runs ${hosts.length > 1 ? "on both hosts" : `${places.length} times on ${hosts[0]}`}: two writers on its disks`,
          evidence: places.map((place) => said(`domain ${place.domid} on ${place.host}: ${place.flags}`, place.evidence)),
          guests: [guest.key],
          next: `2: pause every copy of ${guest.name} at once; a person must decide which one lives`,
          act: act("guest pause", { guest: guest.name }),
          screen: 2,
          about: [
            `guest:${guest.key}`,
            ...guest.disks.flatMap(({ object, kind }) => (kind === "drbd" && object !== undefined ? [`drbd:${object.split("/")[0]}`] : [])),
          ],
        }),
      ];
    }),
};

/** The other host doesn't answer, and last told that it runs a guest which runs here now. */
const perhapsDoubled: Rule = {
  id: "guest.perhaps_doubled",
  title: "guests run here that a silent host ran when it was last seen",
  judge: (input) =>
    input.state.order.flatMap((lost): Draft[] => {
      const here = peerOf(input, lost);
      if (answers(input, lost) || !answers(input, here)) return [];
      const runs = ({ placements }: GuestRow, host: HostId) =>
        placements.find((place) => place.host === host && place.migration === "none" && alive(place));
      const both = input.view.guests.filter((guest) => runs(guest, lost) !== undefined && runs(guest, here) !== undefined);
      if (both.length === 0) return [];
      return [
        draft(input, "guest.perhaps_doubled", {
          severity: "warning",
          object: lost,
          cause: `${list(both.map(({ name }) => name))} ${both.length === 1 ? "runs" : "run"} on ${here} and ran on ${lost} when it was last seen: doubled if ${lost} is alive`,
          evidence: both.flatMap((guest) =>
            guest.placements.map((place) => said(`${guest.name} on ${place.host}: ${place.flags}`, place.evidence)),
          ),
          guests: both.map(({ key }) => key),
          next: `1: make sure that ${lost} is off; keep it from starting guests when it returns`,
          screen: 1,
          about: both.map(({ key }) => `guest:${key}`),
        }),
      ];
    }),
};

const crashed = domainRule("guest.crashed", "a guest crashed", (_, { guest, place }) =>
  ["c", "w"].includes(reason(place) ?? "")
    ? {
        severity: "critical",
        cause: `${guest.name} crashed on ${place.host}${reason(place) === "w" ? " (its watchdog fired)" : ""}`,
        next: `2: look at ${guest.name}'s console log, then restart it`,
      }
    : undefined,
);

const held = domainRule("guest.held", "a guest has shut down and its domain is kept", (_, { guest, place, for_ms }) => {
  const why = reason(place);
  if (place.migration !== "none" || why === undefined || ["s", "c", "w"].includes(why) || dying(place) || for_ms <= HELD_MAX_MS)
    return undefined;
  return {
    severity: "warning",
    cause: `${guest.name} has shut down on ${place.host} and its domain is kept: on_poweroff=preserve, or nobody watches it`,
    next: `2: destroy the domain on ${place.host} and start ${guest.name} again`,
    act: act("guest destroy", { guest: guest.name, on: place.host }),
  };
});

const zombie = domainRule("guest.dying", "a dying domain doesn't go", (_, { guest, place, for_ms }) =>
  dying(place) && for_ms > DYING_MAX_MS
    ? {
        severity: "warning",
        cause: `${guest.name}'s domain ${place.domid} on ${place.host} has been dying for ${span(for_ms)}: something still holds its memory`,
        next: `2: find the backend or the process on ${place.host} that holds it (qemu, a disk, a grant)`,
      }
    : undefined,
);

const pausedGuest = domainRule("guest.paused", "a guest is paused", (_, { guest, place, for_ms }) => {
  if (place.migration !== "none" || !paused(place) || !alive(place)) return undefined;
  return {
    severity: for_ms > PAUSED_MAX_MS ? "warning" : "info",
    cause: `${guest.name} is paused on ${place.host}`,
    next: `2: ask who paused ${guest.name}, then unpause it`,
    act: act("guest unpause", { guest: guest.name }),
  };
});

const down: Rule = {
  id: "guest.down",
  title: "guests that should run don't",
  judge: (input) => {
    const off = input.view.guests.filter(
      ({ placements, state, host }) => host === undefined && placements.length === 0 && isBad(state.severity),
    );
    return groupBy(off, ({ state }) => state.severity).flatMap((guests): Draft[] => {
      const severity = guests[0]?.state.severity ?? "warning";
      const names = list(guests.map(({ name }) => name));
      const verb = guests.length === 1 ? "is" : "are";
      return [
        draft(input, "guest.down", {
          severity,
          object: guests.length === 1 ? names : severity === "critical" ? "autostart" : "guests",
          cause:
            severity === "critical"
              ? `${names} ${verb} down on both hosts, though meant to start by ${guests.length === 1 ? "itself" : "themselves"}`
              : `${names} ${verb} configured and run${guests.length === 1 ? "s" : ""} on neither host`,
          evidence: guests.map(({ name, config_files }) =>
            said(`${name}: ${list(config_files.map(({ host, path }) => `${path} on ${host}`))}`),
          ),
          guests: guests.map(({ key }) => key),
          next: `2: look at ${names}: can it start, and where? Then start it on one host`,
          act:
            guests.length === 1 && guests[0] !== undefined
              ? act("guest start", { guest: guests[0].name, on: startOn(guests[0]) })
              : undefined,
          screen: 2,
          about: guests.map(({ key }) => `guest:${key}`),
        }),
      ];
    });
  },
};
const isBad = (severity: Severity): boolean => severity === "warning" || severity === "critical";

const nameless: Rule = {
  id: "guest.nameless",
  title: "a domain without a name",
  judge: (input) =>
    answering(input).flatMap(({ id }) => {
      const domains = (facts(input, id, "xl-list")?.domains ?? []).filter(({ name }) => name === "(null)" || name === "");
      return domains.map((domain) =>
        draft(input, "guest.nameless", {
          severity: "warning",
          object: `${id} domain ${domain.domid}`,
          cause: `domain ${domain.domid} on ${id} has no name: half destroyed, or being created`,
          evidence: [claim(input, id, "xl-list", `${domain.name} ${domain.state.text}, ${domain.memory_mib} MiB`)],
          next: `2: look at /local/domain/${domain.domid} in ${id}'s xenstore before destroying it`,
          screen: 2,
          about: [],
        }),
      );
    }),
};

/** Two guests of one name: a migration would fail only after its whole transfer (2-domain, section 0). */
const nameClash: Rule = {
  id: "guest.name_clash",
  title: "two different guests have one name",
  judge: (input) => {
    const byName = new Map<string, GuestRow[]>();
    for (const guest of input.view.guests) {
      if (guest.placements.some((place) => answers(input, place.host))) byName.set(guest.name, [...(byName.get(guest.name) ?? []), guest]);
    }
    return [...byName]
      .filter(([name, guests]) => name !== "(null)" && guests.length > 1)
      .map(([name, guests]) =>
        draft(input, "guest.name_clash", {
          severity: "warning",
          object: name,
          cause: `two different guests are called ${name}: neither can move to the other's host`,
          evidence: guests.flatMap(({ uuid, placements }) =>
            placements.map((place) => said(`${uuid ?? "no UUID"} on ${place.host}`, place.evidence)),
          ),
          guests: guests.map(({ key }) => key),
          next: `2: compare both; one of them is likely a copy that should not run`,
          screen: 2,
          about: guests.map(({ key }) => `guest:${key}`).sort(compare),
        }),
      );
  },
};

/** xl's processes and long lists are looked at once a minute: what is younger may only not have been seen. */
export const WATCHED_GRACE_MS = 60_000;

/** A running guest that has been there for a while, seen by a reading that is newer than it. */
function settledBefore(input: RuleInput, { place, since_ms, for_ms }: Seen, reading: ReadingId): boolean {
  const known = input.state.hosts.get(place.host)?.facts[reading];
  const read_ms = known?.state === "known" ? known.at_ms : undefined;
  if (place.migration !== "none" || !alive(place) || since_ms === undefined || read_ms === undefined) return false;
  return for_ms > WATCHED_GRACE_MS && read_ms > since_ms + WATCHED_GRACE_MS / 2;
}

const unwatched = domainRule("guest.unwatched", "no xl process watches a guest", (input, one) => {
  const { guest, place } = one;
  const monitors = facts(input, place.host, "xl-monitors");
  if (monitors === undefined || !settledBefore(input, one, "xl-monitors")) return undefined;
  // Of whom no log tells (rotated away, another toolstack's) it isn't known who watches.
  if (!monitors.ended.has(place.domid)) return undefined;
  return {
    severity: "warning",
    cause: `no xl process watches ${guest.name} on ${place.host}: when it reboots or crashes, nothing starts it again`,
    next: `2: move ${guest.name}: the xl that receives it watches it; don't reboot it before`,
    act: act("migrate", { guest: guest.name }),
  };
});

const domidsIn = perFacts(({ domains }: LiveConfigs): ReadonlySet<number> => new Set(domains.map(({ domid }) => domid)));

const unlisted = domainRule("guest.unlisted", "xl knows no configuration of a guest", (input, one) => {
  const { guest, place } = one;
  const listed = facts(input, place.host, "xl-list-long");
  if (listed === undefined || listed.not_understood.length > 0 || !settledBefore(input, one, "xl-list-long")) return undefined;
  if (domidsIn(listed).has(place.domid)) return undefined;
  return {
    severity: "info",
    cause: `xl list -l on ${place.host} leaves ${guest.name} out: its libxl-json is missing; what it has is known from xenstore alone`,
    next: `2: look at ${guest.name}'s checks: what isn't in xenstore (kernel, PCI devices) is taken from its file`,
  };
});

export const guestRules: readonly Rule[] = [
  doubled,
  perhapsDoubled,
  crashed,
  held,
  zombie,
  pausedGuest,
  down,
  nameless,
  nameClash,
  unwatched,
  unlisted,
];
