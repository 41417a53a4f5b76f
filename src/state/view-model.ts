/**
 * What the screens, `status --json` and `check` show: the pair's facts joined and judged. Made by the selectors in select/,
 * pure, from PairState and the time now. Views draw it and nothing else; they judge nothing.
 */
import type { LinkState } from "../xen/host/link.ts";
import type { HostId, Pair } from "../xen/model/ids.ts";
import type { JobFact } from "../xen/model/plan-facts.ts";
import type { ReadingId } from "../xen/read/index.ts";
import type { Begun } from "./plan/account.ts";
import type { Entry, Result } from "./plan/journal.ts";
import type { PlanStep, Risk } from "./plan/plan.ts";
import type { TimelineEntry } from "./state.ts";

export type Severity = "ok" | "info" | "unknown" | "warning" | "critical";

/** How far a fact can be trusted now. `hung`: its command is running and not answering. */
export type Freshness = "fresh" | "stale" | "hung" | "failed" | "absent" | "never";

/** Where a claim comes from. */
export interface Evidence {
  readonly host: HostId;
  readonly reading: ReadingId;
  /** The command. */
  readonly source: string;
  /** Last confirmed; undefined: never. */
  readonly at_ms: number | undefined;
  readonly freshness: Freshness;
  /** The tool's words where it failed, or for how long it hasn't answered. */
  readonly note: string | undefined;
}

/** A word with its severity: never colour alone. */
export interface Judged {
  readonly text: string;
  readonly severity: Severity;
}

export type Reach = "live" | "stale" | "connecting" | "unreachable" | "refused" | "needs_auth";

export interface HostView {
  readonly id: HostId;
  readonly reach: Reach;
  /** One line: `live 0.4 s`, `stale 42 s`, `unreachable: jump1: connection refused, retry in 4 s`. Ages are left to the view: see since_ms. */
  readonly reach_reason: string | undefined;
  readonly link: LinkState;
  /** Last sign of life. */
  readonly heard_ms: number | undefined;
  /** Readings that don't answer now, longest first. */
  readonly hung: readonly { readonly reading: ReadingId; readonly source: string; readonly since_ms: number }[];
  /** Readings that the host hasn't come to in time, longest first: a slow host, not a hung command. */
  readonly late: readonly { readonly reading: ReadingId; readonly source: string; readonly since_ms: number }[];
  readonly readings: readonly Evidence[];
  readonly hostname: string | undefined;
  readonly xen_version: string | undefined;
  readonly kernel: string | undefined;
  readonly os: string | undefined;
  readonly hardware: string | undefined;
  readonly cpu_model: string | undefined;
  readonly cpus: number | undefined;
  readonly uptime_s: number | undefined;
  readonly load_1min: number | undefined;
  readonly memory_total_mib: number | undefined;
  readonly memory_free_mib: number | undefined;
  readonly dom0_memory_available_kib: number | undefined;
  readonly guests_running: number | undefined;
  /** Positive: the host's clock is ahead of the console's. */
  readonly skew_ms: number | undefined;
  readonly drbd_version: string | undefined;
  readonly severity: Severity;
}

/** A guest's state in one host's eyes. */
export interface Placement {
  readonly host: HostId;
  readonly domid: number;
  /** The name there, with xl's suffix. */
  readonly name: string;
  readonly migration: "none" | "incoming" | "migrated_away";
  /** `running`, `paused`, `crashed`, `shut down`, `suspended`, `dying`, `receiving`, `left behind`. */
  readonly state: Judged;
  readonly flags: string;
  /** Of a receiving shell: what has arrived so far. */
  readonly memory_mib?: number;
  readonly evidence: Evidence;
}

/** One disk of a guest, followed to the hardware, on each host. */
export interface GuestDisk {
  readonly vdev: string;
  readonly target: string;
  readonly kind: "drbd" | "multipath" | "nfs" | "nbd" | "iscsi" | "lvm" | "file" | "block" | "empty" | "unknown";
  readonly read_write: boolean;
  /** For drbd: `r0/0`; for multipath: the WWID; for nfs: `server:export`. */
  readonly object: string | undefined;
  readonly state: Judged;
  /** Per host, outermost first: `drbd r0/0 UpToDate`, `lv vg0/web01`, `disk sda`. */
  readonly chain: Pair<readonly string[]>;
  /** The backend where it runs: vbd state, hotplug error. */
  readonly backend: Judged | undefined;
}

