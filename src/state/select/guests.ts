/** The guests' rows: joined over both hosts, judged, with their disks and interfaces and whether each host could run them. */
import type { HostId } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import type { DrbdRow, GuestRow, Judged, Placement } from "../view-model.ts";
import { effectiveConfig, guestDisks, type JoinedDisk } from "./chain-disk.ts";
import { guestNics, type JoinedNic } from "./chain-nic.ts";
import { configDrift } from "./config-drift.ts";
import { selectDrbd } from "./drbd.ts";
import { type GuestInstance, type JoinedGuest, joinGuests } from "./guest-join.ts";
import { instanceState, wholeGuest } from "./guest-whole.ts";
import { fileOn, readiness } from "./readiness.ts";
import { worse, worstOf } from "./severity.ts";
import { eachSide, type Side, type Sides, sidesOf } from "./sides.ts";

function placement(sides: Sides, instance: GuestInstance): Placement {
  const { side, domain } = instance;
  const evidence = side.evidence("xl-list");
  const state = instanceState(sides, instance);
  return {
    host: side.id,
    domid: domain.domid,
    name: domain.name,
    migration: domain.migration,
    state: evidence.freshness === "fresh" ? state : { text: state.text, severity: "unknown" },
    flags: domain.state.text,
    evidence,
  };
}

/** xendomains starts what lies or is linked in /etc/xen/auto (init script, XENDOMAINS_AUTO). */
function startsOn(side: Side, guest: JoinedGuest): boolean {
  const paths = new Set(guest.files.filter((one) => one.side === side).map(({ file }) => file.path));
  return (side.known("xen-auto") ?? []).some(({ name, target }) => paths.has(target ?? `/etc/xen/auto/${name}`));
}

const usesAutostart = ({ both }: Sides): boolean => both.some((side) => (side.known("xen-auto") ?? []).length > 0);

function worstDisk(disks: readonly JoinedDisk[]): Judged {
  const all = disks.flatMap(({ row }) => {
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

/** The DRBD screen has looked at both hosts' views; the guest's disk says the same. */
function asOnDrbdScreen(disks: readonly JoinedDisk[], drbd: ReadonlyMap<string, DrbdRow>): readonly JoinedDisk[] {
  return disks.map((disk) => {
    const row = disk.row.kind === "drbd" && disk.row.object !== undefined ? drbd.get(disk.row.object) : undefined;
    return row === undefined ? disk : { ...disk, row: { ...disk.row, state: row.state } };
  });
}

function cpuPercent(running: GuestInstance | undefined): number | undefined {
  if (running === undefined) return undefined;
  return running.side.fresh("xentop")?.rows.find(({ name }) => name === running.domain.name)?.cpu_percent;
}

function guestRow(
  sides: Sides,
  guest: JoinedGuest,
  context: { drbd: ReadonlyMap<string, DrbdRow>; site_uses_autostart: boolean },
): GuestRow {
  const autostart = sides.both.filter((side) => startsOn(side, guest)).map(({ id }) => id);
  const whole = wholeGuest(sides, guest, { autostart: autostart.length > 0, site_uses_autostart: context.site_uses_autostart });
  const runs_on: HostId | undefined = whole.host;
  const disks = asOnDrbdScreen(guestDisks(sides, guest, runs_on), context.drbd);
  const nics = guestNics(sides, guest, runs_on);
  const can_run = eachSide(sides, (here, there) => readiness({ guest, here, there, runs_on, disks, nics }));
  const running = guest.instances.find(({ side, domain }) => side.id === runs_on && domain.migration === "none");
  const config = effectiveConfig(guest, runs_on);
  const files = eachSide(sides, (here) => fileOn({ guest, here }));
  const disks_worst = worstDisk(disks);
  const nics_worst = worstNic(nics);
  const stranded = runs_on !== undefined && can_run.some(({ answer }) => answer === "no") ? "warning" : "ok";
  return {
    key: guest.key,
    name: guest.name,
    uuid: guest.uuid,
    type: config?.type ?? "unknown",
    placements: guest.instances.map((instance) => placement(sides, instance)),
    host: runs_on,
    state: whole.state,
    vcpus: running?.domain.vcpus ?? config?.vcpus,
    memory_mib:
      running?.domain.memory_mib ?? (config?.target_memory_kib === undefined ? undefined : Math.round(config.target_memory_kib / 1024)),
    cpu_percent: cpuPercent(running),
    disks: disks.map(({ row }) => row),
    nics: nics.map(({ row }) => row),
    disks_worst,
    nics_worst,
    can_run,
    autostart,
    config_files: guest.files.map(({ side, file }) => ({ host: side.id, path: file.path })),
    config_drift:
      files[0] === undefined || files[1] === undefined
        ? []
        : configDrift([
            { host: files[0].side.id, config: files[0].config },
            { host: files[1].side.id, config: files[1].config },
          ]),
    severity: [disks_worst.severity, nics_worst.severity, stranded as "warning" | "ok"].reduce(worse, whole.state.severity),
  };
}

/**
 * By name. The last three: where they have been made for this view already. The disks share the judgement of the DRBD screen's rows, which has
 * looked at both hosts' views.
 */
export function selectGuests(
  state: PairState,
  now_ms: number,
  sides: Sides = sidesOf(state, now_ms),
  joined: readonly JoinedGuest[] = joinGuests(sides),
  drbd: readonly DrbdRow[] = selectDrbd(state, now_ms, sides, joined),
): readonly GuestRow[] {
  const context = { drbd: new Map(drbd.map((row) => [row.key, row] as const)), site_uses_autostart: usesAutostart(sides) };
  return joined.map((guest) => guestRow(sides, guest, context));
}
