/** One disk of a guest on one host: what it is there, in which state, and whether a guest could be started on it there now. */
import type { ReadingId } from "../../xen/read/index.ts";
import { blockDevice, deviceChain, isListed, logicalVolume, multipathMap, sharedBelow, wwidOf } from "./disk-devices.ts";
import { drbdSide } from "./disk-drbd.ts";
import { type DiskQuery, type DiskSide, missing, notKnown, ok, type Start, unjudged } from "./disk-query.ts";
import { iscsiTargetSide, multipathSide, nfsSide } from "./disk-remote.ts";
import { diskSource, wwidOfPath } from "./disk-source.ts";
import { isPartial } from "./partial.ts";

export function diskSide(query: DiskQuery): DiskSide {
  const source = diskSource(query.disk);
  switch (source.type) {
    case "empty":
      return {
        kind: "empty",
        object: undefined,
        chain: ["empty drive"],
        state: ok("empty"),
        start: { result: "pass", text: "empty drive" },
        from: [],
      };
    case "drbd":
    case "drbd_minor":
      return drbdSide(query, source);
    case "iscsi_target":
      return iscsiTargetSide(query, source.target);
    case "nbd_server":
      return unseen(query, "nbd", `nbd ${source.server}`, source.server);
    case "device":
      return deviceSide(query, source.path);
    case "file":
      return fileSide(query, source.path);
    case "other":
      return unseen(query, "unknown", source.text, source.text);
  }
}

/** Attached only when the guest starts: nothing on the host tells whether that would work. */
function unseen({ here }: DiskQuery, kind: DiskSide["kind"], step: string, object: string): DiskSide {
  return {
    kind,
    object,
    chain: [step],
    state: notKnown("attached at start"),
    start: { result: "unknown", text: `${step} can't be checked before a start on ${here.id}` },
    from: [],
  };
}

function deviceSide(query: DiskQuery, path: string): DiskSide {
  const { here, there } = query;
  if (/^\/dev\/nbd\d+$/.test(path)) return nbdSide(query, path);
  // A host whose multipathd doesn't know the LUN has no map of it; then the other host says what the path means.
  if (multipathMap(here, path) !== undefined || (logicalVolume(here, path) === undefined && multipathMap(there, path) !== undefined))
    return multipathSide(query, path);
  if (logicalVolume(here, path) !== undefined || logicalVolume(there, path) !== undefined) return lvSide(query, path);
  return blockSide(query, path);
}

function nbdSide(query: DiskQuery, path: string): DiskSide {
  const { here } = query;
  const name = path.slice(5);
  const told = here.known("nbd")?.devices.find(({ dev }) => dev === name);
  const connected = told?.pid !== undefined || (told?.size_bytes ?? 0) > 0;
  const start: Start = unjudged(query, "nbd") ?? {
    result: connected ? "warn" : "fail",
    // sysfs doesn't say which server a device is connected to, so that it is the same data can't be proven.
    text: connected ? `${name} connected on ${here.id}, server not known` : `${name} not connected on ${here.id}`,
  };
  return {
    kind: "nbd",
    object: told?.backend ?? name,
    chain: [`nbd ${name}${connected ? "" : " not connected"}`],
    state: told === undefined ? notKnown() : connected ? ok("connected") : { text: "not connected", severity: "critical" },
    start,
    from: ["nbd"],
  };
}

/** A logical volume is the same data on both hosts only where it lies on a LUN that both see. */
function lvSide(query: DiskQuery, path: string): DiskSide {
  const { here, there, runs_on } = query;
  const lv = logicalVolume(here, path) ?? logicalVolume(there, path);
  const name = lv === undefined ? path : `${lv.vg}/${lv.name}`;
  const shared = [sharedBelow(here, path), sharedBelow(there, path)] as const;
  const onSan = shared[0].length > 0 || shared[1].length > 0;
  const exists = logicalVolume(here, path) !== undefined && (blockDevice(here, path) !== undefined || isListed(here, name));
  const reading: ReadingId = here.freshness("lvm") === "fresh" ? "lvm" : "lsblk";
  return {
    kind: "lvm",
    object: onSan ? `${name} on ${(shared[0].length > 0 ? shared[0] : shared[1]).join(", ")}` : name,
    chain: deviceChain(here, path),
    state: exists ? ok("present") : isPartial(here, reading) ? notKnown() : { text: "missing", severity: "critical" },
    start: unjudged(query, reading) ?? lvStart(),
    from: [reading],
  };

  function lvStart(): Start {
    if (!exists) return missing(query, [reading], `lv ${name} missing`);
    if (onSan) {
      const same = shared[0].length === shared[1].length && shared[0].every((wwid) => shared[1].includes(wwid));
      return same
        ? { result: "pass", text: `lv ${name} on shared storage` }
        : { result: "unknown", text: `lv ${name} lies on other LUNs on ${there.id}` };
    }
    if (runs_on !== undefined && runs_on !== here.id) return { result: "fail", text: `lv ${name} is a local disk of ${runs_on}` };
    return { result: "warn", text: `lv ${name} is local to ${here.id}` };
  }
}

function blockSide(query: DiskQuery, path: string): DiskSide {
  const { here, there, runs_on } = query;
  const own = blockDevice(here, path);
  const other = blockDevice(there, path);
  const wwid = (own === undefined ? undefined : wwidOf(own)) ?? wwidOfPath(path);
  const otherWwid = other === undefined ? undefined : wwidOf(other);
  const start = (): Start => {
    if (own === undefined) return missing(query, ["lsblk"], `${path} missing`);
    if (runs_on === undefined || runs_on === here.id) return { result: "warn", text: `${path} present, without a second path` };
    if (wwid === undefined || otherWwid === undefined)
      return { result: "unknown", text: `whether ${path} is the same disk on both hosts isn't known` };
    if (wwid !== otherWwid) return { result: "fail", text: `${path} is another disk on ${here.id}` };
    return { result: "warn", text: `${path} present, without a second path` };
  };
  return {
    kind: "block",
    object: wwid ?? path,
    chain: deviceChain(here, path),
    state:
      own === undefined
        ? here.known("lsblk") === undefined || isPartial(here, "lsblk")
          ? notKnown()
          : { text: "missing", severity: "critical" }
        : ok(own.state ?? "present"),
    start: unjudged(query, "lsblk") ?? start(),
    from: ["lsblk"],
  };
}

function fileSide(query: DiskQuery, path: string): DiskSide {
  const remote = nfsSide(query, path);
  if (remote !== undefined) return remote;
  const { here, disk, runs_on, present } = query;
  const there = present(path);
  const missing: Start = { result: "fail", text: `${path} missing on ${here.id}` };
  const start = (): Start => {
    if (there === false) return missing;
    // Another host's file of this name is another file: only what is never written may differ in place.
    if (disk.read_write && !disk.cdrom && runs_on !== undefined && runs_on !== here.id)
      return { result: "fail", text: `${path} is a local file of ${runs_on}` };
    if (there === undefined) return { result: "unknown", text: `whether ${path} is on ${here.id} isn't known` };
    return { result: disk.read_write ? "warn" : "pass", text: `${path} is local to ${here.id}` };
  };
  return {
    kind: "file",
    object: path,
    chain: [`file ${path}`],
    state:
      there === false
        ? { text: "missing", severity: runs_on === here.id ? "info" : "warning" }
        : there === undefined
          ? notKnown()
          : ok("present"),
    start: unjudged(query, "xl-configs") ?? start(),
    from: ["xl-configs"],
  };
}