export interface GuestNic {
  readonly devid: number;
  readonly mac: string | undefined;
  readonly bridge: string | undefined;
  readonly ifname: string | undefined;
  readonly state: Judged;
  /** Per host: `bridge xenbr0`, `vlan eth2.100 id 100`, `nic eth2`. */
  readonly chain: Pair<readonly string[]>;
  readonly backend: Judged | undefined;
}

/** Can this guest run on this host now? */
export interface Readiness {
  readonly host: HostId;
  /** `yes`: every check passed on fresh facts. `no`: at least one failed. `unknown`: something couldn't be judged. `here`: it runs there. */
  readonly answer: "here" | "yes" | "no" | "unknown";
  /** Worst first. Those that passed are there too. */
  readonly checks: readonly ReadinessCheck[];
  /** The first reason in one short phrase, undefined when yes/here. */
  readonly reason: string | undefined;
}
/** One fact, judged once for readiness and for every plan (state/preflight). */
export interface ReadinessCheck {
  readonly id:
    | "config"
    | "disk"
    | "size"
    | "memory"
    | "network"
    | "vifname"
    | "hardware"
    | "version"
    | "processor"
    | "xen"
    | "passthrough"
    | "host"
    | "name"
    | "bootfiles"
    | "pool";
  readonly result: "pass" | "warn" | "fail" | "unknown";
  readonly text: string;
  readonly evidence: readonly Evidence[];
  /** What the same fact says of a live move from the other host, where that is something else or judged on more. */
  readonly move?: Pick<ReadinessCheck, "result" | "text" | "evidence">;
  /** Of a disk's check: which. */
  readonly vdev?: string;
}

export interface GuestRow {
  /** The UUID, else the name: stable across hosts. */
  readonly key: string;
  readonly name: string;
  readonly uuid: string | undefined;
  readonly type: string;
  readonly placements: readonly Placement[];
  /** Where it runs; undefined: nowhere, in doubt, or not known. */
  readonly host: HostId | undefined;
  readonly state: Judged;
  readonly vcpus: number | undefined;
  readonly memory_mib: number | undefined;
  readonly cpu_percent: number | undefined;
  readonly disks: readonly GuestDisk[];
  readonly nics: readonly GuestNic[];
  readonly disks_worst: Judged;
  readonly nics_worst: Judged;
  readonly can_run: Pair<Readiness>;
  readonly autostart: readonly HostId[];
  /** Hosts that have a config file for it, with its path. */
  readonly config_files: readonly { readonly host: HostId; readonly path: string }[];
  /** Differences between the hosts' config files, one phrase each. */
  readonly config_drift: readonly string[];
  readonly severity: Severity;
}

/** One side of a DRBD volume. */
export interface DrbdSide {
  readonly host: HostId;
  /** The resource isn't up (or the host has no DRBD) in this host's eyes. */
  readonly present: boolean;
  readonly role: string;
  readonly disk: string;
  readonly connection: string;
  readonly replication: string;
  /** This host's opinion of its peer: compare with the other side's own. */
  readonly peer_role: string;
  readonly peer_disk: string;
  readonly out_of_sync_kib: number | undefined;
  readonly suspended: string;
  readonly resync_suspended: string;
  readonly severity: Severity;
  readonly evidence: Evidence;
}

export interface ResyncView {
  readonly source: HostId | undefined;
  readonly target: HostId | undefined;
  readonly kind: "resync" | "verify";
  readonly done_percent: number | undefined;
  readonly in_sync_percent: number | undefined;
  readonly left_kib: number | undefined;
  readonly rate_kib_s: number | undefined;
  readonly rate_average_kib_s: number | undefined;
  readonly eta_s: number | undefined;
  /** By all rates that are known; absent: they agree, or there is one. */
  readonly eta_spread_s?: { readonly soonest_s: number; readonly latest_s: number };
  readonly paused: string | undefined;
  /** undefined: moves. Else since when it hasn't, and the best guess why. at_least: it stood already when it was first looked at. */
  readonly stalled: { readonly since_ms: number; readonly at_least?: true; readonly why: string } | undefined;
}

