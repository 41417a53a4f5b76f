/** Rules about DRBD's disks and resyncs (2-domain, signatures 24 to 33). */
import type { DrbdStatus, DrbdVolume } from "../../xen/model/drbd.ts";
import { newest } from "../../xen/model/known.ts";
import { perFacts } from "../select/memo.ts";
import { actOn, connected, drbdDraft, type Hit, hitsOf, inUse, names, overBoth, perHost, plural, syncing } from "./drbd-common.ts";
import { drbdName, groupBy, list, peerOf, type Rule, type RuleInput, said, size, span, unique } from "./rule.ts";

const suspended = perHost(
  "drbd.suspended",
  "I/O is frozen",
  ({ side }) => side.suspended !== "no" && side.suspended !== "" && side.suspended !== "-" && side.suspended !== "unknown",
  (hits, host) => {
    const reasons = unique(hits.flatMap(({ side }) => side.suspended.split(",").map((reason) => reason.trim())));
    return {
      severity: "critical",
      cause: `I/O of ${names(hits)} on ${host} is frozen: ${reasons.map((reason) => suspendReasons[reason]?.cause ?? reason).join(", ")}`,
      next: `3: ${suspendReasons[reasons[0] ?? ""]?.next ?? `find out why I/O was suspended, then resume it on ${host}`}`,
      // Its own disk first, where that is what is missing.
      act:
        reasons[0] === "no-data" && hits.every(({ side }) => side.disk === "Diskless")
          ? actOn(hits, "drbd attach", { on: host })
          : undefined,
    };
  },
  { suppresses: ["drbd.diskless"] },
);
const suspendReasons: Readonly<Record<string, { readonly cause: string; readonly next: string }>> = {
  quorum: { cause: "quorum lost", next: "bring the peer or the tie-breaker back; I/O goes on by itself" },
  fencing: { cause: "the fencing handler hasn't finished", next: "confirm that the peer is fenced, then resume I/O" },
  "no-data": { cause: "no good disk can be reached", next: "attach a good disk or connect the peer that has one" },
  user: { cause: "suspended by hand", next: "ask who suspended it, then resume I/O" },
};

const volumesWhere = (picks: (volume: DrbdVolume) => boolean): ((input: RuleInput, hit: Hit) => boolean) => {
  const keysIn = perFacts(
    ({ resources }: DrbdStatus): ReadonlySet<string> =>
      new Set(resources.flatMap(({ name, volumes }) => volumes.filter(picks).map(({ volume }) => `${name}/${volume}`))),
  );
  return (input, { row, side }) => {
    const told = newest(input.state.hosts.get(side.host)?.facts["drbd-status"]);
    return told !== undefined && keysIn(told).has(row.key);
  };
};
/** Told so by the host: a client on purpose has no disk and misses none. */
const client = volumesWhere((volume) => volume.client === true);
const withoutQuorum = volumesWhere(({ quorum }) => quorum === false);

const quorum = perHost(
  "drbd.quorum_lost",
  "too few nodes for writing",
  (hit, input) => withoutQuorum(input, hit) && !hit.side.suspended.includes("quorum"),
  (hits, host) => ({
    severity: "critical",
    cause: `${names(hits)} on ${host} ${plural(hits, "has", "have")} lost quorum: writes fail`,
    next: "3: bring the peer or the tie-breaker back",
  }),
);

const words = (text: string): ReadonlySet<string> => new Set(["", "-", ...text.split(" ")]);
const knownWords = {
  disk: words("Diskless Attaching Detaching Failed Negotiating Inconsistent Outdated DUnknown Consistent UpToDate"),
  connection: words("StandAlone Disconnecting Unconnected Timeout BrokenPipe NetworkFailure ProtocolError TearDown Connecting Connected"),
  replication: words(
    "Off Established StartingSyncS StartingSyncT WFBitMapS WFBitMapT WFSyncUUID SyncSource SyncTarget VerifyS VerifyT PausedSyncS PausedSyncT Ahead Behind",
  ),
} as const;
const parts = ["disk", "connection", "replication"] as const;
const strangeWords = ({ side }: Hit): string[] => parts.filter((part) => !knownWords[part].has(side[part])).map((part) => side[part]);

/** A word of a later DRBD is never taken for a healthy state. */
const strange = perHost(
  "drbd.strange_state",
  "DRBD says a word that isn't known",
  ({ side }) => parts.some((part) => !knownWords[part].has(side[part])),
  (hits, host) => ({
    severity: "warning",
    cause: `DRBD on ${host} says ${list(unique(hits.flatMap(strangeWords)))} of ${names(hits)}: not a state that this console knows`,
    next: `3: look the word up in drbdsetup's manual of ${host}'s version before anything is done with ${names(hits)}`,
  }),
);

