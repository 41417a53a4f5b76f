/**
 * Outcomes as facts (safety rule S2): what must be read from a host before and after a step. Values that can be written into a journal and judged
 * by any console. One that can't be judged is unknown, never a yes.
 */
import type { DrbdResource } from "../../xen/model/drbd.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { Known } from "../../xen/model/known.ts";
import type { Domain } from "../../xen/model/xen.ts";
import type { FactsOf, ReadingId } from "../../xen/read/index.ts";
import type { PairState } from "../state.ts";

export type Expectation =
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
  | { readonly kind: "two_primaries"; readonly host: HostId; readonly resource: string; readonly allowed: boolean };

export interface Verdict {
  readonly result: "yes" | "no" | "unknown";
  /** What was found, in one phrase. */
  readonly text: string;
}

/** Which reading an expectation is judged by. */
export const readingOf = ({ kind }: Expectation): ReadingId => {
  if (kind === "drbd") return "drbd-status";
  return kind === "two_primaries" ? "drbd-show" : "xl-list";
};

const yes = (text: string): Verdict => ({ result: "yes", text });
const no = (text: string): Verdict => ({ result: "no", text });
const unsure = (text: string): Verdict => ({ result: "unknown", text });

/** The facts of a reading that began no earlier than since_ms (console clock); or why there are none. */
function told<Id extends ReadingId>(state: PairState, host: HostId, id: Id, since_ms: number): FactsOf<Id> | Verdict {
  const known = state.hosts.get(host)?.facts[id] as Known<FactsOf<Id>> | undefined;
  if (known === undefined || known.state === "unknown") return unsure(`${host}: not read yet`);
  if (known.state === "failed") return unsure(`${host}: ${known.error}`);
  if (known.state === "absent") return unsure(`${host}: ${known.why}`);
  if (known.asked_ms === undefined || known.asked_ms < since_ms) return unsure(`${host}: not read since`);
  return known.value;
}
const isVerdict = (value: unknown): value is Verdict => typeof value === "object" && value !== null && "result" in value && "text" in value;

const same = (domain: Domain, uuid: string, name: string): boolean => domain.uuid === uuid || domain.base_name === name;

const isActive = ({ state, migration }: Domain): boolean => migration === "none" && !state.paused && !state.shutdown && !state.dying;

function guest(state: PairState, expected: Exclude<Expectation, { readonly kind: "drbd" | "two_primaries" }>, since_ms: number): Verdict {
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
  if (expected.kind === "guest_anew") return domain.domid !== expected.domid && isActive(domain) ? yes(here) : no(here);
  if (expected.domid !== undefined && domain.domid !== expected.domid) return no(here);
  if (expected.kind === "guest_is") return yes(here);
  if (expected.kind === "guest_paused") return domain.state.paused && !domain.state.shutdown && !domain.state.dying ? yes(here) : no(here);
  return isActive(domain) ? yes(here) : no(here);
}

type DrbdExpectation = Extract<Expectation, { readonly kind: "drbd" }>;
const word = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? "none"));
const among = (wanted: readonly string[] | undefined, values: readonly unknown[]): boolean =>
  wanted === undefined || (values.length > 0 && values.every((value) => typeof value === "string" && wanted.includes(value)));

function drbdHolds(expected: DrbdExpectation, { role, volumes, connections }: DrbdResource): boolean {
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

function drbd(state: PairState, expected: DrbdExpectation, since_ms: number): Verdict {
  const { host, resource } = expected;
  const status = told(state, host, "drbd-status", since_ms);
  if (isVerdict(status)) return status;
  const found = status.resources.find(({ name }) => name === resource);
  if (found === undefined) {
    const doubt = status.not_understood.length > 0;
    return doubt ? unsure(`part of DRBD's status on ${host} wasn't understood`) : no(`${resource} is not up on ${host}`);
  }
  const disks = found.volumes.map(({ disk }) => word(disk)).join(",");
  const peers = found.connections.map(({ connection, peer_role }) => `${word(connection)}, peer ${word(peer_role)}`).join("; ");
  const text = `${resource} on ${host}: ${word(found.role)} ${disks}, ${peers === "" ? "StandAlone" : peers}`;
  return drbdHolds(expected, found) ? yes(text) : no(text);
}

function twoPrimaries(state: PairState, expected: Extract<Expectation, { readonly kind: "two_primaries" }>, since_ms: number): Verdict {
  const { host, resource, allowed } = expected;
  const show = told(state, host, "drbd-show", since_ms);
  if (isVerdict(show)) return show;
  const now = show.resources.find(({ name }) => name === resource)?.allow_two_primaries;
  if (now === undefined) return unsure(`${resource} on ${host}: allow-two-primaries isn't known`);
  const text = `${resource} on ${host}: two primaries ${now ? "allowed" : "not allowed"}`;
  return now === allowed ? yes(text) : no(text);
}

/** Judged on readings that began at since_ms or later. */
export function judge(state: PairState, expected: Expectation, since_ms: number): Verdict {
  if (expected.kind === "drbd") return drbd(state, expected, since_ms);
  if (expected.kind === "two_primaries") return twoPrimaries(state, expected, since_ms);
  return guest(state, expected, since_ms);
}

/** All of them: no beats unknown beats yes. */
export function judgeAll(state: PairState, expected: readonly Expectation[], since_ms: number): Verdict {
  const verdicts = expected.map((each) => judge(state, each, since_ms));
  const worst = verdicts.find(({ result }) => result === "no") ?? verdicts.find(({ result }) => result === "unknown");
  return worst ?? yes(verdicts.map(({ text }) => text).join("; "));
}
