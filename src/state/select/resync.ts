/**
 * How a resync or verify goes: done, rate, what is left, and if it doesn't move since when and why. One shape for 8.4, whose figures are in
 * /proc/drbd, and 9, whose figures are in status; the recent rate is measured from the out-of-sync samples kept in the history.
 */
import type { DrbdStatus, ReplicationState, SyncProgress } from "../../xen/model/drbd.ts";
import type { Pair } from "../../xen/model/ids.ts";
import { wordOf } from "../../xen/read/drbd-words.ts";
import { resourcesByName } from "../drbd-resources.ts";
import type { ResyncView } from "../view-model.ts";
import type { DrbdSideFacts } from "./drbd-sides.ts";
import { perFacts } from "./memo.ts";
import { doneByLog, type Figures, standsSince } from "./resync-standing.ts";
import type { Sides } from "./sides.ts";

/** The recent rate is over this long. */
export const RATE_WINDOW_MS = 30_000;
/** Below this the samples are too close for a rate. */
const RATE_SPAN_MIN_MS = 5_000;
/** Out-of-sync that was seen not to fall for this long while a resync should run: it doesn't move. */
export const STALL_AFTER_MS = 30_000;

type Samples = readonly { readonly at_ms: number; readonly kib: number }[];

const syncingWords: readonly ReplicationState[] = [
  "StartingSyncS",
  "StartingSyncT",
  "WFBitMapS",
  "WFBitMapT",
  "WFSyncUUID",
  "SyncSource",
  "SyncTarget",
  "PausedSyncS",
  "PausedSyncT",
];
const isWord = (state: ReplicationState | undefined, words: readonly ReplicationState[]): boolean =>
  typeof state === "string" && words.includes(state);

export const isSyncing = ({ replication }: DrbdSideFacts): boolean => isWord(replication, syncingWords);
export const isVerifying = ({ replication }: DrbdSideFacts): boolean => isWord(replication, ["VerifyS", "VerifyT"]);

/** A resync that was cut off: half a copy, and nobody connected to finish it. */
const cutOff = (side: DrbdSideFacts): boolean =>
  side.disk === "Inconsistent" && side.connection !== "Connected" && side.connection !== undefined;

/** Of the samples alone: while none comes nothing is known anew. */
const figuresOf = perFacts((samples: Samples): Figures => {
  const last = samples.at(-1);
  if (last === undefined) return { rate_kib_s: undefined, flat_since_ms: undefined, flat_ms: 0, flat_throughout: true };
  // Backwards as long as it fell: a rise is the begin of this resync, or writes while it could not run.
  let first = last;
  for (let index = samples.length - 2; index >= 0; index -= 1) {
    const older = samples[index];
    if (older === undefined || older.kib < first.kib || older.at_ms < last.at_ms - RATE_WINDOW_MS) break;
    first = older;
  }
  const span_ms = last.at_ms - first.at_ms;
  // Only a fall is progress, so a rise doesn't end a standstill.
  let flat_since_ms = last.at_ms;
  for (let index = samples.length - 2; index >= 0; index -= 1) {
    const older = samples[index];
    if (older === undefined || older.kib > (samples[index + 1]?.kib ?? 0)) break;
    flat_since_ms = older.at_ms;
  }
  return {
    rate_kib_s: span_ms < RATE_SPAN_MIN_MS ? undefined : Math.round(((first.kib - last.kib) * 1000) / span_ms),
    flat_since_ms,
    flat_ms: last.at_ms - flat_since_ms,
    flat_throughout: flat_since_ms === samples[0]?.at_ms,
  };
});
const noSamples: Samples = [];

/** Who told the figures: a fresh side before an old one, the target before the source, whoever has figures before who has none. */
function teller(sides: Pair<DrbdSideFacts>): DrbdSideFacts {
  const score = (side: DrbdSideFacts): number =>
    (side.host.trusted ? 8 : 0) +
    (side.peer?.sync !== undefined || side.proc?.sync !== undefined ? 4 : 0) +
    (isSyncing(side) || isVerifying(side) || cutOff(side) ? 2 : 0) +
    (isWord(side.replication, ["SyncTarget", "PausedSyncT"]) ? 1 : 0);
  return score(sides[1]) > score(sides[0]) ? sides[1] : sides[0];
}

/**
 * On 8.x the figures are in /proc/drbd. Its status says `done:` too, but means the device that is in sync, not this resync that is done
 * (drbdsetup.c, in_resync_without_details): after a short disconnection that begins near 100.
 */
function progressOf({ host, peer, proc }: DrbdSideFacts): Partial<SyncProgress> {
  const [one, other] = [peer?.sync, proc?.sync];
  return {
    done_percent: other?.done_percent ?? (host.drops_connections ? undefined : one?.done_percent),
    rate_recent_kib_s: one?.rate_recent_kib_s ?? other?.rate_recent_kib_s,
    rate_average_kib_s: one?.rate_average_kib_s ?? other?.rate_average_kib_s,
    rate_wanted_kib_s: one?.rate_wanted_kib_s ?? other?.rate_wanted_kib_s,
    eta_s: one?.eta_s ?? other?.eta_s,
    not_converging: one?.not_converging === true || other?.not_converging === true,
    stalled: one?.stalled === true || other?.stalled === true,
  };
}