export interface DrbdRow {
  /** `r0/0` */
  readonly key: string;
  readonly resource: string;
  readonly volume: number;
  readonly minor: Pair<number | undefined>;
  readonly size_kib: number | undefined;
  readonly sides: Pair<DrbdSide>;
  readonly state: Judged;
  readonly resync: ResyncView | undefined;
  readonly split_brain: { readonly evidence: readonly string[]; readonly since_ms: number | undefined } | undefined;
  /** Guest keys that sit on it. */
  readonly guests: readonly string[];
  readonly backing: Pair<string | undefined>;
  readonly allow_two_primaries: Pair<boolean | undefined>;
  readonly generations: Pair<string | undefined>;
  /** Where the two hosts' views contradict each other. */
  readonly disagreement: readonly string[];
}

/** One cell of the path x host matrix. */
export interface StorageCell {
  readonly host: HostId;
  readonly state: Judged;
  readonly details: readonly string[];
  /** How often its worst path was lost. */
  readonly flaps_10min: number;
  /** Paths that are lost again and again, until they have held for a while (select/path-flaps.ts). */
  readonly flapping?: { readonly paths: readonly string[]; readonly since_ms: number; readonly last_ms: number };
  readonly evidence: Evidence;
}
export interface StorageRow {
  readonly key: string;
  readonly kind: "multipath" | "iscsi" | "fc" | "nbd" | "nfs" | "lvm_vg" | "lvm_thin" | "filesystem";
  readonly title: string;
  readonly subtitle: string | undefined;
  /** undefined cell: that host doesn't have it. */
  readonly cells: Pair<StorageCell | undefined>;
  readonly guests: readonly string[];
  readonly severity: Severity;
}

export interface NetNode {
  readonly name: string;
  readonly kind: string;
  readonly state: Judged;
  readonly mtu: number | undefined;
  readonly vlan_id: number | undefined;
  readonly guest: string | undefined;
  readonly details: readonly string[];
  readonly children: readonly NetNode[];
}
/** `what` lets a rule tell an uplink without carrier, which has a finding of its own, from a difference in configuration. */
export interface ParityEntry extends Judged {
  readonly what?: "missing" | "uplink" | "vlan" | "mtu" | "carrier" | "port" | "setting" | "unjudged";
}
/** A bridge by name, on both hosts. */
export interface BridgeRow {
  readonly name: string;
  readonly trees: Pair<NetNode | undefined>;
  /** `uplinked`, `private, spans`, `private, does not span`, `mixed`. */
  readonly role: string;
  readonly vlan_id: Pair<number | undefined>;
  readonly mtu: Pair<number | undefined>;
  /** Differences between the hosts that would cut a migrated guest off. */
  readonly parity: readonly ParityEntry[];
  readonly guests: readonly string[];
  readonly state: Judged;
  readonly evidence: Pair<Evidence>;
}
export interface UplinkRow {
  readonly name: string;
  readonly kind: string;
  readonly nodes: Pair<NetNode | undefined>;
  readonly severity: Severity;
}

/** A guest that doesn't come back, and why. */
export interface LeftGuest {
  readonly guest: string;
  readonly name: string;
  readonly reason: string;
  /** Since when its copy on the survivor isn't good; undefined: that isn't the reason, or isn't known. */
  readonly since_ms?: number;
  /** How much of it the survivor's copy lacks. */
  readonly behind_kib?: number;
}

/** If this host is lost now. */
export interface LoseHost {
  readonly lost: HostId;
  readonly survivor: HostId;
  /** `all`: every guest of the lost host restarts. */
  readonly answer: "all" | "some" | "none" | "unknown" | "nothing_to_move";
  readonly restart: readonly string[];
  readonly cannot: readonly LeftGuest[];
  readonly unknown: readonly LeftGuest[];
  /** Guests on the survivor that would stop as well: the lost host holds the only good copy of a disk of theirs. */
  readonly stops: readonly LeftGuest[];
  readonly memory_needed_mib: number;
  readonly memory_free_mib: number | undefined;
  readonly severity: Severity;
}

export interface FindingAct {
  readonly action: string;
  readonly args: Readonly<Record<string, string>>;
}

export interface Finding {
  /** Rule id, e.g. `drbd.split_brain`. */
  readonly rule: string;
  readonly severity: Severity;
  /** `r2`, `web01`, `alpha`. */
  readonly object: string;
  readonly cause: string;
  readonly evidence: readonly { readonly text: string; readonly from: Evidence | undefined }[];
  /** Guest names. */
  readonly at_risk: readonly string[];
  readonly next: string;
  /** Screen on which to look. */
  readonly screen: 1 | 2 | 3 | 4 | 5 | 6 | 7;
  readonly since_ms: number | undefined;
  /** The page that leads from here to green (state/runbooks). */
  readonly runbook?: string;
  /** The next step as one of the actions (state/plan/actions), with what is known of its arguments. */
  readonly act?: FindingAct;
  /** Found anew so often in the last ten minutes, where it comes and goes. */
  readonly flaps?: number;
  /** Not found any more since then; it stays in sight because it comes and goes. */
  readonly gone_ms?: number;
  /** Who took note of it, as it is now. until_ms: a snooze. */
  readonly ack?: { readonly by: string; readonly at_ms: number; readonly until_ms: number | undefined };
}