const diskless = perHost(
  "drbd.diskless",
  "a disk was lost",
  (hit, input) => ["Diskless", "Failed", "Detaching"].includes(hit.side.disk) && !client(input, hit),
  (hits, host, input) => {
    const primary = hits.some(({ side }) => side.role === "Primary");
    return {
      severity: primary || hits.some(({ row }) => inUse(row) && !otherGood(row, host)) ? "critical" : "warning",
      cause: primary
        ? `${names(hits)} on ${host} ${plural(hits, "has", "have")} no disk and ${plural(hits, "runs", "run")} from ${peerOf(input, host)}'s over the network`
        : `${names(hits)} on ${host} ${plural(hits, "has", "have")} no disk: only ${peerOf(input, host)}'s copy is left`,
      next: `4: look at the disk under ${names(hits)} on ${host} and its kernel log; replace it, then attach. Don't lose ${peerOf(input, host)} before that`,
      act: actOn(hits, "drbd attach", { on: host }),
    };
  },
  { suppresses: ["drbd.outdated", "lose.stops_survivor"], explains_restart: true },
);
const otherGood = (row: Hit["row"], host: string): boolean => row.sides.some((side) => side.host !== host && side.disk === "UpToDate");

const inconsistent = perHost(
  "drbd.inconsistent",
  "a half-synced disk that nothing syncs",
  ({ row, side }) => side.disk === "Inconsistent" && !syncing(row) && !/Paused|StartingSync|WFBitMap|WFSync/.test(side.replication),
  (hits, host) => ({
    severity: hits.some(({ row }) => !otherGood(row, host)) ? "critical" : "warning",
    cause: `${names(hits)} on ${host} ${plural(hits, "is", "are")} Inconsistent and nothing syncs ${plural(hits, "it", "them")}: the data there can't be used`,
    next: `3: connect ${names(hits)} again; never promote or force the Inconsistent side`,
    act: actOn(hits, "drbd connect"),
  }),
  { explains_restart: true },
);

const outdated = perHost(
  "drbd.outdated",
  "a disk is outdated and not connected",
  ({ side }) => side.disk === "Outdated" && !connected(side),
  (hits, host) => ({
    severity: "warning",
    cause: `${names(hits)} on ${host} ${plural(hits, "is", "are")} Outdated and not connected: no failover to ${host}`,
    next: `3: connect ${names(hits)}, and wait until both sides are UpToDate`,
    act: actOn(hits, "drbd connect"),
  }),
  { explains_restart: true },
);

/** Since the first of them is; undefined: one of them was before it was looked at, and nothing tells for how long. */
function pausedSince(hits: readonly Hit[]): number | undefined {
  const held = hits.map(({ row }) => row.resync?.stalled);
  const times = held.flatMap((one) => (one === undefined || one.at_least === true ? [] : [one.since_ms]));
  return times.length === held.length && times.length > 0 ? Math.min(...times) : undefined;
}

const pausedSync = overBoth(
  "drbd.paused_sync",
  "a resync is paused",
  // Where the pause is told before the state that follows from it.
  ({ row, side }) => /^PausedSync[ST]$/.test(side.replication) || row.resync?.paused !== undefined,
  (hits) => {
    const told = hits
      .map(({ side }) => ({ host: side.host, reason: side.resync_suspended }))
      .filter(({ reason }) => !["", "no", "-", "unknown"].includes(reason));
    const waits = told.length > 0 && told.every(({ reason }) => reason === "dependency");
    const why = unique(hits.flatMap(({ row }) => row.resync?.paused ?? []));
    return {
      severity: waits ? "info" : "warning",
      cause: `the resync of ${names(hits)} is paused${why.length === 0 ? "" : ` ${list(why)}`}`,
      next: waits
        ? "3: it goes on when the resync it depends on is done"
        : `3: resume the resync of ${names(hits)}; until it is done there is one good copy`,
      since_ms: pausedSince(hits),
      act: waits ? undefined : actOn(hits, "drbd resume-sync", { on: told.find(({ reason }) => reason.includes("user"))?.host }),
    };
  },
  { suppresses: ["drbd.stalled", "drbd.syncing"], explains_restart: true },
);

