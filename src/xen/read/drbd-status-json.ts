/** `drbdsetup status --json --statistics` of DRBD 9. Source: drbdsetup.c *_status_json(); recordings drbd9-*. Sizes are KiB. */
import type { DrbdConnection, DrbdResource, DrbdStatus, DrbdVolume, PeerVolume, SyncProgress } from "../model/drbd.ts";
import { ETA_NEVER_S } from "./drbd-status-text.ts";
import { connectionOf, diskOf, replicationOf, roleOf } from "./drbd-words.ts";
import { booleanOf, isObject, type JsonObject, jsonObjects, listOf, notUnderstood, numberOf, textOf } from "./json-objects.ts";

const MIB_IN_KIB = 1024;
const untold = { other: "not told" } as const;

function mapped<T>(value: unknown, of: (text: string) => T): T | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : of(text);
}
const kibPerSecond = (value: unknown): number | undefined => {
  const mib = numberOf(value);
  return mib === undefined ? undefined : Math.round(mib * MIB_IN_KIB);
};

function sync(peer: JsonObject): SyncProgress | undefined {
  const eta_s = numberOf(peer["estimated-seconds-to-finish"]);
  const done_percent = numberOf(peer["percent-resync-done"]);
  if (peer["has-sync-details"] !== true && done_percent === undefined) return undefined;
  const wanted = kibPerSecond(peer.want);
  return {
    done_percent,
    rate_recent_kib_s: kibPerSecond(peer["db1/dt1 [MiB/s]"]),
    rate_average_kib_s: kibPerSecond(peer["db/dt [MiB/s]"]),
    // 0.00 is what is printed where the controller sets no goal.
    rate_wanted_kib_s: wanted === 0 ? undefined : wanted,
    eta_s: eta_s === undefined || eta_s < 0 || eta_s >= ETA_NEVER_S ? undefined : eta_s,
    not_converging: eta_s !== undefined && eta_s >= ETA_NEVER_S,
    stalled: false,
  };
}

const peerVolume = (peer: JsonObject): PeerVolume => ({
  replication: mapped(peer["replication-state"], replicationOf),
  peer_disk: mapped(peer["peer-disk-state"], diskOf),
  resync_suspended: textOf(peer["resync-suspended"]),
  out_of_sync_kib: numberOf(peer["out-of-sync"]),
  in_sync_percent: numberOf(peer["percent-in-sync"]),
  received_kib: numberOf(peer.received),
  sent_kib: numberOf(peer.sent),
  sync: sync(peer),
});

const volume = (device: JsonObject): DrbdVolume => ({
  volume: numberOf(device.volume) ?? 0,
  minor: numberOf(device.minor),
  disk: mapped(device["disk-state"], diskOf),
  client: booleanOf(device.client),
  quorum: booleanOf(device.quorum),
  size_kib: numberOf(device.size),
  upper_pending: numberOf(device["upper-pending"]),
  lower_pending: numberOf(device["lower-pending"]),
  blocked: textOf(device.blocked),
});

function connection(value: JsonObject): DrbdConnection {
  const node = numberOf(value["peer-node-id"]);
  return {
    name: textOf(value.name) ?? (node === undefined ? "peer" : `node ${node}`),
    peer_node_id: node,
    connection: mapped(value["connection-state"], connectionOf) ?? untold,
    peer_role: mapped(value["peer-role"], roleOf),
    congested: booleanOf(value.congested),
    volumes: new Map(
      listOf(value.peer_devices)
        .filter(isObject)
        .map((peer) => [numberOf(peer.volume) ?? 0, peerVolume(peer)] as const),
    ),
  };
}

const reasons = ["user", "no-data", "fencing", "quorum"] as const;
function suspended(value: JsonObject): string {
  const told = reasons.filter((reason) => value[`suspended-${reason}`] === true);
  if (told.length > 0) return told.join(",");
  // Before 9.21 only whether, not why.
  return value.suspended === true ? "yes" : (mapped(value.suspended, (text) => text) ?? "no");
}

function resource(value: JsonObject, name: string): DrbdResource {
  return {
    name,
    role: mapped(value.role, roleOf) ?? untold,
    suspended: suspended(value),
    volumes: listOf(value.devices).filter(isObject).map(volume),
    connections: listOf(value.connections).filter(isObject).map(connection),
  };
}

/** Total; a resource without a name is kept as text. */
export function drbdStatusFromJson(stdout: string): DrbdStatus {
  const { objects, not_understood } = jsonObjects(stdout);
  const nameless: string[] = [];
  const resources = objects.flatMap((object) => {
    const name = textOf(object.name);
    if (name === undefined) nameless.push(notUnderstood(object));
    return name === undefined ? [] : [resource(object, name)];
  });
  return { resources, not_understood: [...not_understood, ...nameless] };
}