/** How far a migration is. */
export interface MoveProgress {
  readonly phase: string;
  /** The target may start it, or has. */
  readonly no_return: boolean;
  readonly failed: boolean;
  /** Of the copy that is under way, where it is told. */
  readonly iteration: number | undefined;
  readonly percent: number | undefined;
  /** It doesn't converge, and why. */
  readonly warning: string | undefined;
}

export interface PlanStepView {
  readonly title: string;
  /**
   * `begun`: its intent is written, no host tells of a job. `running`: its job runs. `ended`: its command has ended; what it did isn't written yet.
   * `gone`: its process was ended from outside. `cancelled`: it never ran, and never will. `put_away`: the plan is over and the hosts no longer tell
   * each step.
   */
  readonly state: "waiting" | "begun" | "running" | "ended" | "gone" | "cancelled" | "put_away" | Result;
  /** undefined: of a long plan, or of one that is over, the hosts tell the titles alone. */
  readonly step: PlanStep | undefined;
  readonly job: JobFact | undefined;
  readonly begun_ms: number | undefined;
  readonly outcome: { readonly text: string; readonly at_ms: number; readonly said?: readonly string[] } | undefined;
  readonly progress: MoveProgress | undefined;
  /** The plan of its own that the step is. */
  readonly child: PlanView | undefined;
}

/** A plan of any operator, as its journal, jobs and leases on the hosts tell it. Times are of the clock of whoever wrote them. */
export interface PlanView {
  readonly id: string;
  /** The plan that it is a step of. */
  readonly parent: string | undefined;
  readonly goal: string;
  readonly action: string;
  readonly reason: string;
  /** Who confirmed it. */
  readonly operator: string;
  /** Who drove it last; name: of the console that did, undefined: it never began a step. */
  readonly driver: { readonly name: string | undefined; readonly operator: string; readonly taken_over: boolean };
  readonly started_ms: number | undefined;
  /** `open`: not over. `quiet`: not over, no job of it runs, and nobody has gone on for so long that its console must be gone. */
  readonly state: "open" | "quiet" | "over";
  readonly end: { readonly result: Result; readonly text: string; readonly at_ms: number } | undefined;
  /** Names of its leases. */
  readonly keys: readonly string[];
  readonly steps: readonly PlanStepView[];
  /** Index of the step under way or next; undefined: none is left. */
  readonly at: number | undefined;
  /** For how long nothing new was told of plans by the hosts that have it; undefined: none tells now. */
  readonly quiet_ms: number | undefined;
  /** The worst of the steps that aren't done; undefined: the hosts don't tell what they are. */
  readonly risk_left: Risk | undefined;
  /** Whether anything of it was written down: `no`, where all of both hosts says so; it has its leases then, and nothing more. */
  readonly begun: Begun;
  /** What it was asked for with; empty where that is put away. */
  readonly args: Readonly<Record<string, string>>;
  readonly entries: readonly Entry[];
  /** Lines that weren't understood, or that two hosts tell differently: hands off. */
  readonly doubt: readonly string[];
  readonly evidence: readonly Evidence[];
}

export interface PairView {
  readonly name: string;
  readonly now_ms: number;
  readonly hosts: Pair<HostView>;
  readonly guests: readonly GuestRow[];
  readonly drbd: readonly DrbdRow[];
  readonly storage: readonly StorageRow[];
  readonly bridges: readonly BridgeRow[];
  readonly uplinks: readonly UplinkRow[];
  readonly lose: Pair<LoseHost>;
  readonly findings: readonly Finding[];
  /** Those under way first, then newest first. */
  readonly plans: readonly PlanView[];
  readonly timeline: readonly TimelineEntry[];
  /** `identical hardware`: one line per thing compared. */
  readonly hardware_parity: readonly { readonly what: string; readonly values: Pair<string>; readonly same: boolean | undefined }[];
  readonly severity: Severity;
}
