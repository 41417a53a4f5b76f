/**
 * A snapshot of the logical volumes under a copy that is about to be overwritten: the only way back (safety rule S9). Named after the resource and
 * the data generation that it keeps, so that a second attempt finds what the first one took, and so that `drbd forget` finds it later.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { LogicalVolume, Lvm, VolumeGroup } from "../../../xen/model/storage.ts";
import { keptPrefix, keptSnapshots, snapshotName } from "../../kept-snapshots.ts";
import type { DrbdRow } from "../../view-model.ts";
import { type Action, answersCheck, check, evidenceOf, hostIndex, planOf, refuse, step } from "../action.ts";
import type { ActionArg } from "../arguments.ts";
import { freshFacts, sizeOf } from "../facts.ts";
import type { PlanCheck, PlanStep, Refusal } from "../plan.ts";
import { connected, ON, RESOURCE, resourceKey, sideCheck, sideOf, type Target, taking, targetOf, whole } from "./drbd-target.ts";

export const SNAPSHOT: ActionArg = {
  name: "snapshot",
  optional: true,
  kind: "choice",
  prompt: "keep what is overwritten in a snapshot",
  choices: () => [
    { value: "yes", title: "take a snapshot of the logical volume first" },
    { value: "no", title: "keep nothing" },
  ],
};
/** A thin pool this full isn't given more to hold. */
const POOL_PERCENT_MAX = 90;
/** A copy-on-write snapshot needs this much more than what it keeps, for its tables. */
const OVERHEAD = 1.05;
const LEAST_KIB = 8 * 1024;

export interface Kept {
  readonly checks: readonly PlanCheck[];
  readonly steps: readonly PlanStep[];
  /** What to say where nothing is kept. */
  readonly loses: readonly string[];
}

interface Wish {
  /** `yes`, `no`; anything else is refused. */
  readonly wanted: string;
  /** `all`: the whole volume is overwritten; else this much of it, KiB; undefined: not known. */
  readonly overwritten: "all" | ((row: DrbdRow) => number | undefined);
}

/** Nothing can be written over that doesn't fit into this. */
const wholeKib = ({ size_kib }: DrbdRow): number => Math.ceil((size_kib ?? 0) * OVERHEAD) + LEAST_KIB;

/** What the resync alone writes over. A power of two: the other side's guest goes on writing while this is planned twice. */
function leastKib(row: DrbdRow, overwritten: Wish["overwritten"]): number {
  const part_kib = overwritten === "all" ? undefined : overwritten(row);
  if (part_kib === undefined) return wholeKib(row);
  return Math.min(wholeKib(row), 2 ** Math.ceil(Math.log2(Math.max(LEAST_KIB, part_kib * OVERHEAD * 1.25))));
}

interface Place {
  readonly row: DrbdRow;
  readonly lv: LogicalVolume;
  readonly thin: boolean;
  readonly name: string;
}

interface Sized extends Place {
  readonly size_kib: number;
  readonly roomy: boolean;
}

function takeStep({ row, lv, thin, name, size_kib }: Sized, host: HostId): PlanStep {
  const size = thin ? [] : ["--size", `${Math.ceil(size_kib)}k`];
  return step({
    id: `snapshot-${row.volume}`,
    title: `keep ${row.key} on ${host} as it is, in the snapshot ${lv.vg}/${name}`,
    host,
    argv: ["lvcreate", "--yes", "--snapshot", ...size, "--name", name, `${lv.vg}/${lv.name}`],
    before: [{ kind: "lv", host, vg: lv.vg, name, there: false }],
    after: [{ kind: "lv", host, vg: lv.vg, name, there: true, origin: lv.name }],
    undo: `lvremove ${lv.vg}/${name}`,
    risk: "routine",
    usual_s: 10,
    settle_s: 20,
  });
}