/** `by hand on beta`; each side tells its own reasons, and `peer` for the other's. */
function pausedBy(sides: Pair<DrbdSideFacts>): string | undefined {
  const told = sides.map(({ peer, proc }) => new Set([...(peer?.resync_suspended?.split(",") ?? []), ...(proc?.resync_paused ?? [])]));
  const reasons = sides.flatMap(({ host, replication, connection }, index): string[] => {
    const words = told[index];
    if (words === undefined || connection !== "Connected" || (!isWord(replication, ["PausedSyncS", "PausedSyncT"]) && !words.has("user")))
      return [];
    const other = index === 0 ? 1 : 0;
    return [
      ...(words.has("user") ? [`by hand on ${host.id}`] : []),
      ...(words.has("dependency") ? [`by ${host.id}, until another resync is done (resync-after)`] : []),
      // The other side knows better why; only where it doesn't say.
      ...(words.has("peer") && !told[other]?.has("user") && !told[other]?.has("dependency") ? [`by ${sides[other].host.id}`] : []),
    ];
  });
  if (reasons.length > 0) return [...new Set(reasons)].join(", ");
  return sides.some(({ replication }) => isWord(replication, ["PausedSyncS", "PausedSyncT"])) ? "for a reason that isn't told" : undefined;
}

function directionOf(sides: Pair<DrbdSideFacts>): Pick<ResyncView, "source" | "target"> {
  const sources: readonly ReplicationState[] = ["SyncSource", "PausedSyncS", "StartingSyncS", "WFBitMapS", "VerifyS"];
  const targets: readonly ReplicationState[] = ["SyncTarget", "PausedSyncT", "StartingSyncT", "WFBitMapT", "WFSyncUUID", "VerifyT"];
  const [one, other] = sides;
  // The side that is trusted decides; two that contradict each other are told elsewhere.
  const by = [one, other].find((side) => side.host.trusted && (isSyncing(side) || isVerifying(side))) ?? [one, other].find(isSyncing);
  const otherOf = by === one ? other : one;
  if (by !== undefined && isWord(by.replication, sources)) return { source: by.host.id, target: otherOf.host.id };
  if (by !== undefined && isWord(by.replication, targets)) return { source: otherOf.host.id, target: by.host.id };
  const half = [one, other].find(cutOff);
  return half === undefined
    ? { source: undefined, target: undefined }
    : { source: (half === one ? other : one).host.id, target: half.host.id };
}

interface Moving {
  readonly paused: string | undefined;
  readonly cut: boolean;
  readonly verify: boolean;
  readonly progress: Partial<SyncProgress>;
  readonly figures: Figures;
  readonly side: DrbdSideFacts;
  /** Looked at only where a resync stands still: it is another at every look. */
  readonly around: () => Around;
}

/** What else goes on where a resync stands still. */
interface Around {
  readonly writes_pending: boolean;
  /** A disk that keeps requests waiting which no guest made. */
  readonly slow_disk: { readonly host: string; readonly requests: number } | undefined;
  /** Resources that do get on, between the same hosts. */
  readonly others: readonly string[];
}

/** Likeliest first. */
function causesOf(side: DrbdSideFacts, { writes_pending, slow_disk, others }: Around): string[] {
  return [
    ...(side.link?.congested === true ? [": the replication link is congested"] : []),
    ...(slow_disk === undefined
      ? []
      : [`: the disk on ${slow_disk.host} keeps ${slow_disk.requests === 1 ? "a request" : `${slow_disk.requests} requests`} waiting`]),
    ...(writes_pending ? [" while guests' writes are pending: they leave it no rate (c-min-rate)"] : []),
    ...(others.length === 0 ? [] : [` while ${others.join(", ")} ${others.length === 1 ? "resyncs" : "resync"} over the same link`]),
  ];
}

/** undefined: it moves, or nothing says that it doesn't. */
function stalledWhy({ paused, cut, verify, progress, figures, side, around }: Moving): string | undefined {
  if (cut) return `not connected (${wordOf(side.connection)})`;
  if (paused !== undefined) return `paused ${paused}`;
  const is_flat = figures.flat_ms > STALL_AFTER_MS;
  // A verify leaves out-of-sync as it is: only the tool can tell whether it moves.
  const stands = progress.stalled === true;
  if (!stands && (verify || !is_flat)) return undefined;
  const causes = causesOf(side, around());
  if (causes.length > 0) return `${stands ? "no block in more than 30 s" : "no progress"}${causes.join("; also")}`;
  if (stands) return "no block in more than 30 s, DRBD itself says stalled";
  return progress.not_converging === true ? "no progress: the rate is 0" : "no progress: out-of-sync doesn't fall";
}

const advancing = (state: ReplicationState | undefined): boolean => isWord(state, ["SyncSource", "SyncTarget"]);

