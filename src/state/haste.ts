/**
 * What came and must be on the screen at once, and what is only a figure that moves: processor time, load, how far a resync is. Figures are shown anew once
 * a second, as ages are; of a busy pair all else would be drawn four times a second for a digit.
 */
import type { ProcDrbd } from "../xen/model/drbd.ts";
import type { Known } from "../xen/model/known.ts";
import type { FactsOf, ReadingId } from "../xen/read/index.ts";
import { drbdChanges } from "./changes/drbd.ts";
import { domainChanges } from "./changes/xen.ts";
import { hostAnswers } from "./freshness.ts";
import type { HostMsg } from "./msg.ts";
import type { HostState } from "./state.ts";

/** Two answers of a reading differ in figures alone. */
type Calm<Facts> = (before: Facts, after: Facts) => boolean;

const wordsOfMinors = ({ version, minors }: ProcDrbd): string =>
  [version, ...minors.map(({ minor, cs, role, peer_role, disk, peer_disk, flags }) => [minor, cs, role, peer_role, disk, peer_disk, flags])]
    .map((each) => JSON.stringify(each))
    .join("\n");

/** A reading that isn't here has no figures that move. */
const calm: { readonly [Id in ReadingId]?: Calm<FactsOf<Id>> } = {
  "xl-list": (before, after) => domainChanges(before, after).length === 0,
  "drbd-status": (before, after) => drbdChanges(before, after).length === 0,
  "drbd-proc": (before, after) => wordsOfMinors(before) === wordsOfMinors(after),
  xentop: () => true,
  host: (before, after) => before.hostname === after.hostname,
};

const isReading = (id: string): id is keyof typeof calm => Object.hasOwn(calm, id);

function onlyFigures<Id extends keyof typeof calm>(id: Id, before: HostState, after: HostState): boolean {
  const [old, now] = [before.facts[id], after.facts[id]] as [Known<FactsOf<Id>>, Known<FactsOf<Id>>];
  const judge = calm[id] as Calm<FactsOf<Id>> | undefined;
  return old.state === "known" && now.state === "known" && judge?.(old.value, now.value) === true;
}

/**
 * state: of a domain, of DRBD, of a link to a host; shown at once. fact: anything else that is known of a host; shown at once, too, but never so that a state
 * would have to wait. line: a word of a log or an event, on which an answer may follow. figure: shown with the next second.
 */
export type Haste = "state" | "fact" | "line" | "figure";

/** What everything else hangs on: where guests run, and what their disks are worth. */
const STATES: ReadonlySet<string> = new Set<ReadingId>(["xl-list", "drbd-status", "drbd-proc"]);

/** before, after: the host that told it, without and with what it told. */
export function hasteOf(msg: HostMsg, before: HostState | undefined, after: HostState | undefined): Haste {
  if (msg.kind === "link.changed" || before === undefined || after === undefined) return "state";
  const { frame } = msg;
  // A beat of a host that answers says that it still does.
  if (frame.kind === "beat") return hostAnswers(before, msg.at_ms) && hostAnswers(after, msg.at_ms) ? "figure" : "state";
  if (frame.kind === "event") return "line";
  if (frame.kind !== "section") return "state";
  if (isReading(frame.id) && onlyFigures(frame.id, before, after)) return "figure";
  return STATES.has(frame.id) ? "state" : "fact";
}
