/**
 * Outcomes as facts (safety rule S2): what must be read from a host before and after a step. Values that can be written into a journal and judged
 * by any console. One that can't be judged is unknown, never a yes.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { Backends, Domain } from "../../xen/model/xen.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import type { PairState } from "../state.ts";
import { type DrbdExpectation, drbdReadings, judgeDrbd } from "./expect-drbd.ts";
import { autostart, config, drbdIdle, drbdWhole, kept, noGuests } from "./expect-host.ts";
import { judgeNet, type NetExpectation, netReadings } from "./expect-net.ts";
import { judgeStorage, type StorageExpectation, storageReadings } from "./expect-storage.ts";
import { type Look, type Looked, lookKey, powerOf } from "./look.ts";
import { isVerdict, no, told, unsure, type Verdict, yes } from "./verdict.ts";

export type { Verdict } from "./verdict.ts";

export type Expectation =
  | DrbdExpectation
  | StorageExpectation
  | NetExpectation
  /** One domain of this UUID, under its own name, active (neither paused, shut down nor dying). domid: this very one. */
  | { readonly kind: "guest_runs"; readonly host: HostId; readonly uuid: string; readonly name: string; readonly domid?: number }
  /** The same, but paused. */
  | { readonly kind: "guest_paused"; readonly host: HostId; readonly uuid: string; readonly name: string; readonly domid?: number }
  /** This very domain is there, whatever its state. */
  | { readonly kind: "guest_is"; readonly host: HostId; readonly uuid: string; readonly name: string; readonly domid: number }
  /** No domain of this UUID, and none of this name with any suffix. */
  | { readonly kind: "guest_absent"; readonly host: HostId; readonly uuid: string; readonly name: string }
  /** The domain's number is another than this: it was started anew. */
  | { readonly kind: "guest_anew"; readonly host: HostId; readonly uuid: string; readonly name: string; readonly domid: number }
  /** This very domain is there and nothing of it runs: paused, suspended or shut down. `name` with xl's suffix. */
  | { readonly kind: "guest_halted"; readonly host: HostId; readonly uuid: string; readonly name: string; readonly domid: number }
  /**
   * Every disk and interface of the domain is connected as far as dom0 does it: its hotplug script has said so, the interface is in its bridge. What
   * the guest's own drivers make of it comes later, or never (a firmware without them), and is no sign of a start that failed.
   */
  | { readonly kind: "guest_wired"; readonly host: HostId; readonly uuid: string; readonly name: string }
  /** It has this much memory, give or take what Xen keeps of it. */
  | { readonly kind: "guest_memory"; readonly host: HostId; readonly uuid: string; readonly name: string; readonly mib: number }
  /** Domain-0 alone. */
  | { readonly kind: "no_guests"; readonly host: HostId }
  /** Of all its resources none is Primary, none is what the other host is copied from, and the other host has everything. */
  | { readonly kind: "drbd_idle"; readonly host: HostId }
  /** All its resources are connected, established, UpToDate on both sides. */
  | { readonly kind: "drbd_whole"; readonly host: HostId }
  /** Entries of /etc/xen/auto. */
  | { readonly kind: "autostart"; readonly host: HostId; readonly has: readonly string[]; readonly has_not: readonly string[] }
  /** A file under /etc/xen, as xl there understands it, defines the guest of this name. */
  | { readonly kind: "config"; readonly host: HostId; readonly path: string; readonly name: string }
  /** A line kept under /var/lib/xenha; text undefined: it isn't there. */
  | { readonly kind: "kept"; readonly host: HostId; readonly name: string; readonly text?: string }
  /** Its fence agent, asked anew, says that its power is on, or off. */
  | { readonly kind: "power"; readonly host: HostId; readonly on: boolean }
  /** A command that changes nothing, run anew on that host, ends so, and what it prints begins so. */
  | { readonly kind: "answer"; readonly host: HostId; readonly argv: readonly string[]; readonly code: number; readonly starts?: string };