/** Those that get on. */
const advancingIn = perFacts(({ resources }: DrbdStatus): readonly string[] =>
  resources
    .filter(({ connections }) => connections.some((one) => [...one.volumes.values()].some((each) => advancing(each.replication))))
    .map(({ name }) => name),
);

function aroundOf({ both }: Sides, sides: Pair<DrbdSideFacts>): Around {
  const told = sides.map(({ host }) => both.find(({ id }) => id === host.id)?.whole("drbd-status"));
  const volumes = sides.map(({ resource, volume }, index) => {
    const status = told[index];
    const own = status === undefined || resource === undefined ? undefined : resourcesByName(status).get(resource.name);
    return own?.volumes.find((one) => one.volume === volume?.volume);
  });
  // What guests wait for lies in the disk too: that says nothing of it.
  const slow = volumes.flatMap((one, index) => {
    const requests = (one?.upper_pending ?? 0) > 0 ? 0 : (one?.lower_pending ?? 0);
    return requests > 0 ? [{ host: sides[index === 0 ? 0 : 1].host.id, requests }] : [];
  });
  const own = sides.flatMap(({ resource }) => resource?.name ?? []);
  const others = told.flatMap((status) =>
    status === undefined
      ? []
      : advancingIn(status)
          .filter((name) => !own.includes(name))
          .slice(0, OTHERS_MAX),
  );
  return {
    writes_pending: volumes.some((one) => (one?.upper_pending ?? 0) > 0),
    slow_disk: slow[0],
    others: [...new Set(others)].slice(0, OTHERS_MAX),
  };
}
/** Of the other resyncs so many are named. */
const OTHERS_MAX = 3;

/** How soon and how late it may be done, by all rates that are known: lately, on the whole, as DRBD reckons. undefined: one figure, or none. */
function spreadOf(
  left_kib: number | undefined,
  eta_s: number | undefined,
  rates: readonly (number | undefined)[],
  told_s: number | undefined,
): ResyncView["eta_spread_s"] {
  if (left_kib === undefined || eta_s === undefined) return undefined;
  const all = [
    eta_s,
    ...(told_s === undefined ? [] : [told_s]),
    ...rates.flatMap((rate) => (rate !== undefined && rate > 0 ? [Math.ceil(left_kib / rate)] : [])),
  ];
  const [soonest_s, latest_s] = [Math.min(...all), Math.max(...all)];
  return soonest_s === latest_s ? undefined : { soonest_s, latest_s };
}

/** undefined: nothing is synced or verified, and nothing was cut off while it was. */
export function resyncView(of: Sides, sides: Pair<DrbdSideFacts>, key: string): ResyncView | undefined {
  const { history } = of;
  // A side whose host is silent doesn't decide while the other one tells.
  const heard = sides.some(({ host }) => host.trusted) ? sides.filter(({ host }) => host.trusted) : sides;
  const verify = heard.some(isVerifying);
  const active = heard.some(isSyncing) || verify;
  const cut = !active && heard.some(cutOff);
  if (!active && !cut) return undefined;
  const side = teller(sides);
  const samples = history.out_of_sync(`${side.host.id}|${key}`) ?? noSamples;
  const figures = figuresOf(samples);
  const progress = progressOf(side);
  const paused = cut ? undefined : pausedBy(sides);
  const left_kib = side.out_of_sync_kib;
  const size_kib = side.volume?.size_kib;
  const why = stalledWhy({ paused, cut, verify, progress, figures, side, around: () => aroundOf(of, sides) });
  // What DRBD gives as the rate of one that stands still is how it went before.
  const rate_kib_s = why !== undefined ? 0 : verify ? progress.rate_recent_kib_s : (figures.rate_kib_s ?? progress.rate_recent_kib_s);
  const standing = (): Pick<NonNullable<ResyncView["stalled"]>, "since_ms" | "at_least"> =>
    standsSince(of, { side, figures, minor: side.volume?.minor, paused: paused !== undefined, told: progress.stalled === true });
  const measured = !verify && left_kib !== undefined && rate_kib_s !== undefined && rate_kib_s > 0;
  const eta_s = why !== undefined ? undefined : measured ? Math.ceil(left_kib / rate_kib_s) : progress.eta_s;
  const spread = verify ? undefined : spreadOf(left_kib, eta_s, [progress.rate_recent_kib_s, progress.rate_average_kib_s], progress.eta_s);
  return {
    ...directionOf(sides),
    kind: verify ? "verify" : "resync",
    done_percent: progress.done_percent ?? (paused === undefined || verify ? undefined : doneByLog(of, sides, left_kib)),
    in_sync_percent:
      side.peer?.in_sync_percent ??
      (left_kib === undefined || size_kib === undefined || size_kib <= 0 ? undefined : 100 * (1 - Math.min(1, left_kib / size_kib))),
    left_kib,
    rate_kib_s,
    rate_average_kib_s: progress.rate_average_kib_s,
    eta_s,
    ...(spread === undefined ? {} : { eta_spread_s: spread }),
    paused,
    stalled: why === undefined ? undefined : { ...standing(), why },
  };
}
