/**
 * What must hold before a running guest is moved (2-domain, section 3), beyond what a start on the target needs (select/readiness.ts): judged by
 * what it runs with now, not by what some file says. Each is a check with its evidence; what isn't known is never a pass.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { BlockDevice } from "../../../xen/model/storage.ts";
import type { GuestConfig, XenInfo } from "../../../xen/model/xen.ts";
import type { ReadingId } from "../../../xen/read/index.ts";
import { dom0Fixed, memoryNeededMib } from "../../select/guest-memory.ts";
import type { DrbdRow, Evidence, GuestRow, Placement } from "../../view-model.ts";
import { check, evidenceOf, hostIndex, lookedAt, type PlanContext } from "../action.ts";
import type { Look } from "../look.ts";
import type { PlanCheck } from "../plan.ts";
import { liveConfig } from "./guest-parts.ts";

export interface Leaving {
  readonly guest: GuestRow;
  readonly from: Placement;
  readonly target: HostId;
  readonly rows: readonly DrbdRow[];
}

type Check = (context: PlanContext, move: Leaving) => PlanCheck | readonly PlanCheck[] | undefined;

/** Hosts' clocks may be this far apart: a guest's own jumps by as much. */
export const SKEW_MAX_MS = 1_000;
/** They are told over two links, each with a delay of its own: only what no delay explains stands against a move. */
export const SKEW_CERTAIN_MS = 5_000;
const DEFAULT_POOL = "Pool-0";

const fresh = (evidence: readonly Evidence[]): boolean => evidence.length > 0 && evidence.every(({ freshness }) => freshness === "fresh");
const ofBoth = (context: PlanContext, { from, target }: Leaving, reading: ReadingId): readonly Evidence[] => [
  ...evidenceOf(context, from.host, reading),
  ...evidenceOf(context, target, reading),
];
const xenOf = ({ state }: PlanContext, host: HostId): XenInfo | undefined => {
  const known = state.hosts.get(host)?.facts["xl-info"];
  return known?.state === "known" ? known.value : undefined;
};

/** Nothing of this UUID and nothing of this name, with or without a suffix. */
const absent: Check = (context, { guest, target }) => {
  const evidence = evidenceOf(context, target, "xl-list");
  const known = context.state.hosts.get(target)?.facts["xl-list"];
  if (known?.state !== "known" || !fresh(evidence)) return check("absent", "unknown", `what is on ${target} isn't known`, evidence);
  const found = known.value.domains.find(({ uuid, base_name }) => uuid === guest.uuid || base_name === guest.name);
  if (found !== undefined) return check("absent", "fail", `${found.name} (domid ${found.domid}) is on ${target}`, evidence);
  return known.value.not_understood.length > 0
    ? check("absent", "unknown", `part of xl list on ${target} wasn't understood`, evidence)
    : check("absent", "pass", `neither its name nor its UUID is on ${target}`, evidence);
};

const memory: Check = (context, { from, target }) => {
  const evidence = [...evidenceOf(context, target, "xl-info"), ...evidenceOf(context, from.host, "xl-list-long")];
  const config = liveConfig(context, from);
  const xen = xenOf(context, target);
  const needed_mib = config === undefined ? undefined : memoryNeededMib(config, xen);
  const free_mib = xen?.free_memory_mib;
  if (needed_mib === undefined || free_mib === undefined || !fresh(evidence))
    return check("memory", "unknown", `whether it fits into the memory of ${target} isn't known`, evidence);
  const text = `needs ${needed_mib} MiB with its overhead, ${free_mib} free on ${target}`;
  if (needed_mib > free_mib) return check("memory", "fail", text, evidence);
  return dom0Fixed(xen) === true
    ? check("memory", "pass", text, evidence)
    : check("memory", "warn", `${text}; dom0's memory isn't fixed there (dom0_mem), xl may shrink it`, evidence);
};

/** `Intel`, `AMD`: as the model's name begins, or has it. */
const vendorOf = (model: string): string =>
  /\b(Intel|AMD|EPYC|Xeon|Opteron|Ryzen)\b/i.exec(model)?.[1]?.toLowerCase() ?? model.toLowerCase();