const readingByKind: { readonly [Kind in Expectation["kind"]]: ReadingId | undefined } = {
  guest_runs: "xl-list",
  guest_paused: "xl-list",
  guest_is: "xl-list",
  guest_absent: "xl-list",
  guest_anew: "xl-list",
  guest_halted: "xl-list",
  guest_wired: "xenstore",
  guest_memory: "xl-list",
  no_guests: "xl-list",
  ...drbdReadings,
  ...storageReadings,
  ...netReadings,
  drbd_idle: "drbd-status",
  drbd_whole: "drbd-status",
  autostart: "xen-auto",
  config: "xl-configs",
  kept: "xenha",
  power: undefined,
  answer: undefined,
};

/** Which reading an expectation is judged by; undefined: none, it is asked (lookOf). */
export const readingOf = ({ kind }: Expectation): ReadingId | undefined => readingByKind[kind];

/** What must be asked to judge it; undefined: a reading tells. */
export function lookOf(expected: Expectation): Look | undefined {
  if (expected.kind === "power") return { kind: "power", of: expected.host };
  return expected.kind === "answer" ? { kind: "command", host: expected.host, argv: expected.argv } : undefined;
}

const same = (domain: Domain, uuid: string, name: string): boolean => domain.uuid === uuid || domain.base_name === name;

const isActive = ({ state, migration }: Domain): boolean => migration === "none" && !state.paused && !state.shutdown && !state.dying;

type GuestKind = "guest_runs" | "guest_paused" | "guest_is" | "guest_absent" | "guest_anew" | "guest_halted" | "guest_memory";
type GuestExpectation = Extract<Expectation, { readonly kind: GuestKind }>;

/** Xen keeps up to a page or two of what a guest was given. */
const MEMORY_NEAR_MIB = 2;

function guest(state: PairState, expected: GuestExpectation, since_ms: number): Verdict {
  const { host, uuid, name } = expected;
  const list = told(state, host, "xl-list", since_ms);
  if (isVerdict(list)) return list;
  const found = list.domains.filter((domain) => same(domain, uuid, name));
  const [domain] = found;
  if (expected.kind === "guest_absent") {
    if (domain !== undefined) return no(`${domain.name} (domid ${domain.domid}, ${domain.state.text}) is on ${host}`);
    return list.not_understood.length > 0 ? unsure(`part of xl list on ${host} wasn't understood`) : yes(`${name} is not on ${host}`);
  }
  if (domain === undefined)
    return list.not_understood.length > 0 ? unsure(`part of xl list on ${host} wasn't understood`) : no(`${name} is not on ${host}`);
  if (found.length > 1) return no(`${host} has ${found.map((each) => each.name).join(" and ")}`);
  const here = `${domain.name} (domid ${domain.domid}, ${domain.state.text}) on ${host}`;
  if (domain.name !== name || domain.uuid !== uuid) return no(here);
  if (expected.kind === "guest_memory") {
    const near = Math.abs(domain.memory_mib - expected.mib) <= MEMORY_NEAR_MIB;
    return near ? yes(`${name} has ${domain.memory_mib} MiB`) : no(`${name} has ${domain.memory_mib} MiB`);
  }
  if (expected.kind === "guest_anew") return domain.domid !== expected.domid && isActive(domain) ? yes(here) : no(here);
  if (expected.domid !== undefined && domain.domid !== expected.domid) return no(here);
  if (expected.kind === "guest_is") return yes(here);
  if (expected.kind === "guest_halted") return domain.state.paused || domain.state.shutdown ? yes(here) : no(here);
  if (expected.kind === "guest_paused") return domain.state.paused && !domain.state.shutdown && !domain.state.dying ? yes(here) : no(here);
  return isActive(domain) ? yes(here) : no(here);
}

const isConnected = ({ hotplug_status }: { readonly hotplug_status: string | undefined }): boolean => hotplug_status === "connected";

