/** Outcomes that concern a host as a whole, or what is kept on it; see expect.ts. */
import type { HostId } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import type { Expectation } from "./expect.ts";
import { isVerdict, no, told, unsure, type Verdict, yes } from "./verdict.ts";

type Of<Kind extends Expectation["kind"]> = Extract<Expectation, { readonly kind: Kind }>;
type Judge<Kind extends Expectation["kind"]> = (state: PairState, expected: Of<Kind>, since_ms: number) => Verdict;

const DOM0_DOMID = 0;
/** Named in a message. */
const NAMED_MAX = 4;
const named = (names: readonly string[]): string =>
  names.length <= NAMED_MAX ? names.join(", ") : `${names.slice(0, NAMED_MAX).join(", ")} and ${names.length - NAMED_MAX} more`;

export const noGuests: Judge<"no_guests"> = (state, { host }, since_ms) => {
  const list = told(state, host, "xl-list", since_ms);
  if (isVerdict(list)) return list;
  const guests = list.domains.filter(({ domid }) => domid !== DOM0_DOMID);
  if (guests.length > 0) return no(`${named(guests.map(({ name }) => name))} on ${host}`);
  return list.not_understood.length > 0 ? unsure(`part of xl list on ${host} wasn't understood`) : yes(`no guest on ${host}`);
};

const SOURCES: ReadonlySet<unknown> = new Set(["SyncSource", "PausedSyncS", "StartingSyncS", "WFBitMapS", "Ahead"]);

/** Nobody would miss this host's copies: none is Primary, none is what another is copied from, and each peer has everything. */
export const drbdIdle: Judge<"drbd_idle"> = (state, { host }, since_ms) => {
  if (freeOfDrbd(state, host)) return yes(`no DRBD on ${host}`);
  const status = told(state, host, "drbd-status", since_ms);
  if (isVerdict(status)) return status;
  if (status.not_understood.length > 0) return unsure(`part of DRBD's status on ${host} wasn't understood`);
  const primary = status.resources.filter(({ role }) => role !== "Secondary");
  if (primary.length > 0) return no(`${named(primary.map(({ name }) => name))} not Secondary on ${host}`);
  const peers = status.resources.flatMap(({ name, connections }) =>
    connections.flatMap(({ volumes }) => [...volumes.values()].map((volume) => ({ name, ...volume }))),
  );
  const source = peers.filter(({ replication }) => SOURCES.has(replication));
  if (source.length > 0) return no(`${named(source.map(({ name }) => name))} is still copied from ${host}`);
  const alone = status.resources.filter(
    ({ connections }) => connections.length === 0 || connections.some(({ connection }) => connection !== "Connected"),
  );
  if (alone.length > 0) return no(`${named(alone.map(({ name }) => name))} not connected on ${host}`);
  const behind = peers.filter(({ peer_disk }) => peer_disk !== "UpToDate");
  if (behind.length > 0) return no(`${named(behind.map(({ name }) => name))}: the other copy isn't UpToDate`);
  return yes(`no Primary and no SyncSource on ${host}`);
};

export const drbdWhole: Judge<"drbd_whole"> = (state, { host }, since_ms) => {
  if (freeOfDrbd(state, host)) return yes(`no DRBD on ${host}`);
  const status = told(state, host, "drbd-status", since_ms);
  if (isVerdict(status)) return status;
  if (status.not_understood.length > 0) return unsure(`part of DRBD's status on ${host} wasn't understood`);
  const wanting = status.resources.flatMap(({ name, volumes, connections }) => {
    const peers = connections.flatMap((connection) => [...connection.volumes.values()]);
    if (connections.length === 0 || connections.some(({ connection }) => connection !== "Connected")) return [`${name} not connected`];
    if (volumes.some(({ disk }) => disk !== "UpToDate")) return [`${name} not UpToDate on ${host}`];
    if (peers.some(({ peer_disk }) => peer_disk !== "UpToDate")) return [`${name}: the peer's copy not UpToDate`];
    if (peers.some(({ replication }) => replication !== "Established")) return [`${name} being copied`];
    return [];
  });
  return wanting.length > 0 ? no(named(wanting)) : yes(`every copy UpToDate in the eyes of ${host}`);
};

const freeOfDrbd = (state: PairState, host: HostId): boolean => state.hosts.get(host)?.facts["drbd-status"].state === "absent";

export const autostart: Judge<"autostart"> = (state, { host, has, has_not }, since_ms) => {
  const known = state.hosts.get(host)?.facts["xen-auto"];
  const entries = known?.state === "absent" && known.at_ms >= since_ms ? [] : told(state, host, "xen-auto", since_ms);
  if (isVerdict(entries)) return entries;
  const there = new Set(entries.map(({ name }) => name));
  const missing = has.filter((name) => !there.has(name));
  const left = has_not.filter((name) => there.has(name));
  if (missing.length > 0) return no(`${named(missing)} doesn't start by itself on ${host}`);
  if (left.length > 0) return no(`${named(left)} starts by itself on ${host}`);
  return yes(`/etc/xen/auto on ${host} is as wanted`);
};

export const config: Judge<"config"> = (state, { host, path, name }, since_ms) => {
  const files = told(state, host, "xl-configs", since_ms);
  if (isVerdict(files)) return files;
  const found = files.find((file) => file.path === path);
  if (found === undefined) return no(`${path} isn't on ${host}`);
  if (found.config === undefined) return no(`${path} on ${host} can't be read: ${found.error ?? "no configuration"}`);
  return found.config.name === name ? yes(`${path} on ${host} defines ${name}`) : no(`${path} on ${host} defines ${found.config.name}`);
};

export const kept: Judge<"kept"> = (state, { host, name, text }, since_ms) => {
  const plans = told(state, host, "xenha", since_ms);
  if (isVerdict(plans)) return plans;
  const found = plans.kept.find((each) => each.name === name);
  if (text === undefined) return found === undefined ? yes(`${name} isn't kept on ${host}`) : no(`${name} is still kept on ${host}`);
  if (found === undefined) return no(`${name} isn't kept on ${host}`);
  return found.text === text ? yes(`${name} is kept on ${host}`) : no(`${name} on ${host} says something else`);
};
