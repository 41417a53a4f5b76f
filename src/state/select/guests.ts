/** The guests' rows: joined over both hosts, judged, with their disks and interfaces and whether each host could run them. */
import type { Pair } from "../../xen/model/ids.ts";
import type { DomainList, GuestConfig, UsageTable } from "../../xen/model/xen.ts";
import type { PairState } from "../state.ts";
import type { GuestDisk, GuestRow, Judged, Placement } from "../view-model.ts";
import { startsOn, usesAutostart } from "./autostart.ts";
import { effectiveConfig, guestDisks, type JoinedDisk } from "./chain-disk.ts";
import { guestNics, type JoinedNic } from "./chain-nic.ts";
import { configDrift } from "./config-drift.ts";
import type { DiskSide } from "./disk-query.ts";
import { drbdIsSplit, drbdState } from "./drbd.ts";
import { type GuestInstance, type JoinedGuest, joinedGuests } from "./guest-join.ts";
import { instanceState, type Whole, wholeGuest } from "./guest-whole.ts";
import { firstBy, perFacts } from "./memo.ts";
import { fileOn, type JudgedReadiness, readiness, startConfig, withEvidence } from "./readiness.ts";
import { worse, worstOf } from "./severity.ts";
import { sameMembers, shared } from "./shared.ts";
import { eachSide, type Side, type Sides, sidesOf } from "./sides.ts";

/** As printed, with those that alternate all the time. */
const flagsOn = perFacts((side: Side) =>
  side.cells.parts((): ReadonlyMap<number, string> => {
    const told = side.whole("xl-list");
    return told === undefined ? new Map() : flagsIn(told);
  }),
);
/** A domid comes once in what was read. */
const flagsIn = ({ domains }: DomainList): ReadonlyMap<number, string> =>
  new Map(domains.map(({ domid, state }) => [domid, state.text] as const));

function placement(sides: Sides, instance: GuestInstance): Placement {
  const { side, domain } = instance;
  const state = instanceState(sides, instance);
  return {
    host: side.id,
    domid: domain.domid,
    name: domain.name,
    migration: domain.migration,
    state: side.freshness("xl-list") === "fresh" ? state : { text: state.text, severity: "unknown" },
    flags: flagsOn(side)(domain.domid) ?? "",
    ...(domain.migration === "incoming" ? { memory_mib: domain.memory_mib } : {}),
    evidence: side.evidences()("xl-list"),
  };
}

function worstDisk(disks: readonly GuestDisk[]): Judged {
  const all = disks.flatMap((row) => {
    const name = disks.length > 1 ? `${row.vdev} ` : "";
    return [row.state, ...(row.backend === undefined ? [] : [row.backend])].map((state) => ({ ...state, text: `${name}${state.text}` }));
  });
  const found = worstOf(all);
  if (found === undefined) return { text: "none", severity: "ok" };
  return found.severity === "ok" && disks.length > 1 ? { text: "ok", severity: "ok" } : found;
}

function worstNic(nics: readonly JoinedNic[]): Judged {
  const all = nics.flatMap(({ row }) => {
    const name = nics.length > 1 ? `${row.bridge ?? row.devid} ` : "";
    return [row.state, ...(row.backend === undefined ? [] : [row.backend])].map((state) => ({ ...state, text: `${name}${state.text}` }));
  });
  const found = worstOf(all);
  if (found === undefined) return { text: "none", severity: "ok" };
  return found.severity === "ok" && nics.length > 1 ? { text: "up", severity: "ok" } : found;
}

/** One host alone sees a good copy that is merely not connected. */
function splitStart(here: Side, side: DiskSide, object: string): DiskSide {
  if (here.freshness("drbd-status") !== "fresh") return side;
  const name = object.endsWith("/0") ? object.slice(0, -2) : object;
  return { ...side, start: { result: "fail", text: `${name}: split brain, neither copy has everything` } };
}

/** The DRBD screen has looked at both hosts' views: where it sees a split brain neither side is a good copy. */
function apartWhereSplit(sides: Sides, disks: readonly JoinedDisk[]): readonly JoinedDisk[] {
  return disks.map((disk) => {
    const { kind, object } = disk.row;
    if (kind !== "drbd" || object === undefined || !drbdIsSplit(sides, object)) return disk;
    return { ...disk, sides: eachSide(sides, (here) => splitStart(here, disk.sides[here.index], object)) };
  });
}

/** The state as the DRBD screen has it, with how far a resync is: that moves all the time, and decides nothing else of the guest. */
function asOnDrbdScreen(sides: Sides, disks: readonly JoinedDisk[]): readonly GuestDisk[] {
  return disks.map(({ row }) => {
    const state = row.kind === "drbd" && row.object !== undefined ? drbdState(sides, row.object) : undefined;
    return state === undefined ? row : { ...row, state };
  });
}

const usageOn = perFacts((side: Side) =>
  side.cells.parts((): ReadonlyMap<string, number | undefined> => {
    // As it was told: all of it differs at every look, so that there is nothing in it to keep.
    const told = side.freshness("xentop") === "fresh" ? side.whole("xentop") : undefined;
    return told === undefined ? new Map() : usageIn(told);
  }),
);
/** The first row of a name counts. */
const usageIn = ({ rows }: UsageTable): ReadonlyMap<string, number | undefined> =>
  new Map(rows.toReversed().map(({ name, cpu_percent }) => [name, cpu_percent] as const));