/** The steps that keep what `host` has, before it is overwritten; refuses a word that is neither yes nor no. */
export function snapshotBefore(target: Target, { wanted, overwritten }: Wish): Kept | Refusal {
  const { context, rows, host, resource } = target;
  if (wanted !== "yes" && wanted !== "no")
    return refuse(`--snapshot is yes or no, not ${JSON.stringify(wanted)}`, "it keeps what is overwritten");
  const nothing = (text: string): Kept => ({
    checks: [check("snapshot", "warn", text)],
    steps: [],
    loses: [`it can't be brought back: no snapshot of ${resource} on ${host} is taken`],
  });
  const evidence = evidenceOf(context, host, "lvm");
  const lvm = freshFacts(context, host, "lvm");
  const at = hostIndex(context, host);
  const under = rows.map((row) => ({ row, lv: lvm?.volumes.find(({ path }) => path !== undefined && path === row.backing[at]) }));
  const places = under.flatMap(({ row, lv }): Place[] =>
    lv === undefined ? [] : [{ row, lv, thin: lv.attr.startsWith("V"), name: snapshotName(row, row.generations[at]) }],
  );
  if (wanted === "no")
    return nothing(
      places.length === 0
        ? `${resource} on ${host}: no snapshot is taken`
        : `${resource} on ${host}: a snapshot could be taken (--snapshot yes)`,
    );
  if (lvm === undefined) {
    const known = evidence[0]?.freshness === "absent";
    if (known) return nothing(`${host} has no LVM: nothing can be kept of what is overwritten`);
    return {
      checks: [check("snapshot", "unknown", `${host}: LVM not freshly read; --snapshot no goes on without a snapshot`, evidence)],
      steps: [],
      loses: [],
    };
  }
  if (places.length < rows.length)
    return nothing(`${resource} on ${host} lies on no logical volume: nothing can be kept of what is overwritten`);
  const open = places.filter(({ lv, name }) => !lvm.volumes.some((other) => other.vg === lv.vg && other.name === name));
  const there = places.filter((place) => !open.includes(place));
  const groups = new Map(lvm.groups.map((group) => [group.name, group]));
  const sized = sizesOf(open, overwritten, groups);
  const room = [...roomChecks(sized, groups, host), ...poolChecks(lvm, open, host)];
  return {
    checks: [
      ...there.map(({ lv, name }) =>
        check("snapshot", "pass", `${host} has the snapshot ${lv.vg}/${name} of this very data already`, evidence),
      ),
      ...room.map((found) => ({ ...found, evidence })),
    ],
    steps: sized.map((place) => takeStep(place, host)),
    loses: [],
  };
}

/** The whole, where that leaves as much again free; else what the resync needs at least. */
function sizesOf(places: readonly Place[], overwritten: Wish["overwritten"], groups: ReadonlyMap<string, VolumeGroup>): readonly Sized[] {
  return places.map((place) => {
    const beside = places.filter(({ lv, thin }) => !thin && lv.vg === place.lv.vg);
    const all_kib = beside.reduce((sum, { row }) => sum + wholeKib(row), 0);
    const free_kib = (groups.get(place.lv.vg)?.free_bytes ?? 0) / 1024;
    const roomy = free_kib >= 2 * all_kib;
    return { ...place, size_kib: roomy ? wholeKib(place.row) : leastKib(place.row, overwritten), roomy };
  });
}

function roomChecks(places: readonly Sized[], groups: ReadonlyMap<string, VolumeGroup>, host: HostId): readonly PlanCheck[] {
  const thick = places.filter(({ thin }) => !thin);
  return [...new Set(thick.map(({ lv }) => lv.vg))].flatMap((vg) => {
    const own = thick.filter(({ lv }) => lv.vg === vg);
    const needed_kib = own.reduce((sum, { size_kib }) => sum + size_kib, 0);
    const free = groups.get(vg)?.free_bytes;
    const text = `${vg} on ${host} has ${free === undefined ? "an unknown amount" : sizeOf(free / 1024)} free, the snapshot takes ${sizeOf(needed_kib)}`;
    if (free === undefined) return [check("snapshot", "unknown", text)];
    if (free / 1024 < needed_kib) return [check("snapshot", "fail", `${text}; make room, or go on without (--snapshot no)`)];
    const small = own.some(({ roomy, size_kib, row }) => !roomy && size_kib < wholeKib(row));
    return [
      check("snapshot", "pass", text),
      ...(small ? [check("snapshot", "warn", "it holds what the resync overwrites, and little of what the guest writes afterwards")] : []),
    ];
  });
}

