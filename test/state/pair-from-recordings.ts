/**
 * A PairState as the console would have it after reading both hosts, made from the recordings of a scenario by the real parsers.
 * What a scenario didn't record is taken from the healthy one (`fill: "none"`: left unknown); a host whose power was cut in it
 * is unreachable, with what it told while healthy as its last words.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Facts, History, HostState, PairState } from "../../src/state/state.ts";
import { type HostId, hostId, type Pair } from "../../src/xen/model/ids.ts";
import { type Known, unknown } from "../../src/xen/model/known.ts";
import { type FactsOf, type ReadingId, readingIds, readings } from "../../src/xen/read/index.ts";
import { type ParseResult, type RawOutput, RC_ABSENT, type Reading } from "../../src/xen/read/reading.ts";

const root = fileURLToPath(new URL("../recordings/", import.meta.url));

/** The console's clock in these tests. */
export const NOW_MS = 1_800_000_000_000;
/** When every reading of a live host was last confirmed. */
export const READ_MS = NOW_MS - 500;
/** Not long ago: what was never recorded isn't overdue yet. */
export const LIVE_SINCE_MS = NOW_MS - 5_000;
/** When an unreachable host was last heard. */
export const LOST_MS = NOW_MS - 42_000;
export const ALPHA = hostId("alpha");
export const BETA = hostId("beta");

export const emptyHistory: History = {
  out_of_sync: new Map(),
  path_losses: new Map(),
  connection_changes: new Map(),
  nfs: new Map(),
  fill: new Map(),
  bad_copies: new Map(),
  domain_since: new Map(),
};

/** Scenarios in which a host isn't recorded because it had no power or didn't run; elsewhere it just wasn't asked. */
const lost = ["peerdown", "drbd9-peerdown", "peerfrozen"];

/** Per reading the recorded files that hold what its script would print, best first. `ABSENT`: the lab's hosts don't have it. */
const ABSENT = "ABSENT";
const files: { readonly [id: string]: readonly string[] } = {
  "xl-list": ["xl-list-v.txt"],
  "xl-info": ["xl-info.txt"],
  "xl-list-long": ["xl-list-l.json"],
  "xl-configs": ["xl-configs-4.17.7-healthy-paths.txt"],
  "xen-auto": [ABSENT],
  xenha: [ABSENT],
  xentop: ["xentop.txt"],
  xenstore: ["xenstore-ls.txt"],
  host: ["host-debian12-healthy.txt"],
  // drbd-gi was recorded in the healthy state only, where it says nothing of the others.
  "kernel-log": ["drbd-dmesg.txt"],
  "xl-logs": ["xl-logs-4.17.7-healthy.txt"],
  // Recorded in the healthy state only; domids of the other states are others.
  "xl-monitors": [ABSENT],
  xapi: [ABSENT],
  "drbd-status": ["drbdsetup-status.json", "drbdsetup-status.txt"],
  "drbd-proc": ["proc-drbd.txt"],
  "drbd-show": ["drbdsetup-show.json", "drbdsetup-show.txt"],
  multipath: ["multipathd-maps.json"],
  iscsi: ["iscsiadm-session-P3.txt"],
  fc: [ABSENT],
  nbd: ["nbd-sysfs.txt"],
  nfs: ["mountstats-nfs.txt"],
  lvm: ["lvm.txt"],
  lsblk: ["lsblk.json"],
  df: ["df-P.txt"],
  "ip-link": ["ip-link.json"],
  "ip-addr": ["ip-addr.json"],
  "bridge-link": ["bridge-link.json"],
  "bridge-vlan": ["bridge-vlan.json"],
  "bridge-fdb": ["bridge-fdb.json"],
  bond: [ABSENT],
  ovs: ["ovs-vsctl-Bridge.json"],
};

/** `scenario/host/file` -> exit status, from index.tsv. */
const statuses = new Map<string, number>(
  readFileSync(`${root}index.tsv`, "utf8")
    .split("\n")
    .map((line) => line.split("\t"))
    .map(([scenario, host, file, rc]) => [`${scenario}/${host}/${file}`, Number(rc)] as const),
);

function rawFile(path: string): RawOutput | undefined {
  if (!existsSync(root + path)) return undefined;
  const rc = statuses.get(path) ?? 0;
  return { rc: Number.isNaN(rc) ? 0 : rc, stdout: readFileSync(root + path, "utf8"), truncated: false };
}

/** Answers that the script makes of several files or heads with something of its own. */
function compose(id: string, folder: string, raw: RawOutput): RawOutput {
  if (id === "ovs") {
    const tables = ["Bridge", "Port", "Interface"].map(
      (name) => `@@ ${name}\n${rawFile(`${folder}/ovs-vsctl-${name}.json`)?.stdout ?? ""}`,
    );
    return { ...raw, stdout: tables.join("\n") };
  }
  if (id === "kernel-log") {
    const uptime_s = rawFile(`${folder}/uptime.txt`)?.stdout.split(" ")[0] ?? "3600";
    return { ...raw, stdout: `@@ dmesg ${NOW_MS / 1000} ${uptime_s}\n${raw.stdout}` };
  }
  return raw;
}

