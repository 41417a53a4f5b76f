/**
 * Facts as the selectors see them: without the counters and flags that differ at every look and say nothing of how things are. Four hundred volumes
 * that are written to all day would be joined and judged anew with each answer else.
 */
import type { DrbdConnection, DrbdResource, DrbdStatus, DrbdVolume, PeerVolume } from "../../xen/model/drbd.ts";
import type { Domain, DomainList, DomainState } from "../../xen/model/xen.ts";
import type { FactsOf, ReadingId } from "../../xen/read/index.ts";
import { keptByText } from "../../xen/read/same-text.ts";
import { perFacts } from "./memo.ts";

export interface SeenDomain extends Omit<Domain, "cpu_time_s" | "state"> {
  readonly state: Omit<DomainState, "running" | "blocked" | "text"> & {
    /** The flags after running and blocked, which alternate all the time: `----` of `-b----`. */
    readonly lasting: string;
  };
}
export interface SeenDomains {
  readonly domains: readonly SeenDomain[];
  readonly not_understood: readonly string[];
}

export type SeenVolume = Omit<DrbdVolume, "upper_pending" | "lower_pending">;
export type SeenPeerVolume = Omit<PeerVolume, "received_kib" | "sent_kib">;
export interface SeenConnection extends Omit<DrbdConnection, "volumes"> {
  readonly volumes: ReadonlyMap<number, SeenPeerVolume>;
}
export interface SeenResource extends Omit<DrbdResource, "volumes" | "connections"> {
  readonly volumes: readonly SeenVolume[];
  readonly connections: readonly SeenConnection[];
}
export interface SeenDrbd {
  readonly resources: readonly SeenResource[];
  readonly not_understood: readonly string[];
}

interface Instead {
  readonly "xl-list": SeenDomains;
  readonly "drbd-status": SeenDrbd;
}
export type Seen<Id extends ReadingId> = Id extends keyof Instead ? Instead[Id] : FactsOf<Id>;

/** The flags that `xl list` prints first (xl_list.c): running, blocked. */
const PASSING_FLAGS = 2;

/** Domains of two hosts, some time long. */
const DOMAINS_KEPT_MAX = 1024;

const keptDomain = keptByText<SeenDomain>(DOMAINS_KEPT_MAX);
/** All that stays of it, in one text: the name, which may hold anything, at the end. */
const lastingText = ({ name, base_name, migration, domid, memory_mib, vcpus, uuid, state }: Domain): string => {
  const { paused, shutdown, dying, shutdown_reason, text } = state;
  const flags = `${paused} ${shutdown} ${dying} ${shutdown_reason} ${text.slice(PASSING_FLAGS)}`;
  return `${domid} ${memory_mib} ${vcpus} ${uuid} ${migration} ${flags} ${base_name.length} ${base_name} ${name}`;
};
const domain = ({ cpu_time_s: _time, state: { running: _running, blocked: _blocked, text, ...state }, ...rest }: Domain): SeenDomain => ({
  ...rest,
  state: { ...state, lasting: text.slice(PASSING_FLAGS) },
});

const domains = perFacts(
  ({ domains: told, not_understood }: DomainList): SeenDomains => ({
    domains: told.map((one) => keptDomain(lastingText(one), () => domain(one))),
    not_understood,
  }),
);

const connection = ({ volumes, ...rest }: DrbdConnection): SeenConnection => ({
  ...rest,
  volumes: new Map([...volumes].map(([number, { received_kib: _received, sent_kib: _sent, ...volume }]) => [number, volume] as const)),
});
const resource = perFacts(
  ({ volumes, connections, ...rest }: DrbdResource): SeenResource => ({
    ...rest,
    volumes: volumes.map(({ upper_pending: _upper, lower_pending: _lower, ...volume }) => volume),
    connections: connections.map(connection),
  }),
);
const drbd = perFacts(({ resources, not_understood }: DrbdStatus): SeenDrbd => ({ resources: resources.map(resource), not_understood }));

export function seen<Id extends ReadingId>(reading: Id, facts: FactsOf<Id> | undefined): Seen<Id> | undefined;
export function seen(reading: ReadingId, facts: unknown): unknown {
  if (facts === undefined) return undefined;
  if (reading === "xl-list") return domains(facts as DomainList);
  return reading === "drbd-status" ? drbd(facts as DrbdStatus) : facts;
}