/** All that is judged of a guest: parts of its row that stay as they are until something that they were made of changes. */
export interface JudgedGuest {
  readonly guest: JoinedGuest;
  readonly whole: Whole;
  readonly autostart: GuestRow["autostart"];
  readonly config: GuestConfig | undefined;
  /** What it would be started with on each host. */
  readonly start: Pair<GuestConfig | undefined>;
  readonly disks: readonly JoinedDisk[];
  readonly nics: readonly JoinedNic[];
  readonly can_run: Pair<JudgedReadiness>;
  readonly config_drift: readonly string[];
}

function driftOf(sides: Sides, guest: JoinedGuest): readonly string[] {
  const [a, b] = eachSide(sides, (here) => fileOn({ guest, here }));
  if (a === undefined || b === undefined) return [];
  return configDrift([
    { host: a.side.id, config: a.config },
    { host: b.side.id, config: b.config },
  ]);
}

const judgedCells = perFacts((sides: Sides) => {
  const { cells, both } = sides;
  const guest = cells.parts(() => firstBy(joinedGuests(sides), ({ key }) => key));
  const needed = (key: string): JoinedGuest => {
    const found = guest(key);
    if (found === undefined) throw new Error(`no guest ${key}`);
    return found;
  };
  const autostart = cells.cells((key: string) => both.filter((side) => startsOn(side, needed(key))).map(({ id }) => id), sameMembers);
  const whole = cells.cells(
    (key: string) => wholeGuest(sides, needed(key), { autostart: autostart(key).length > 0, site_uses_autostart: usesAutostart(sides) }),
    shared,
  );
  const hostOf = cells.cells((key: string) => whole(key).host);
  const disks = cells.cells((key: string) => apartWhereSplit(sides, guestDisks(sides, needed(key), hostOf(key))), shared);
  const nics = cells.cells((key: string) => guestNics(sides, needed(key), hostOf(key)), shared);
  const canRun = eachSide(sides, (here, there) =>
    cells.cells(
      (key: string) => readiness({ guest: needed(key), here, there, runs_on: hostOf(key), disks: disks(key), nics: nics(key) }),
      shared,
    ),
  );
  const drift = cells.cells((key: string) => driftOf(sides, needed(key)), sameMembers);
  return cells.cells((key: string): JudgedGuest => {
    const runs_on = hostOf(key);
    return {
      guest: needed(key),
      whole: whole(key),
      autostart: autostart(key),
      config: effectiveConfig(needed(key), runs_on),
      start: eachSide(sides, (here) => startConfig({ guest: needed(key), here, runs_on })),
      disks: disks(key),
      nics: nics(key),
      can_run: [canRun[0](key), canRun[1](key)],
      config_drift: drift(key),
    };
  }, sameMembers);
});

/** The row without what comes and goes with every answer: ages, flags, CPU. */
type LastingRow = Omit<GuestRow, "placements" | "can_run" | "cpu_percent">;

function lastingRow(
  { guest, whole, config, nics, can_run, autostart, config_drift }: JudgedGuest,
  disks: readonly GuestDisk[],
): LastingRow {
  const running = runningOf(guest, whole);
  const disks_worst = worstDisk(disks);
  const nics_worst = worstNic(nics);
  const stranded = whole.host !== undefined && can_run.some(({ answer }) => answer === "no") ? "warning" : "ok";
  return {
    key: guest.key,
    name: guest.name,
    uuid: guest.uuid,
    type: config?.type ?? "unknown",
    host: whole.host,
    state: whole.state,
    vcpus: running?.domain.vcpus ?? config?.vcpus,
    memory_mib:
      running?.domain.memory_mib ?? (config?.target_memory_kib === undefined ? undefined : Math.round(config.target_memory_kib / 1024)),
    disks,
    nics: nics.map(({ row }) => row),
    disks_worst,
    nics_worst,
    autostart,
    config_files: guest.files.map(({ side, file }) => ({ host: side.id, path: file.path })),
    config_drift,
    severity: [disks_worst.severity, nics_worst.severity, stranded as "warning" | "ok"].reduce(worse, whole.state.severity),
  };
}

const runningOf = ({ instances }: JoinedGuest, { host }: Whole): GuestInstance | undefined =>
  instances.find(({ side, domain }) => side.id === host && domain.migration === "none");

function guestRow(sides: Sides, judged: JudgedGuest, lasting: LastingRow): GuestRow {
  const { guest, whole, can_run } = judged;
  const running = runningOf(guest, whole);
  return {
    ...lasting,
    placements: guest.instances.map((instance) => placement(sides, instance)),
    can_run: eachSide(sides, (here, there) => withEvidence(can_run[here.index], here.evidences(), there.evidences())),
    cpu_percent: running === undefined ? undefined : usageOn(running.side)(running.domain.name),
  };
}

const guestsCells = perFacts((sides: Sides) => {
  const { cells } = sides;
  const judged = judgedCells(sides);
  const disks = cells.cells((key: string) => asOnDrbdScreen(sides, judged(key).disks), shared);
  const lasting = cells.cells((key: string) => lastingRow(judged(key), disks(key)));
  const row = cells.cells((key: string) => guestRow(sides, judged(key), lasting(key)));
  const keys = cells.gate(() => joinedGuests(sides).map(({ key }) => key), sameMembers);
  return {
    judged: cells.cell((): readonly JudgedGuest[] => keys().map(judged), sameMembers),
    rows: cells.cell((): readonly GuestRow[] => keys().map(row), sameMembers),
  };
});

/** As the rows, in the same order, without ages. */
export const judgedGuests = (sides: Sides): readonly JudgedGuest[] => guestsCells(sides).judged();

/** By name. The disks share the judgement of the DRBD screen's rows. */
export const selectGuests = (state: PairState, now_ms: number, sides: Sides = sidesOf(state, now_ms)): readonly GuestRow[] =>
  guestsCells(sides).rows();