/** What its script would have printed. */
export function rawOf(id: string, scenario: string, host: string, fill: boolean): RawOutput | undefined {
  const healthy = scenario.startsWith("drbd9") ? "drbd9-healthy" : "healthy";
  const scenarios = fill ? [scenario, healthy, "healthy", "readings-healthy", "probe-debian12-healthy"] : [scenario];
  for (const from of scenarios) {
    for (const file of files[id] ?? []) {
      if (file === ABSENT) return { rc: RC_ABSENT, stdout: "", truncated: false };
      const raw = rawFile(`${from}/${host}/${file}`);
      // 8.4's drbdsetup answers --json with its usage and 20; the script asks it for text.
      if (raw !== undefined && !(file.endsWith(".json") && raw.rc === 20)) return compose(id, `${from}/${host}`, raw);
    }
  }
  return id === "ovs" ? { rc: RC_ABSENT, stdout: "", truncated: false } : undefined;
}

/** What a reading makes of a raw answer, as the state keeps it. */
export function knownOf<T>(result: ParseResult<T>, at_ms: number): Known<T> {
  if (result.ok) return { state: "known", value: result.facts, at_ms, changed_ms: at_ms };
  if (result.kind === "absent") return { state: "absent", why: result.why, at_ms };
  return { state: "failed", error: result.error, at_ms, last: undefined };
}

function factsFrom(scenario: string, host: string, fill: boolean, at_ms: number): Facts {
  const entries = readingIds.map((id) => {
    const raw = rawOf(id, scenario, host, fill);
    const reading: Reading<unknown> = readings[id];
    return [id, raw === undefined ? unknown : knownOf(reading.parse(raw), at_ms)] as const;
  });
  return Object.fromEntries(entries) as unknown as Facts;
}

export function liveHost(id: HostId, facts: Facts): HostState {
  return {
    id,
    link: { phase: "live", since_ms: LIVE_SINCE_MS },

    trouble: undefined,
    hello: new Map(),
    beat: { at_ms: NOW_MS - 300, uptime_s: 3600, skew_ms: 20 },
    running_since_ms: new Map(),
    facts,
  };
}

/** The host stopped answering 42 s ago; its last words stay. */
export function unreachable(host: HostState): HostState {
  const facts = Object.fromEntries(
    Object.entries(host.facts).map(([id, known]) => [id, known.state === "unknown" ? known : { ...known, at_ms: LOST_MS }]),
  ) as unknown as Facts;
  return {
    ...host,
    facts,
    beat: { at_ms: LOST_MS, uptime_s: 3500, skew_ms: 20 },
    link: {
      phase: "unreachable",
      hop: host.id,
      reason: "no answer for 30 s",
      since_ms: LOST_MS,
      retry_at_ms: NOW_MS + 4000,
      attempt: 3,
    },
  };
}

export function pairFromRecordings(scenario: string, { fill = "healthy" }: { readonly fill?: "healthy" | "none" } = {}): PairState {
  const healthy = scenario.startsWith("drbd9") ? "drbd9-healthy" : "healthy";
  const host = (id: HostId): HostState =>
    !lost.includes(scenario) || existsSync(`${root}${scenario}/${id}`)
      ? liveHost(id, factsFrom(scenario, id, fill === "healthy", READ_MS))
      : unreachable(liveHost(id, factsFrom(healthy, id, true, READ_MS)));
  const order: Pair<HostId> = [ALPHA, BETA];
  return {
    name: "lab",
    started_ms: NOW_MS - 3_600_000,
    order,
    hosts: new Map(order.map((id) => [id, host(id)])),
    timeline: [],
    lives: new Map(),
    acks: new Map(),
    history: emptyHistory,
  };
}

/** The same pair with one host changed. */
export function withHost(pair: PairState, id: HostId, change: (host: HostState) => HostState): PairState {
  const host = pair.hosts.get(id);
  if (host === undefined) throw new Error(`no host ${id} in ${pair.name}`);
  return { ...pair, hosts: new Map([...pair.hosts, [id, change(host)]]) };
}

/** The same pair, in which a host has just told something else. */
export function withFacts<Id extends ReadingId>(pair: PairState, id: HostId, reading: Id, value: FactsOf<Id>): PairState {
  const known: Known<FactsOf<Id>> = { state: "known", value, at_ms: READ_MS, changed_ms: READ_MS };
  return withHost(pair, id, (host) => ({ ...host, facts: { ...host.facts, [reading]: known } }));
}

/** What a host of the pair told, for a test to change a part of; throws where it told nothing. */
export function factsOf<Id extends ReadingId>(pair: PairState, id: HostId, reading: Id): FactsOf<Id> {
  const known: Known<unknown> | undefined = pair.hosts.get(id)?.facts[reading];
  if (known?.state !== "known") throw new Error(`${id} didn't tell ${reading}: ${JSON.stringify(known)}`);
  return known.value as FactsOf<Id>;
}