const makers: Readonly<Record<string, string>> = { xeon: "intel", epyc: "amd", opteron: "amd", ryzen: "amd" };
const maker = (model: string): string => makers[vendorOf(model)] ?? vendorOf(model);

const processor: Check = (context, move) => {
  const evidence = ofBoth(context, move, "host");
  const [own, other] = [move.from.host, move.target].map((host) => context.view.hosts[hostIndex(context, host)].cpu_model);
  if (own === undefined || other === undefined) return check("processor", "warn", "the processors' models aren't known", evidence);
  if (own === other) return check("processor", "pass", `both ${own}`, evidence);
  return maker(own) === maker(other)
    ? check("processor", "warn", `${own} on ${move.from.host}, ${other} on ${move.target}`, evidence)
    : check("processor", "fail", `${own} on ${move.from.host}, ${other} on ${move.target}: another maker's`, evidence);
};

const abilities: Check = (context, move) => {
  const evidence = ofBoth(context, move, "xl-info");
  const [own, other] = [xenOf(context, move.from.host), xenOf(context, move.target)];
  if (own === undefined || other === undefined || !fresh(evidence)) return check("xen", "unknown", "both hosts' Xen isn't known", evidence);
  const lacking = own.xen_caps.filter((cap) => !other.xen_caps.includes(cap));
  if (lacking.length > 0) return check("xen", "fail", `Xen on ${move.target} lacks ${lacking.join(", ")}`, evidence);
  if (own.xen_minor !== other.xen_minor || own.xen_major !== other.xen_major)
    return check("xen", "warn", `Xen ${other.xen_version ?? "?"} on ${move.target}: no way back to ${move.from.host} alive`, evidence);
  return check("xen", "pass", "Xen's abilities are the same", evidence);
};

/** A name of its own for an interface must be free where it goes. */
const interfaces: Check = (context, { from, target }) => {
  const evidence = evidenceOf(context, target, "ip-link");
  const own = (liveConfig(context, from)?.nics ?? []).flatMap(({ ifname }) => ifname ?? []);
  if (own.length === 0) return undefined;
  const known = context.state.hosts.get(target)?.facts["ip-link"];
  if (known?.state !== "known" || !fresh(evidence))
    return check("vifname", "unknown", `the interfaces of ${target} aren't known`, evidence);
  const taken = own.find((name) => known.value.links.some((link) => link.name === name));
  return taken === undefined
    ? check("vifname", "pass", `${own.join(", ")} free on ${target}`, evidence)
    : check("vifname", "fail", `${taken} is there on ${target} already`, evidence);
};

const deviceOf = ({ state }: PlanContext, host: HostId, object: string, path: string): BlockDevice | undefined => {
  const known = state.hosts.get(host)?.facts.lsblk;
  const devices = known?.state === "known" ? known.value.devices : [];
  const id = object.toLowerCase();
  return (
    devices.find(({ type, name }) => type === "mpath" && name.toLowerCase() === id) ??
    devices.find((device) => device.path === path && path.startsWith("/dev/")) ??
    devices.find(({ wwn }) => wwn !== undefined && id === `3${wwn.toLowerCase().replace(/^0x/, "")}`)
  );
};

/** A LUN that grew is as large as the host that looked last believes. DRBD sees to its own; files are one file. */
const sizes: Check = (context, { guest, from, target }) =>
  guest.disks
    .filter(({ kind }) => kind === "multipath" || kind === "block")
    .flatMap(({ vdev, object, target: path }) => {
      const evidence = [...evidenceOf(context, from.host, "lsblk"), ...evidenceOf(context, target, "lsblk")];
      const [here, there] = [from.host, target].map((host) => deviceOf(context, host, object ?? path, path)?.size_bytes);
      if (here === undefined || there === undefined) return check("size", "warn", `${vdev}: its size on both hosts isn't known`, evidence);
      return here === there
        ? check("size", "pass", `${vdev} as large on both hosts`, evidence)
        : check("size", "fail", `${vdev}: ${here} bytes on ${from.host}, ${there} on ${target}: rescan`, evidence);
    });

