/** DRBD's own outcomes: what a resource does, what it is set to, and what lies under it. */
import type { DrbdResource, DrbdSettings } from "../../xen/model/drbd.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import { kernelSaid, over } from "./kernel-said.ts";
import { isVerdict, no, told, unsure, type Verdict, yes } from "./verdict.ts";

export type DrbdExpectation =
  /** Every volume of the resource, in this host's eyes; what isn't named may be anything. */
  | {
      readonly kind: "drbd";
      readonly host: HostId;
      readonly resource: string;
      readonly role?: "Primary" | "Secondary";
      readonly peer_role?: "Primary" | "Secondary";
      readonly connection?: readonly string[];
      readonly replication?: readonly string[];
      readonly disk?: readonly string[];
      readonly peer_disk?: readonly string[];
      readonly paused_here?: boolean;
    }
  /** Effective setting. */
  | { readonly kind: "two_primaries"; readonly host: HostId; readonly resource: string; readonly allowed: boolean }
  /** Each volume's setting in effect, in their order. */
  | {
      readonly kind: "drbd_rate";
      readonly host: HostId;
      readonly resource: string;
      readonly option: "c-max-rate" | "resync-rate";
      readonly kib_s: readonly number[];
    }
  /** It is under way, or the kernel said after after_ms (console clock) that it is over. */
  | {
      readonly kind: "drbd_begun";
      readonly host: HostId;
      readonly resource: string;
      readonly what: "verify" | "resync";
      readonly minors: readonly number[];
      readonly after_ms: number;
    }
  /** A logical volume; origin: it is a snapshot of that one. */
  | {
      readonly kind: "lv";
      readonly host: HostId;
      readonly vg: string;
      readonly name: string;
      readonly there: boolean;
      readonly origin?: string;
    };

type Of<K extends DrbdExpectation["kind"]> = Extract<DrbdExpectation, { readonly kind: K }>;

const word = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? "none"));
const among = (wanted: readonly string[] | undefined, values: readonly unknown[]): boolean =>
  wanted === undefined || (values.length > 0 && values.every((value) => typeof value === "string" && wanted.includes(value)));

function drbdHolds(expected: Of<"drbd">, { role, volumes, connections }: DrbdResource): boolean {
  const peers = connections.flatMap((connection) => [...connection.volumes.values()]);
  // 8.4 tells nothing of a connection that is StandAlone.
  const states = connections.length === 0 ? ["StandAlone"] : connections.map(({ connection }) => connection);
  const paused = peers.some(({ resync_suspended }) => /(?:^|,)user(?:,|$)/.test(resync_suspended ?? ""));
  return (
    (expected.role === undefined || role === expected.role) &&
    (expected.peer_role === undefined ||
      (connections.length > 0 && connections.every(({ peer_role }) => peer_role === expected.peer_role))) &&
    among(expected.connection, states) &&
    among(
      expected.disk,
      volumes.map(({ disk }) => disk),
    ) &&
    among(
      expected.replication,
      peers.map(({ replication }) => replication),
    ) &&
    among(
      expected.peer_disk,
      peers.map(({ peer_disk }) => peer_disk),
    ) &&
    (expected.paused_here === undefined || paused === expected.paused_here)
  );
}

/** The resource as the host tells it, or why it can't be said. */
function resourceOf(state: PairState, host: HostId, resource: string, since_ms: number): DrbdResource | Verdict {
  const status = told(state, host, "drbd-status", since_ms);
  if (isVerdict(status)) return status;
  const found = status.resources.find(({ name }) => name === resource);
  if (found !== undefined) return found;
  const doubt = status.not_understood.length > 0;
  return doubt ? unsure(`part of DRBD's status on ${host} wasn't understood`) : no(`${resource} is not up on ${host}`);
}

function stateText({ name, role, volumes, connections }: DrbdResource, host: HostId): string {
  const disks = volumes.map(({ disk }) => word(disk)).join(",");
  const peers = connections.map(({ connection, peer_role }) => `${word(connection)}, peer ${word(peer_role)}`).join("; ");
  return `${name} on ${host}: ${word(role)} ${disks}, ${peers === "" ? "StandAlone" : peers}`;
}

function drbd(state: PairState, expected: Of<"drbd">, since_ms: number): Verdict {
  const found = resourceOf(state, expected.host, expected.resource, since_ms);
  if (isVerdict(found)) return found;
  const text = stateText(found, expected.host);
  return drbdHolds(expected, found) ? yes(text) : no(text);
}

const busy: Readonly<Record<Of<"drbd_begun">["what"], readonly string[]>> = {
  verify: ["VerifyS", "VerifyT"],
  resync: ["StartingSyncT", "WFBitMapT", "WFSyncUUID", "SyncTarget", "PausedSyncT"],
};

