/** /proc/drbd of 8.4 (drbd_proc.c, drbd_seq_show); 9.2's lists no resources. */
import { cstate84 } from "../model/drbd/change.ts";
import { type DrbdResource, type Node, type NodeVolume, rateLimit, syncing, verifying } from "../model/drbd/types.ts";
import type { World } from "../model/world.ts";
import { type Format, notHere, ok } from "./answer.ts";
import { configured } from "./drbd-status-text.ts";
import { progressOf } from "./drbd-sync.ts";

const HEADER_84 = "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: F73C670A7EC572DB9CF3E5B \n";
const HEADER_92 =
  "version: 9.2.9 (api:2/proto:86-122)\nGIT-hash: e624a7fc7a48b1d1e26290fc6cf03ab5cf119570 build by @vm, 2026-11-22 20:00:03\nTransports (api:21): tcp (9.2.9)\n";

/** seq_printf_with_thousands_grouping */
const grouped = (value: number): string => {
  const whole = Math.max(0, Math.floor(value));
  if (whole >= 1_000_000)
    return `${Math.floor(whole / 1_000_000)},${String(Math.floor(whole / 1000) % 1000).padStart(3, "0")},${String(whole % 1000).padStart(3, "0")}`;
  return whole >= 1000 ? `${Math.floor(whole / 1000)},${String(whole % 1000).padStart(3, "0")}` : String(whole);
};

/** Above this many KiB the figures are in MiB. */
const IN_MIB_FROM_KIB = 4 * 4 * 1024 * 1024;
const STALLED_FROM_S = 180;

function progressLines(resource: DrbdResource, node: Node, volume: NodeVolume, now_ms: number): string {
  const progress = progressOf(volume, now_ms);
  if (progress === undefined) return "";
  const filled = Math.floor(progress.permille / 50);
  const bar = `${"=".repeat(Math.max(0, filled - 1))}>${".".repeat(20 - filled)}`;
  const word = verifying.has(volume.replication) ? "verified:" : "sync'ed:";
  const percent = `${String(Math.floor(progress.permille / 10)).padStart(3)}.${progress.permille % 10}% `;
  const amount =
    progress.total_kib > IN_MIB_FROM_KIB
      ? `(${Math.floor(progress.left_kib / 1024)}/${Math.floor(progress.total_kib / 1024)})M`
      : `(${progress.left_kib}/${progress.total_kib})K`;
  const dt = progress.recent_s + (progress.recent_s === 0 ? 1 : 0);
  const db_blocks = (progress.recent_kib_s * dt) / 4;
  const rest_s = Math.floor((dt * (progress.left_kib / 4 / (Math.floor(db_blocks / 100) + 1))) / 100);
  const finish = `${Math.floor(rest_s / 3600)}:${String(Math.floor(rest_s / 60) % 60).padStart(2, "0")}:${String(rest_s % 60).padStart(2, "0")}`;
  const wants = volume.replication === "SyncTarget" || volume.replication === "VerifyS";
  const want = wants ? ` want: ${grouped(resource.stalled ? 250 : rateLimit(resource, node === resource.nodes[0] ? 0 : 1))}` : "";
  const stalled = progress.recent_s > STALLED_FROM_S ? " (stalled)" : "";
  return `\t[${bar}] ${word}${percent}${amount}\n\tfinish: ${finish} speed: ${grouped(progress.recent_kib_s)} (${grouped(progress.average_kib_s)})${want} K/sec${stalled}\n`;
}

function flags(node: Node, volume: NodeVolume): string {
  return [node.suspended === "no" ? "r" : "s", "-", volume.paused_peer ? "p" : "-", volume.paused_user ? "u" : "-", "-", "-"].join("");
}

function minorText(resource: DrbdResource, node: Node, at: number, now_ms: number): string {
  const [spec, volume] = [resource.volumes[at], node.volumes[at]];
  if (spec === undefined || volume === undefined) return "";
  const protocol = node.connection === "StandAlone" ? " " : "C";
  const states = `cs:${cstate84(node, volume)} ro:${node.role}/${node.peer_role} ds:${volume.disk}/${volume.peer_disk}`;
  const counters = `ns:${volume.sent_kib} nr:${volume.received_kib} dw:${volume.written_kib} dr:${volume.read_kib} al:${volume.al_writes} bm:${volume.bm_writes}`;
  const moving = syncing.has(volume.replication) || verifying.has(volume.replication);
  return (
    `${String(spec.minor).padStart(2)}: ${states} ${protocol} ${flags(node, volume)}\n` +
    `    ${counters} lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:${volume.out_of_sync_kib}\n` +
    (moving ? progressLines(resource, node, volume, now_ms) : "")
  );
}

function procText(world: World, resources: readonly DrbdResource[], ix: 0 | 1): string {
  const minors = resources.flatMap((resource) => resource.volumes.map((spec, at) => ({ resource, at, minor: spec.minor })));
  const sorted = minors.sort((a, b) => a.minor - b.minor);
  let text = "";
  for (const [position, { resource, at, minor }] of sorted.entries()) {
    // A gap in the minors is one empty line.
    if (minor > (position === 0 ? 0 : (sorted[position - 1]?.minor ?? 0) + 1) && position > 0) text += "\n";
    text += minorText(resource, resource.nodes[ix], at, world.scheduler.now_ms);
  }
  return text;
}

export const drbdProc: Format = (world, host) => {
  const [first] = world.drbd.values();
  if (first === undefined) return notHere;
  if (first.flavour === "9.2") return ok(HEADER_92);
  return ok(HEADER_84 + procText(world, configured(world, host.ix), host.ix));
};
