/** Rules about DRBD's primaries: on both hosts, diverging, unused (2-domain, signatures 21 to 23 and 35). */
import type { HostId } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import { perFacts } from "../select/memo.ts";
import type { DrbdRow } from "../view-model.ts";
import { actOn, connected, drbdDraft, hitsOf, names, perHost, plural } from "./drbd-common.ts";
import { answers, drbdName, type Rule, type RuleInput } from "./rule.ts";

/** Promotion and a guest's devices are told by different readings, seconds apart: devices must have been as they are for this long. */
export const DEVICES_SETTLE_MS = 20_000;

function devicesSettled(input: RuleInput, hosts: readonly HostId[]): boolean {
  return hosts.every((id) => {
    const known = input.state.hosts.get(id)?.facts.xenstore;
    return known?.state !== "known" || input.now_ms - known.changed_ms > DEVICES_SETTLE_MS;
  });
}

/** A just promoted target of a migration and its source are both Primary for some seconds. */
const migrating = (input: RuleInput, { guests }: DrbdRow): boolean =>
  input.view.guests.some(({ key, placements }) => guests.includes(key) && placements.some(({ migration }) => migration !== "none"));

const dualPrimary: Rule = {
  id: "drbd.dual_primary",
  title: "Primary on both hosts without a migration",
  suppresses: ["drbd.primary_unused"],
  judge: (input) => {
    const rows = input.view.drbd.filter(
      (row) => bothPrimary(input, row) && row.sides.some(connected) && !migrating(input, row) && devicesSettled(input, input.state.order),
    );
    return rows.map((row) => {
      const allowed = row.allow_two_primaries.every((value) => value === true);
      const idle = row.sides.filter(({ host }) => !usedOn(input, row, host));
      return drbdDraft(input, "drbd.dual_primary", hitsOf(input, row), drbdName(row), {
        severity: "warning",
        cause: `${drbdName(row)} is Primary on both hosts and nothing migrates${allowed ? "; two primaries are allowed, so nothing stops a second start" : ""}`,
        next: `3: find the side without a guest on ${drbdName(row)} and make it Secondary; a lost link would split it`,
        act: idle.length === 1 ? actOn(hitsOf(input, row), "drbd secondary", { on: idle[0]?.host }) : undefined,
      });
    });
  },
};

function bothPrimary(input: RuleInput, row: DrbdRow): boolean {
  return row.sides.every((side) => side.present && side.role === "Primary" && answers(input, side.host));
}

const diverging: Rule = {
  id: "drbd.diverging",
  destroys_data: true,
  explains_restart: true,
  title: "Primary on both hosts while not connected",
  suppresses: ["drbd.standalone", "drbd.connecting", "drbd.dual_primary", "drbd.primary_unused"],
  judge: (input) =>
    input.view.drbd
      .filter((row) => row.split_brain === undefined && bothPrimary(input, row) && !row.sides.some(connected))
      .map((row) =>
        drbdDraft(input, "drbd.diverging", hitsOf(input, row), drbdName(row), {
          severity: "critical",
          cause: `${drbdName(row)} is Primary on both hosts and they aren't connected: every write makes the split brain larger`,
          next: `3: stop the guest of ${drbdName(row)} on one host now; don't connect before it is decided which copy lives`,
        }),
      ),
};

const primaryUnused = perHost(
  "drbd.primary_unused",
  "Primary without a guest that uses it",
  ({ row, side }, input) =>
    side.role === "Primary" && connected(side) && devicesSettled(input, [side.host]) && !usedOn(input, row, side.host),
  (hits, host) => ({
    severity: "warning",
    cause: `${names(hits)} ${plural(hits, "is", "are")} Primary on ${host}, but no guest there uses ${plural(hits, "it", "them")}`,
    next: `3: make ${names(hits)} Secondary on ${host}, or its guest can't start on the other host`,
    act: actOn(hits, "drbd secondary", { on: host }),
  }),
);

/** `HOST KEY` of each guest that has a domain there. */
const placedOn = perFacts(
  ({ view }: RuleInput): ReadonlySet<string> =>
    new Set(view.guests.flatMap(({ key, placements }) => placements.map(({ host }) => `${host} ${key}`))),
);

/** By a guest with a disk on it, by dom0 itself (a mount, LVM on top), or it can't be told. */
function usedOn(input: RuleInput, row: DrbdRow, host: HostId): boolean {
  const placed = placedOn(input);
  if (row.guests.some((key) => placed.has(`${host} ${key}`))) return true;
  const facts = input.state.hosts.get(host)?.facts;
  const devices = newest(facts?.lsblk)?.devices;
  const backends = newest(facts?.xenstore);
  const minor = row.minor[input.state.order[0] === host ? 0 : 1];
  if (devices === undefined || backends === undefined || minor === undefined) return true;
  // xenstore has major:minor in hex; DRBD's major is 147.
  if (backends.vbds.some(({ physical_device }) => physical_device === `93:${minor.toString(16)}`)) return true;
  const own = devices.find(({ maj_min, kname }) => maj_min === `147:${minor}` || kname === `drbd${minor}`);
  return own !== undefined && (own.mountpoints.length > 0 || devices.some(({ parents }) => parents.includes(own.kname)));
}

export const drbdPrimaryRules: readonly Rule[] = [diverging, dualPrimary, primaryUnused];
