/**
 * Paths that are lost again and again. One loss is one flap; the return that follows isn't another.
 *
 * Losses are told by the host's kernel ("Failing path", also for the hours before this console came) and seen from one answer of multipathd to the
 * next, which misses what is shorter than its cadence. Both tell of the same: the longer account of a path counts.
 */
import type { Cells } from "./cells.ts";
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import type { Side, Sides } from "./sides.ts";

/** Losses are counted over this long. */
export const FLAP_WINDOW_MS = 10 * 60_000;
/** As many losses of one path within the window are flapping: more than three. */
export const FLAP_LOSSES_MIN = 4;
/** Once flapping it is so until its paths have held for as long: between two losses nothing is well. */
export const FLAP_QUIET_MS = 10 * 60_000;

/** Times at which a path was lost, oldest first, by the path's name. */
export type LossesByPath = ReadonlyMap<string, readonly number[]>;

export interface Flapping {
  /** Those that flap. */
  readonly paths: readonly string[];
  /** The first loss of this series. */
  readonly since_ms: number;
  readonly last_ms: number;
}

/** sd_mod has these majors, each for sixteen disks. */
const SD_MAJORS = [8, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131, 132, 133, 134, 135];
const PARTITIONS = 16;

/** `8:16` is sdb; what isn't a whole SCSI disk keeps its number. */
export function pathName(major: number, minor: number): string {
  const block = SD_MAJORS.indexOf(major);
  if (block < 0 || minor % PARTITIONS !== 0) return `${major}:${minor}`;
  let letters = "";
  for (let index = block * PARTITIONS + minor / PARTITIONS; index >= 0; index = Math.floor(index / 26) - 1)
    letters = String.fromCharCode(97 + (index % 26)) + letters;
  return `sd${letters}`;
}

// DMWARN in drivers/md/dm-mpath.c, fail_path(): once per loss, since a path that has failed isn't failed again.
const failing = /^device-mapper: multipath: \d{1,7}:(\d{1,7}): Failing path (\d{1,7}):(\d{1,7})\.?$/;

type Found = Map<string, Map<string, number[]>>;
function note(found: Found, map: string, path: string, ...times: readonly number[]): void {
  const paths = found.get(map) ?? new Map<string, number[]>();
  found.set(map, paths.set(path, [...(paths.get(path) ?? []), ...times]));
}

/** By `HOST|dm-6`, since its boot: then the same number may be another map's. */
const toldLosses = perFacts((sides: Sides) =>
  sides.cells.cell((): ReadonlyMap<string, LossesByPath> => {
    const found: Found = new Map();
    const booted_ms = new Map(sides.both.map((side) => [side.id, side.booted_ms ?? Number.NEGATIVE_INFINITY]));
    for (const { host, origin, text, at_ms } of sides.timeline()) {
      if (host === undefined || origin !== "journal" || at_ms < (booted_ms.get(host) ?? 0)) continue;
      const line = failing.exec(text);
      if (line !== null) note(found, `${host}|dm-${line[1]}`, pathName(Number(line[2]), Number(line[3])), at_ms);
    }
    return found;
  }, shared),
);

/** By `HOST|WWID`. Keys are `HOST|WWID|PATH`; a WWID has no bar in it. */
const seenLosses = perFacts((sides: Sides) =>
  sides.cells.cell((): ReadonlyMap<string, LossesByPath> => {
    const found: Found = new Map();
    for (const [key, times] of sides.path_losses()) {
      const bar = key.lastIndexOf("|");
      note(found, key.slice(0, bar), key.slice(bar + 1), ...times);
    }
    return found;
  }, shared),
);

export type LossesOf = (side: Side, wwid: string, dm_device: string | undefined) => LossesByPath;

export const lossesOf = perFacts((sides: Sides): LossesOf => {
  const none: LossesByPath = new Map();
  return (side, wwid, dm_device) => {
    const seen = seenLosses(sides)().get(`${side.id}|${wwid}`) ?? none;
    const told = toldLosses(sides)().get(`${side.id}|${dm_device}`) ?? none;
    if (told.size === 0) return seen;
    const paths = [...new Set([...seen.keys(), ...told.keys()])].sort();
    return new Map(
      paths.map((path) => {
        const [one, other] = [seen.get(path) ?? [], told.get(path) ?? []];
        return [path, one.length > other.length ? one : other] as const;
      }),
    );
  };
});

type Clock = Pick<Cells, "after">;

/** Losses of the path that was lost most often in the window. */
export function flapsOf(losses: LossesByPath, clock: Clock): number {
  const counts = [...losses.values()].map((times) => times.filter((at_ms) => !clock.after(at_ms + FLAP_WINDOW_MS)).length);
  return Math.max(0, ...counts);
}

/** The last series of losses with no quiet time in it, if it ever was dense enough and isn't over. */
function series(times: readonly number[], clock: Clock): readonly number[] | undefined {
  const last_ms = times.at(-1);
  if (last_ms === undefined || clock.after(last_ms + FLAP_QUIET_MS)) return undefined;
  const rest = times.findLastIndex((at_ms, index) => at_ms - (times[index - 1] ?? Number.NEGATIVE_INFINITY) > FLAP_QUIET_MS);
  const run = times.slice(Math.max(0, rest));
  const dense = run.some((at_ms, index) => at_ms - (run[index - FLAP_LOSSES_MIN + 1] ?? Number.NEGATIVE_INFINITY) <= FLAP_WINDOW_MS);
  return dense ? run : undefined;
}

export function flappingOf(losses: LossesByPath, clock: Clock): Flapping | undefined {
  const runs = [...losses].flatMap(([path, times]) => {
    const run = series(times, clock);
    return run === undefined ? [] : [{ path, run }];
  });
  if (runs.length === 0) return undefined;
  return {
    paths: runs.map(({ path }) => path),
    since_ms: Math.min(...runs.map(({ run }) => run[0] ?? 0)),
    last_ms: Math.max(...runs.map(({ run }) => run.at(-1) ?? 0)),
  };
}
