/** The rows of `status --json`: guests, DRBD, storage and network, field by field. See status-json.ts. */
import type {
  BridgeRow,
  DrbdRow,
  DrbdSide,
  Evidence,
  GuestDisk,
  GuestNic,
  GuestRow,
  NetNode,
  PairView,
  Placement,
  StorageCell,
  StorageRow,
  UplinkRow,
} from "../state/view-model.ts";
import { age, evidenceJson, known, type Now, origin, told } from "./status-age.ts";

export function guestJson(guest: GuestRow, now: Now) {
  return {
    key: guest.key,
    name: guest.name,
    uuid: known(guest.uuid),
    type: guest.type,
    severity: guest.severity,
    state: guest.state,
    host: known(guest.host),
    ...told(guestEvidence(guest), now),
    vcpus: known(guest.vcpus),
    memory_mib: known(guest.memory_mib),
    cpu_percent: known(guest.cpu_percent),
    autostart: [...guest.autostart],
    config_files: guest.config_files.map(({ host, path }) => ({ host, path })),
    config_drift: [...guest.config_drift],
    placements: guest.placements.map((placement) => placementJson(placement, now)),
    disks_worst: guest.disks_worst,
    disks: guest.disks.map(diskJson),
    nics_worst: guest.nics_worst,
    nics: guest.nics.map(nicJson),
  };
}

/** Everything a guest's row is joined from. */
function guestEvidence({ placements, can_run }: GuestRow): Evidence[] {
  return [...placements.map(({ evidence }) => evidence), ...can_run.flatMap(({ checks }) => checks.flatMap((check) => check.evidence))];
}

function placementJson({ host, domid, name, migration, state, flags, evidence }: Placement, now: Now) {
  return { host, domid, name, migration, state, flags, ...origin(evidence, now) };
}

function diskJson({ vdev, target, kind, read_write, object, state, chain, backend }: GuestDisk) {
  return { vdev, target, kind, read_write, object: known(object), state, chain: chain.map((steps) => [...steps]), backend: known(backend) };
}

function nicJson({ devid, mac, bridge, ifname, state, chain, backend }: GuestNic) {
  return {
    devid,
    mac: known(mac),
    bridge: known(bridge),
    ifname: known(ifname),
    state,
    chain: chain.map((steps) => [...steps]),
    backend: known(backend),
  };
}

export function drbdJson(row: DrbdRow, now: Now) {
  const { resync, split_brain } = row;
  return {
    key: row.key,
    resource: row.resource,
    volume: row.volume,
    minor: row.minor.map(known),
    size_kib: known(row.size_kib),
    state: row.state,
    sides: row.sides.map((side) => drbdSideJson(side, now)),
    resync:
      resync === undefined
        ? null
        : {
            kind: resync.kind,
            source: known(resync.source),
            target: known(resync.target),
            done_percent: known(resync.done_percent),
            in_sync_percent: known(resync.in_sync_percent),
            left_kib: known(resync.left_kib),
            rate_kib_s: known(resync.rate_kib_s),
            rate_average_kib_s: known(resync.rate_average_kib_s),
            eta_s: known(resync.eta_s),
            eta_soonest_s: known(resync.eta_spread_s?.soonest_s),
            eta_latest_s: known(resync.eta_spread_s?.latest_s),
            paused: known(resync.paused),
            stalled:
              resync.stalled === undefined
                ? null
                : {
                    for_s: age(resync.stalled.since_ms, now),
                    at_least: resync.stalled.at_least === true,
                    why: resync.stalled.why,
                  },
          },
    split_brain: split_brain === undefined ? null : { evidence: [...split_brain.evidence], since_s: age(split_brain.since_ms, now) },
    disagreement: [...row.disagreement],
    backing: row.backing.map(known),
    allow_two_primaries: row.allow_two_primaries.map(known),
    generations: row.generations.map(known),
    guests: [...row.guests],
  };
}

function drbdSideJson(side: DrbdSide, now: Now) {
  return {
    host: side.host,
    severity: side.severity,
    present: side.present,
    role: side.role,
    disk: side.disk,
    connection: side.connection,
    replication: side.replication,
    peer_role: side.peer_role,
    peer_disk: side.peer_disk,
    out_of_sync_kib: known(side.out_of_sync_kib),
    suspended: side.suspended,
    resync_suspended: side.resync_suspended,
    ...origin(side.evidence, now),
  };
}

export function storageJson(row: StorageRow, now: Now) {
  return {
    key: row.key,
    kind: row.kind,
    title: row.title,
    subtitle: known(row.subtitle),
    severity: row.severity,
    cells: row.cells.map((cell) => (cell === undefined ? null : storageCellJson(cell, now))),
    guests: [...row.guests],
  };
}

function storageCellJson({ host, state, details, flaps_10min, evidence }: StorageCell, now: Now) {
  return { host, state, details: [...details], flaps_10min, ...origin(evidence, now) };
}

export function bridgeJson(row: BridgeRow, now: Now) {
  return {
    name: row.name,
    role: row.role,
    state: row.state,
    parity: row.parity.map((item) => item),
    vlan_id: row.vlan_id.map(known),
    mtu: row.mtu.map(known),
    trees: row.trees.map((tree) => (tree === undefined ? null : nodeJson(tree))),
    told: row.evidence.map((item) => evidenceJson(item, now)),
    guests: [...row.guests],
  };
}

/** An uplink is what `ip link` tells, so this is its age. */
export function uplinkJson({ name, kind, nodes, severity }: UplinkRow, { hosts, now_ms }: PairView) {
  const links = hosts.flatMap(({ readings }) => readings.filter(({ reading }) => reading === "ip-link"));
  return {
    name,
    kind,
    severity,
    nodes: nodes.map((node) => (node === undefined ? null : nodeJson(node))),
    told: links.map((item) => evidenceJson(item, now_ms)),
  };
}

interface NodeJson {
  readonly name: string;
  readonly kind: string;
  readonly state: NetNode["state"];
  readonly mtu: number | null;
  readonly vlan_id: number | null;
  readonly guest: string | null;
  readonly details: readonly string[];
  readonly children: readonly NodeJson[];
}

function nodeJson({ name, kind, state, mtu, vlan_id, guest, details, children }: NetNode): NodeJson {
  return {
    name,
    kind,
    state,
    mtu: known(mtu),
    vlan_id: known(vlan_id),
    guest: known(guest),
    details: [...details],
    children: children.map(nodeJson),
  };
}
