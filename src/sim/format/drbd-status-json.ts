/** `drbdsetup status --json --statistics` of DRBD 9 (drbdsetup.c, resource_status_json): hand-printed there, so hand-printed here. */
import { type DrbdResource, type Node, suspendedWord } from "../model/drbd/types.ts";
import { type HostIx, other } from "../model/guest.ts";
import type { World } from "../model/world.ts";
import { type Format, notHere, ok } from "./answer.ts";
import { configured } from "./drbd-status-text.ts";
import { donePercent, progressOf, rate92 } from "./drbd-sync.ts";

type Pairs = readonly (readonly [string, string | number | boolean])[];

/** Numbers with decimals come as text that begins with `=`. */
const value = (of: string | number | boolean): string => {
  if (typeof of !== "string") return String(of);
  return of.startsWith("=") ? of.slice(1) : `"${of}"`;
};
const lines = (indent: number, pairs: Pairs): string =>
  pairs.map(([key, of]) => `${" ".repeat(indent)}"${key}": ${value(of)}${key === "connection-state" ? ", " : ","}\n`).join("");
const withoutLastComma = (text: string): string => text.replace(/,\s*\n$/, "\n");
const NOT_CONVERGING = 987654321;

function device(resource: DrbdResource, node: Node, at: number): string {
  const [spec, state] = [resource.volumes[at], node.volumes[at]];
  if (spec === undefined || state === undefined) return "";
  const pairs: Pairs = [
    ["volume", spec.volume],
    ["minor", spec.minor],
    ["disk-state", state.disk],
    ["client", false],
    ["quorum", true],
    ["size", spec.size_kib],
    ["read", state.read_kib],
    ["written", state.written_kib],
    ["al-writes", state.al_writes],
    ["bm-writes", state.bm_writes],
    ["upper-pending", 0],
    ["lower-pending", 0],
  ];
  return `    {\n${withoutLastComma(lines(6, pairs))}    }`;
}

/** 512-byte sectors. */
const sectors = (kib: number): number => kib * 2;

function syncDetails(node: Node, at: number, now_ms: number): Pairs {
  const state = node.volumes[at];
  const progress = state === undefined ? undefined : progressOf(state, now_ms);
  if (state?.sync === undefined || progress === undefined) return [];
  const per_s = (kib: number, ms: number): string => `=${(ms === 0 ? 0 : kib / 1024 / (ms / 1000)).toFixed(2)}`;
  const { eta } = rate92(progress);
  return [
    ["rs-total", sectors(progress.total_kib)],
    ["rs-dt-start-ms", Math.floor(progress.dt_start_ms)],
    ["rs-paused-ms", state.sync.paused_ms],
    ["rs-dt0-ms", Math.floor(progress.dt0_ms)],
    ["rs-db0-sectors", sectors(progress.db0_kib)],
    ["rs-dt1-ms", Math.floor(progress.dt1_ms)],
    ["rs-db1-sectors", sectors(progress.db1_kib)],
    ["rs-failed", 0],
    ["rs-same-csum", 0],
    ["want", "=0.00"],
    ["db0/dt0 [MiB/s]", per_s(progress.db0_kib, progress.dt0_ms)],
    ["db1/dt1 [MiB/s]", per_s(progress.db1_kib, progress.dt1_ms)],
    ["estimated-seconds-to-finish", eta === "nan" ? NOT_CONVERGING : Number(eta)],
    ["db/dt [MiB/s]", per_s(progress.total_kib - progress.left_kib, progress.dt_start_ms)],
    ["percent-resync-done", `=${donePercent(state, now_ms) ?? "0.00"}`],
  ];
}

function peerDevice(resource: DrbdResource, node: Node, at: number, now_ms: number): string {
  const [spec, state] = [resource.volumes[at], node.volumes[at]];
  if (spec === undefined || state === undefined) return "";
  const details = syncDetails(node, at, now_ms);
  const in_sync = Math.floor(10_000 * (1 - state.out_of_sync_kib / Math.max(1, spec.size_kib))) / 100;
  const pairs: Pairs = [
    ["volume", spec.volume],
    ["replication-state", state.replication],
    ["peer-disk-state", state.peer_disk],
    ["peer-client", false],
    ["resync-suspended", suspendedWord(state)],
    ["received", state.received_kib],
    ["sent", state.sent_kib],
    ["out-of-sync", state.out_of_sync_kib],
    ["pending", 0],
    ["unacked", 0],
    ["has-sync-details", details.length > 0 && state.sync?.kind === "resync"],
    ["has-online-verify-details", state.sync?.kind === "verify"],
    ["percent-in-sync", `=${in_sync.toFixed(2)}`],
    ...details,
  ];
  return `        {\n${withoutLastComma(lines(10, pairs))}        }`;
}

function connection(world: World, resource: DrbdResource, ix: HostIx): string {
  const node = resource.nodes[ix];
  const pairs: Pairs = [
    ["peer-node-id", other(ix)],
    ["name", world.hosts[other(ix)].name],
    ["connection-state", node.connection],
    ["congested", false],
    ["peer-role", node.peer_role],
    ["ap-in-flight", 0],
    ["rs-in-flight", 0],
  ];
  const devices = resource.volumes.map((_, at) => peerDevice(resource, node, at, world.scheduler.now_ms)).join(",\n");
  return `    {\n${lines(6, pairs)}      "peer_devices": [\n${devices} ]\n    }`;
}

function resourceJson(world: World, resource: DrbdResource, ix: HostIx): string {
  const node = resource.nodes[ix];
  const why = node.suspended;
  const pairs: Pairs = [
    ["name", resource.name],
    ["node-id", ix],
    ["role", node.role],
    ["suspended", why !== "no"],
    ["suspended-user", why === "user"],
    ["suspended-no-data", why === "no-data"],
    ["suspended-fencing", why === "fencing"],
    ["suspended-quorum", why === "quorum"],
    ["force-io-failures", false],
    ["write-ordering", "flush"],
  ];
  const devices = resource.volumes.map((_, at) => device(resource, node, at)).join(",\n");
  const connections = node.has_connection ? `\n${connection(world, resource, ix)} ]\n` : " ]\n";
  return `{\n${lines(2, pairs)}  "devices": [\n${devices} ],\n  "connections": [${connections}}\n`;
}

export const drbdStatusJson: Format = (world, host) => {
  if (world.drbd.size === 0) return notHere;
  const resources = configured(world, host.ix).map((resource) => resourceJson(world, resource, host.ix));
  return ok(`[\n${resources.join(",\n")}]\n\n`);
};
