/**
 * Split brain, by signature 16 of the domain page: StandAlone here and not connected there, and proof that both sides were written
 * while apart. Proof is the kernel's own "Split-Brain detected" that no later connection has made history, or generations of which
 * neither side knows the other's.
 */
import type { DrbdGenerations } from "../../xen/model/drbd.ts";
import type { Pair } from "../../xen/model/ids.ts";
import { wordOf } from "../../xen/read/drbd-words.ts";
import type { DrbdRow } from "../view-model.ts";
import type { DrbdSideFacts } from "./drbd-sides.ts";
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import type { Sides } from "./sides.ts";

interface Detected {
  /** Console clock; undefined: the line has no time. */
  readonly at_ms: number | undefined;
  readonly text: string;
}
/** By `HOST r:RESOURCE` and `HOST m:MINOR`, in the order the host told them: the last word on each. */
interface LogState {
  readonly order: number;
  readonly detected: Detected | undefined;
}
type SplitLog = ReadonlyMap<string, LogState>;

const detection = /Split-Brain detected/;
// What shows that the peers have come together since.
const together = /conn\( \S{1,30} -> (?:Connected|WFBitMap[ST]|Sync(?:Source|Target)) \)|Began resync|Resync done/;
const ofResource = /^drbd ([^/]{1,200})(?:\/\d{1,7})?$/;
const ofMinor = /^drbd(\d{1,7})$/;

function subjectKey(subject: string): string | undefined {
  const resource = ofResource.exec(subject);
  if (resource !== null) return `r:${resource[1]}`;
  const minor = ofMinor.exec(subject);
  return minor === null ? undefined : `m:${minor[1]}`;
}

/** One pass over what is known of both kernel logs: back-filled facts first, then what the timeline has heard since. */
function splitLog(sides: Sides): SplitLog {
  const found = new Map<string, LogState>();
  let order = 0;
  const note = (host: string, subject: string | undefined, text: string, at_ms: number | undefined): void => {
    if (!text.includes("Split-Brain") && !text.includes("conn(") && !text.includes("esync")) return;
    const key = subject === undefined ? undefined : subjectKey(subject);
    const detected = detection.test(text);
    if (key === undefined || (!detected && !together.test(text))) return;
    order += 1;
    found.set(`${host} ${key}`, { order, detected: detected ? { at_ms, text } : undefined });
  };
  for (const side of sides.both) {
    const skew_ms = side.skew_ms ?? 0;
    for (const { host_wall_ms, subject, text } of side.known("kernel-log") ?? [])
      note(side.id, subject, text, host_wall_ms === undefined ? undefined : host_wall_ms - skew_ms);
  }
  for (const { host, origin, object, text, at_ms } of sides.timeline())
    if (host !== undefined && origin === "journal") note(host, object, text, at_ms);
  return found;
}

/** Read only where a split brain is in question: the log changes with every line that a kernel says. */
const logCell = perFacts((sides: Sides) => sides.cells.cell(() => splitLog(sides), shared));

function detectedFor(log: SplitLog, side: DrbdSideFacts, resource: string): Detected | undefined {
  const minor = side.volume?.minor;
  const told = [log.get(`${side.host.id} r:${resource}`), minor === undefined ? undefined : log.get(`${side.host.id} m:${minor}`)];
  const last = told.reduce((latest, next) => (next !== undefined && next.order > (latest?.order ?? -1) ? next : latest), undefined);
  return last?.detected;
}

/** The lowest bit only says whether the node was Primary (drbd_int.h, UUID_PRIMARY). */
const generation = (hex: string): string => {
  const last = Number.parseInt(hex.slice(-1), 16);
  return `${hex.slice(0, -1)}${(last & 14).toString(16).toUpperCase()}`;
};

/** Each holds a generation that the other has never heard of. */
function diverged([one, other]: Pair<DrbdGenerations | undefined>): boolean {
  if (one?.current === undefined || other?.current === undefined) return false;
  const knows = (side: DrbdGenerations, hex: string): boolean =>
    [side.current, side.bitmap, ...side.history].some((known) => known !== undefined && generation(known) === generation(hex));
  return !knows(one, other.current) && !knows(other, one.current);
}

const alone = (side: DrbdSideFacts): boolean => side.present && side.connection === "StandAlone";
const apart = (side: DrbdSideFacts): boolean => side.connection !== "Connected" || !side.host.trusted;

export function splitBrain(of: Sides, resource: string, sides: Pair<DrbdSideFacts>): DrbdRow["split_brain"] {
  if (!sides.some((side) => alone(side)) || !sides.every(apart)) return undefined;
  const log = logCell(of)();
  const detected = sides.flatMap((side) => {
    const told = detectedFor(log, side, resource);
    return told === undefined ? [] : [{ side, told }];
  });
  const trees = sides.every(({ host }) => host.generations_fresh) && diverged([sides[0].generations, sides[1].generations]);
  if (detected.length === 0 && !trees) return undefined;
  const times = detected.flatMap(({ told }) => told.at_ms ?? []);
  const words = sides.flatMap((side) =>
    side.connection === undefined
      ? []
      : [
          `${side.host.id}: ${wordOf(side.role)}, ${wordOf(side.disk)}, ${wordOf(side.connection)}${side.out_of_sync_kib === undefined ? "" : `, ${side.out_of_sync_kib} KiB out-of-sync`}`,
        ],
  );
  return {
    evidence: [
      ...detected.map(({ side, told }) => `${side.host.id}: kernel: ${told.text}`),
      ...(trees ? ["generations: neither host knows the other's current one"] : []),
      ...words,
    ],
    since_ms: times.length === 0 ? undefined : Math.min(...times),
  };
}