const stalled: Rule = {
  id: "drbd.stalled",
  explains_restart: true,
  title: "a resync doesn't move",
  suppresses: ["drbd.syncing"],
  judge: (input) =>
    input.view.drbd
      .filter(({ resync }) => resync?.stalled !== undefined && resync.paused === undefined)
      .map((row) => {
        const { since_ms, why, at_least } = row.resync?.stalled ?? { since_ms: input.now_ms, why: "" };
        const for_ms = input.now_ms - since_ms;
        const held = for_ms < 30_000 ? "doesn't move" : `hasn't moved for ${at_least === true ? "more than " : ""}${span(for_ms)}`;
        const hits = hitsOf(input, row);
        const made = drbdDraft(input, "drbd.stalled", hits, drbdName(row), {
          severity: "warning",
          cause: `the ${row.resync?.kind ?? "resync"} of ${drbdName(row)} ${held}: ${why}`,
          next: `3: look at the link and at both disks of ${drbdName(row)}; c-min-rate may leave the resync nothing while guests write`,
          act: why.includes("c-min-rate") ? actOn(hits, "drbd rate", { on: row.resync?.target }) : undefined,
        });
        return { ...made, since_ms };
      }),
};

const resyncing: Rule = {
  id: "drbd.syncing",
  explains_restart: true,
  title: "a resync or verify runs",
  judge: (input) => {
    // Those that are paused or stand still have findings of their own.
    const running = input.view.drbd.filter(
      ({ resync }) => resync !== undefined && resync.paused === undefined && resync.stalled === undefined,
    );
    return groupBy(running, ({ resync }) => `${resync?.kind} ${resync?.target ?? ""}`).map((rows) => {
      const first = rows[0]?.resync;
      const target = first?.target;
      const hits = rows.flatMap((row) => hitsOf(input, row));
      const left_kib = rows.reduce((sum, { resync }) => sum + (resync?.left_kib ?? 0), 0);
      const made = drbdDraft(input, "drbd.syncing", hits, target ?? "replication", {
        // Until it is done there is one good copy: the target can't take over.
        severity: first?.kind === "verify" ? "info" : "warning",
        cause:
          first?.kind === "verify"
            ? `${list(rows.map(drbdName))} ${rows.length === 1 ? "is" : "are"} being verified`
            : `${list(rows.map(drbdName))} ${rows.length === 1 ? "resyncs" : "resync"}${target === undefined ? "" : ` to ${target}`}, ${size(left_kib)} left: until then there is one good copy`,
        next: target === undefined ? "3: watch it" : `3: watch it; no failover or migration to ${target} before it is done`,
      });
      return {
        ...made,
        evidence: rows.map((row) =>
          said(`${drbdName(row)}: ${row.resync?.done_percent === undefined ? "running" : `${row.resync.done_percent.toFixed(1)} % done`}`),
        ),
      };
    });
  },
};

const mismatch: Rule = {
  id: "drbd.verify_mismatch",
  title: "blocks differ although connected",
  judge: (input) => {
    const rows = input.view.drbd.filter((row) => {
      const up = hitsOf(input, row);
      return (
        up.length > 0 &&
        row.resync === undefined &&
        up.every(({ side }) => side.replication === "Established" && side.disk === "UpToDate") &&
        up.some(({ side }) => (side.out_of_sync_kib ?? 0) > 0)
      );
    });
    if (rows.length === 0) return [];
    const hits = rows.flatMap((row) => hitsOf(input, row));
    const oos = rows.reduce((sum, row) => sum + Math.max(...row.sides.map(({ out_of_sync_kib }) => out_of_sync_kib ?? 0)), 0);
    return [
      drbdDraft(input, "drbd.verify_mismatch", hits, "replication", {
        severity: "warning",
        cause: `${oos} KiB of ${names(hits)} differ between the hosts although connected: found by a verify`,
        next: `3: disconnect and connect ${names(hits)} to resync them; find out which disk wrote wrong`,
        act: actOn(hits, "drbd disconnect", { on: rows[0]?.sides.find(({ role }) => role === "Secondary")?.host }),
      }),
    ];
  },
};

/** `congested` is a moment's state: it alone says nothing. */
const behind = overBoth(
  "drbd.behind",
  "replication can't keep up",
  ({ side }) => side.replication === "Ahead" || side.replication === "Behind",
  (hits) => ({
    severity: "warning",
    cause: `${list(unique(hits.map(({ row, side }) => `${drbdName(row)} is ${side.replication} on ${side.host}`)))}: the link can't carry the writes`,
    next: `3: until it has caught up the Behind side is old; look at the link's load`,
  }),
);

export const drbdDiskRules: readonly Rule[] = [
  suspended,
  quorum,
  strange,
  diskless,
  inconsistent,
  outdated,
  pausedSync,
  stalled,
  resyncing,
  mismatch,
  behind,
];