/** What a live stream can't carry, or not for certain. */
const devices: Check = (context, { guest, from }) => {
  const evidence = evidenceOf(context, from.host, "xl-list-long");
  const config = liveConfig(context, from);
  if (config === undefined || !fresh(evidence)) return check("devices", "unknown", `what ${guest.name} runs with isn't known`, evidence);
  const no = cannotMove(config);
  if (no !== undefined) return check("devices", "fail", no, evidence);
  const doubt = [
    config.nested_hvm ? "nested virtualisation" : "",
    config.vtpms > 0 ? "a virtual TPM" : "",
    config.p9s > 0 ? "a 9pfs share" : "",
  ].filter((text) => text !== "");
  return doubt.length > 0
    ? check("devices", "warn", `it has ${doubt.join(", ")}: seldom moved alive`, evidence)
    : check("devices", "pass", "nothing passed through", evidence);
};

function cannotMove({ pci_devices, usb_devices, disable_migrate, vnuma_nodes }: GuestConfig): string | undefined {
  if (pci_devices.length > 0) return `it has ${pci_devices.join(", ")} passed through`;
  if (usb_devices > 0) return `it has ${usb_devices} USB devices passed through`;
  if (disable_migrate) return "its configuration forbids to migrate it (nomigrate)";
  return vnuma_nodes > 0 ? "it has virtual NUMA nodes" : undefined;
}

const poolLook = (host: HostId): Look => ({ kind: "command", host, argv: ["xl", "cpupool-list"] });
const poolOf = (context: PlanContext, from: Placement): string => liveConfig(context, from)?.pool ?? DEFAULT_POOL;

const pool: Check = (context, { from, target }) => {
  const wanted = poolOf(context, from);
  if (wanted === DEFAULT_POOL) return undefined;
  const looked = lookedAt(context, poolLook(target));
  const asked = looked === undefined ? [] : [{ host: target, command: "xl cpupool-list", at_ms: looked.at_ms }];
  if (looked?.code !== 0) return { ...check("pool", "unknown", `whether ${target} has the CPU pool ${wanted} isn't known`), asked };
  const there = looked.stdout.split("\n").some((line) => line.startsWith(`${wanted} `));
  return { ...check("pool", there ? "pass" : "fail", `CPU pool ${wanted} ${there ? "" : "not "}on ${target}`), asked };
};

const clocks: Check = (context, move) => {
  const evidence = ofBoth(context, move, "host");
  const [own, other] = [move.from.host, move.target].map((host) => context.view.hosts[hostIndex(context, host)].skew_ms);
  if (own === undefined || other === undefined)
    return check("clock", "unknown", "how far the hosts' clocks are apart isn't known", evidence);
  const apart_ms = Math.abs(own - other);
  const text = `the hosts' clocks are ${(apart_ms / 1000).toFixed(1)} s apart`;
  return check("clock", apart_ms < SKEW_MAX_MS ? "pass" : apart_ms < SKEW_CERTAIN_MS ? "warn" : "fail", text, evidence);
};

/** It shares the wire and the disks with the stream. */
const otherResync: Check = ({ view }, { rows }) => {
  const busy = view.drbd.filter(
    (row) => row.resync !== undefined && row.resync.paused === undefined && !rows.some(({ key }) => key === row.key),
  );
  const [first] = busy;
  if (first === undefined) return undefined;
  return check(
    "resync",
    "warn",
    `${busy.map(({ key }) => key).join(", ")} is being copied: the move takes longer`,
    first.sides.map(({ evidence }) => evidence),
  );
};

const checks: readonly Check[] = [absent, memory, processor, abilities, interfaces, sizes, devices, pool, clocks, otherResync];

export const preflight = (context: PlanContext, move: Leaving): readonly PlanCheck[] =>
  checks.flatMap((judge) => judge(context, move) ?? []);

export const preflightLooks = (context: PlanContext, from: Placement, target: HostId): readonly Look[] =>
  poolOf(context, from) === DEFAULT_POOL ? [] : [poolLook(target)];