function begun(state: PairState, { host, resource, what, minors, after_ms }: Of<"drbd_begun">, since_ms: number): Verdict {
  const found = resourceOf(state, host, resource, since_ms);
  if (isVerdict(found)) return found;
  const words = found.connections.flatMap((connection) => [...connection.volumes.values()].map(({ replication }) => word(replication)));
  if (words.length > 0 && words.every((each) => busy[what].includes(each))) return yes(`${resource} on ${host}: ${words.join(", ")}`);
  const ended = kernelSaid(state, host, { resource, minors }, over[what]).findLast(({ at_ms }) => at_ms > after_ms);
  return ended === undefined ? no(`${resource} on ${host}: ${words.join(", ") || "StandAlone"}`) : yes(`${host}: ${ended.text}`);
}

/** The settings as the host tells them, or why it can't be said. */
function settingsOf(state: PairState, host: HostId, resource: string, since_ms: number): DrbdSettings | Verdict {
  const show = told(state, host, "drbd-show", since_ms);
  if (isVerdict(show)) return show;
  return show.resources.find(({ name }) => name === resource) ?? unsure(`${host}: no settings of ${resource} are shown`);
}

function twoPrimaries(state: PairState, { host, resource, allowed }: Of<"two_primaries">, since_ms: number): Verdict {
  const shown = settingsOf(state, host, resource, since_ms);
  if (isVerdict(shown)) return shown;
  const now = shown.allow_two_primaries;
  // 8.4 shows no such settings of a resource that is StandAlone: there is no peer to be Primary beside.
  if (now === undefined && !allowed && shown.protocol === undefined)
    return yes(`${resource} on ${host}: no connection, so no two primaries`);
  if (now === undefined) return unsure(`${resource} on ${host}: allow-two-primaries isn't known`);
  const text = `${resource} on ${host}: two primaries ${now ? "allowed" : "not allowed"}`;
  return now === allowed ? yes(text) : no(text);
}

/** drbd_limits.h: what isn't shown is at its default. */
const rateDefaults = { "c-max-rate": 102_400, "resync-rate": 250 } as const;

function rate(state: PairState, { host, resource, option, kib_s }: Of<"drbd_rate">, since_ms: number): Verdict {
  const shown = settingsOf(state, host, resource, since_ms);
  if (isVerdict(shown)) return shown;
  const now = shown.volumes.map(
    (volume) => (option === "c-max-rate" ? volume.c_max_rate_kib_s : volume.resync_rate_kib_s) ?? rateDefaults[option],
  );
  const text = `${resource} on ${host}: ${option} ${[...new Set(now)].join(", ")} KiB/s`;
  return now.length > 0 && now.length === kib_s.length && now.every((each, at) => each === kib_s[at]) ? yes(text) : no(text);
}

function lv(state: PairState, { host, vg, name, there, origin }: Of<"lv">, since_ms: number): Verdict {
  const lvm = told(state, host, "lvm", since_ms);
  if (isVerdict(lvm)) return lvm;
  const found = lvm.volumes.find((volume) => volume.vg === vg && volume.name === name);
  if (found === undefined && lvm.not_understood.length > 0) return unsure(`part of LVM's report on ${host} wasn't understood`);
  if (found === undefined) return there ? no(`${host} has no ${vg}/${name}`) : yes(`${host} has no ${vg}/${name}`);
  const text = `${vg}/${name} on ${host}${found.origin === undefined ? "" : `, a snapshot of ${found.origin}`}`;
  if (!there || (origin !== undefined && found.origin !== origin)) return no(text);
  // lvs(8): the fifth letter of a snapshot that overflowed is I or S, and what it kept is gone.
  return found.attr.charAt(4) === "I" || found.attr.charAt(4) === "S" ? no(`${text}, overflowed`) : yes(text);
}

export function judgeDrbd(state: PairState, expected: DrbdExpectation, since_ms: number): Verdict {
  switch (expected.kind) {
    case "drbd":
      return drbd(state, expected, since_ms);
    case "two_primaries":
      return twoPrimaries(state, expected, since_ms);
    case "drbd_rate":
      return rate(state, expected, since_ms);
    case "drbd_begun":
      return begun(state, expected, since_ms);
    case "lv":
      return lv(state, expected, since_ms);
  }
}

export const drbdReadings = {
  drbd: "drbd-status",
  two_primaries: "drbd-show",
  drbd_rate: "drbd-show",
  drbd_begun: "drbd-status",
  lv: "lvm",
} as const satisfies Record<DrbdExpectation["kind"], string>;