function wired(state: PairState, { host, uuid, name }: Extract<Expectation, { kind: "guest_wired" }>, since_ms: number): Verdict {
  const found: Backends | Verdict = told(state, host, "xenstore", since_ms);
  if (isVerdict(found)) return found;
  if (found.truncated) return unsure(`part of xenstore on ${host} wasn't read`);
  const domids = found.names
    .filter((each) => each.uuid === uuid || (each.uuid === undefined && each.name === name))
    .map(({ domid }) => domid);
  const [domid] = domids;
  if (domid === undefined || domids.length > 1) return no(`${name} is in xenstore of ${host} ${domids.length} times`);
  const devices = [...found.vbds, ...found.vifs].filter((each) => each.domid === domid);
  const wanting = devices.find((each) => !isConnected(each));
  const vifs = found.vifs.filter((each) => each.domid === domid);
  if (wanting !== undefined) {
    const what = "ifname" in wanting ? wanting.ifname : (wanting.dev ?? String(wanting.devid));
    return no(`${what} of ${name} on ${host}: ${wanting.hotplug_error ?? wanting.hotplug_status ?? "its script hasn't said yet"}`);
  }
  return yes(
    `${name} on ${host}: ${vifs.map(({ ifname, bridge }) => `${ifname} in ${bridge ?? "no bridge"}`).join(", ") || "no interfaces"}`,
  );
}

/** Of what was asked. */
function asked(expected: Extract<Expectation, { readonly kind: "power" | "answer" }>, looked: Looked | undefined): Verdict {
  const { host } = expected;
  if (looked === undefined || looked.code === undefined) return unsure(`${host}: no answer${looked?.said ? `: ${looked.said}` : ""}`);
  if (expected.kind === "power") {
    const power = powerOf(looked);
    if (power === undefined)
      return unsure(`the fence agent of ${host} doesn't know: exit ${looked.code}${looked.said ? `: ${looked.said}` : ""}`);
    const text = `the fence agent says that ${host} is ${power}`;
    return (power === "on") === expected.on ? yes(text) : no(text);
  }
  const what = `${expected.argv.slice(0, 3).join(" ")} on ${host}: exit ${looked.code}${looked.said ? `: ${looked.said}` : ""}`;
  const fits = looked.code === expected.code && looked.stdout.startsWith(expected.starts ?? "");
  return fits ? yes(what) : no(what);
}

/** Judged on readings that began at since_ms or later, and on what came of looks begun then. */
export function judge(state: PairState, expected: Expectation, since_ms: number, looked?: ReadonlyMap<string, Looked>): Verdict {
  switch (expected.kind) {
    case "drbd":
    case "two_primaries":
    case "drbd_rate":
    case "drbd_begun":
    case "lv":
      return judgeDrbd(state, expected, since_ms);
    case "path":
    case "map":
    case "iscsi":
    case "vport":
    case "nbd":
    case "nfs":
      return judgeStorage(state, expected, since_ms);
    case "link":
    case "ovs_bridge":
    case "ovs_port":
      return judgeNet(state, expected, since_ms);
    case "drbd_idle":
      return drbdIdle(state, expected, since_ms);
    case "drbd_whole":
      return drbdWhole(state, expected, since_ms);
    case "no_guests":
      return noGuests(state, expected, since_ms);
    case "autostart":
      return autostart(state, expected, since_ms);
    case "config":
      return config(state, expected, since_ms);
    case "kept":
      return kept(state, expected, since_ms);
    case "guest_wired":
      return wired(state, expected, since_ms);
    case "power":
    case "answer": {
      const look = lookOf(expected);
      return asked(expected, look === undefined ? undefined : looked?.get(lookKey(look)));
    }
    case "guest_runs":
    case "guest_paused":
    case "guest_is":
    case "guest_absent":
    case "guest_anew":
    case "guest_halted":
    case "guest_memory":
      return guest(state, expected, since_ms);
  }
}

/** All of them: no beats unknown beats yes. */
export function judgeAll(
  state: PairState,
  expected: readonly Expectation[],
  since_ms: number,
  looked?: ReadonlyMap<string, Looked>,
): Verdict {
  const verdicts = expected.map((each) => judge(state, each, since_ms, looked));
  const worst = verdicts.find(({ result }) => result === "no") ?? verdicts.find(({ result }) => result === "unknown");
  return worst ?? yes(verdicts.map(({ text }) => text).join("; "));
}
