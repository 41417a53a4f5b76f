import type { LinkState } from "../xen/host/link.ts";
import type { HostId, Pair } from "../xen/model/ids.ts";
import type { Known } from "../xen/model/known.ts";
import type { FactsOf, ReadingId } from "../xen/read/index.ts";
import type { Ack } from "./acks.ts";
import type { Life } from "./lives.ts";

/** The facts of every reading, per host, as last told. Kept apart per host: disagreement is a signal. */
export type Facts = { readonly [Id in ReadingId]: Known<FactsOf<Id>> };

export interface Beat {
  /** When the host said it, at the latest. */
  readonly at_ms: number;
  /** How much older than its arrival is what the host tells (see freshness.ts, lateness). */
  readonly late_ms?: number;
  readonly uptime_s: number;
  /** Host clock minus console clock, the network's delay not taken off; undefined: the host can't tell. */
  readonly skew_ms: number | undefined;
}

export interface HostState {
  readonly id: HostId;
  readonly link: LinkState;
  /** Why it couldn't be reached, kept over the attempts that follow, until one succeeds. */
  readonly trouble: { readonly hop: string; readonly reason: string; readonly since_ms: number } | undefined;
  /** Both names lead to one machine: which host that machine is, and the link as it would be told without that. */
  readonly twin?: { readonly of: HostId; readonly link: LinkState };
  /** From the probe's hello: version, uid, shell, os. */
  readonly hello: ReadonlyMap<string, string> | undefined;
  readonly beat: Beat | undefined;
  /** Readings that run right now and since when (console clock): the hung ones show here. */
  readonly running_since_ms: ReadonlyMap<ReadingId, number>;
  readonly facts: Facts;
}

/** A change as it was seen, or as a host's journal tells it. */
export interface TimelineEntry {
  readonly seq: number;
  /** Console clock (for journal lines: the host's clock less its skew). */
  readonly at_ms: number;
  readonly host: HostId | undefined;
  /** `seen`: noticed by this console; `journal`: back-filled from the host. */
  readonly origin: "seen" | "journal";
  /** Told by DRBD's event stream, which comes before the reading that shows the same. */
  readonly event?: true;
  /** The reading whose answer showed it; absent: the connection, or what both hosts told together. */
  readonly reading?: ReadingId;
  /** The rule whose finding came, got worse or went; that is this console's own judgement. */
  readonly rule?: string;
  readonly object: string;
  readonly text: string;
  readonly severity: "info" | "warning" | "critical" | "ok";
}

export interface PairState {
  readonly name: string;
  readonly started_ms: number;
  readonly order: Pair<HostId>;
  /** Guests that come first where not all find room, by name or UUID, as the config file says; absent: it says nothing. */
  readonly priority?: readonly string[];
  readonly hosts: ReadonlyMap<HostId, HostState>;
  /** Oldest first, bounded (TIMELINE_MAX in update.ts). */
  readonly timeline: readonly TimelineEntry[];
  /** Samples for rates and flaps, kept by update.ts; see there. */
  readonly history: History;
  /** Findings over time, by findingKey; see lives.ts. */
  readonly lives: ReadonlyMap<string, Life>;
  /** What the operator has taken note of, by findingKey; see acks.ts. */
  readonly acks: ReadonlyMap<string, Ack>;
}

/** Bounded series that a single reading can't tell: resync speed, path flaps, NFS counters. */
export interface History {
  /** key `host|resource/volume` -> newest last, at most 120. */
  readonly out_of_sync: ReadonlyMap<string, readonly { readonly at_ms: number; readonly kib: number }[]>;
  /** key `host|map wwid|path dev` -> times at which it was lost (usable before, not any more), at most 100. */
  readonly path_losses: ReadonlyMap<string, readonly number[]>;
  /** key `host|resource|connection name` -> times of connection changes, at most 100. */
  readonly connection_changes: ReadonlyMap<string, readonly number[]>;
  /** key `host|mountpoint` -> the last readings, at most 20. */
  readonly nfs: ReadonlyMap<
    string,
    readonly {
      readonly at_ms: number;
      readonly ops: number;
      readonly timeouts: number;
      readonly sends: number | undefined;
      readonly receives: number | undefined;
      readonly connects?: number | undefined;
    }[]
  >;
  /** key `host|path of file system or pool` -> fill in bytes, at most 60, one a minute. */
  readonly fill: ReadonlyMap<string, readonly { readonly at_ms: number; readonly used: number }[]>;
  /**
   * key `host|resource/volume` -> since when its copy there is no good one, or is cut off from the other; began: it was seen to begin, else it was so when
   * first read. connected_ms: when it was last seen connected, of one that was seen to lose its connection and hasn't it back.
   */
  readonly bad_copies: ReadonlyMap<
    string,
    { readonly how: "disk" | "apart"; readonly at_ms: number; readonly began: boolean; readonly connected_ms?: number }
  >;
  /** key `host|domid` -> when first seen in its present flags. */
  readonly domain_since: ReadonlyMap<string, { readonly text: string; readonly at_ms: number }>;
}