function poolChecks({ volumes }: Lvm, places: readonly Place[], host: HostId): readonly PlanCheck[] {
  const pools = new Set(places.flatMap(({ lv, thin }) => (thin && lv.pool !== undefined ? [`${lv.vg}/${lv.pool}`] : [])));
  return [...pools].map((pool) => {
    const found = volumes.find(({ vg, name }) => `${vg}/${name}` === pool);
    const fill = found?.data_percent === undefined ? undefined : Math.max(found.data_percent, found.metadata_percent ?? 0);
    if (fill === undefined) return check("snapshot", "unknown", `how full thin pool ${pool} on ${host} is isn't known`);
    const text = `thin pool ${pool} on ${host} is ${fill.toFixed(0)} % full`;
    return fill <= POOL_PERCENT_MAX ? check("snapshot", "pass", text) : check("snapshot", "fail", `${text}; go on without (--snapshot no)`);
  });
}

/** Once the repair is known to be right: what was kept for the case that it wasn't is let go. */
export const forget: Action = {
  id: "drbd forget",
  title: "remove kept snapshot",
  description: "Remove the snapshots that a repair or an invalidate kept of a resource",
  on: "resource",
  letter: "F",
  risk: "data_loss",
  marked: false,
  args: [RESOURCE, ON],
  plan: (context, args) => {
    const target = targetOf(context, args.resource ?? "", args.on ?? "");
    if ("refused" in target) return target;
    const { resource, host, peer } = target;
    const lvm = freshFacts(context, host, "lvm");
    const evidence = evidenceOf(context, host, "lvm");
    const found = keptSnapshots(lvm, target.rows);
    if (lvm !== undefined && found.length === 0)
      return refuse(`${host} keeps no snapshot of ${resource}`, `those that can be removed here are named ${keptPrefix(resource)}...`);
    const origins = new Set(target.rows.flatMap((row) => row.backing[hostIndex(context, host)] ?? []));
    const foreign = found.filter(({ vg, origin }) => !origins.has(`/dev/${vg}/${origin}`));
    return planOf({
      request: { action: "drbd forget", args: { resource, on: host } },
      goal: `remove what was kept of ${resource} on ${host}`,
      risk: "data_loss",
      typed: { word: `forget ${resource} on ${host}`, what: "what is given up" },
      loses: found.map(({ vg, name }) => `${vg}/${name}: the data that ${host} had given up, for good`),
      keys: [resourceKey(resource)],
      hosts: taking(target),
      checks: [
        answersCheck(context, host),
        lvm === undefined
          ? check("snapshot", "unknown", `${host}: LVM not freshly read`, evidence)
          : foreign.length > 0
            ? check(
                "snapshot",
                "fail",
                `${foreign.map(({ vg, name }) => `${vg}/${name}`).join(", ")} is no snapshot of ${resource}`,
                evidence,
              )
            : check("snapshot", "pass", `${found.map(({ vg, name }) => `${vg}/${name}`).join(", ")}`, evidence),
        sideCheck(target, host, "Connected and UpToDate", (side) => connected(side) && whole(side)),
        sideCheck(target, peer, "UpToDate", whole),
      ],
      steps: found.map(({ vg, name }, index) =>
        step({
          id: `forget-${index}`,
          title: `remove ${vg}/${name} on ${host}`,
          host,
          argv: ["lvremove", "--yes", `${vg}/${name}`],
          before: [{ kind: "lv", host, vg, name, there: true }],
          after: [{ kind: "lv", host, vg, name, there: false }],
          undo: "can't be undone",
          risk: "data_loss",
          no_return: true,
        }),
      ),
    });
  },
};

/** What both sides had that the other hasn't is what a resync writes over, at most. */
export const overwrittenBy =
  ({ host, peer }: Target) =>
  (row: DrbdRow): number | undefined => {
    const [mine, theirs] = [sideOf(row, host)?.out_of_sync_kib, sideOf(row, peer)?.out_of_sync_kib];
    return mine === undefined || theirs === undefined ? undefined : mine + theirs;
  };
