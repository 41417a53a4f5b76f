/**
 * Both hosts, as the selectors look at them: every fact, how far it can be trusted, and the time, each through a cell. So what is made of them
 * (select/cells.ts) is made again when it must be, and there is no way to a fact around them.
 */
import type { LinkState } from "../../xen/host/link.ts";
import type { HostId, Pair } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import { type FactsOf, type ReadingId, readingIds, readings } from "../../xen/read/index.ts";
import { evidence, hostAnswers } from "../freshness.ts";
import type { History, HostState, PairState, TimelineEntry } from "../state.ts";
import type { Evidence, Freshness } from "../view-model.ts";
import { type Cells, createCells } from "./cells.ts";
import { type Seen, seen } from "./seen.ts";
import { sameMembers, shared } from "./shared.ts";

export interface Side {
  readonly id: HostId;
  readonly index: 0 | 1;
  readonly cells: Cells;
  /** The host says that it lives. */
  readonly answers: boolean;
  readonly link: LinkState | undefined;
  readonly skew_ms: number | undefined;
  /** On the console's clock, to ten seconds. */
  readonly booted_ms: number | undefined;
  readonly freshness: (reading: ReadingId) => Freshness;
  readonly note: (reading: ReadingId) => string | undefined;
  /** With its age, which moves with every answer: not for judging, but to be put to what was judged. */
  readonly evidence: (reading: ReadingId) => Evidence;
  /** All of it as it is in this view, for what is put to a judgement later. */
  readonly evidences: () => EvidenceOf;
  /** The newest value there is, however old, without what differs at every look. Its parts keep their identity as long as they are equal. */
  readonly known: <Id extends ReadingId>(reading: Id) => Seen<Id> | undefined;
  /** The same with all that was told. */
  readonly whole: <Id extends ReadingId>(reading: Id) => FactsOf<Id> | undefined;
  /** Only what may be relied on now. */
  readonly fresh: <Id extends ReadingId>(reading: Id) => Seen<Id> | undefined;
  /** The last attempt gave a value, or says that there is nothing to have: when its content last changed, and when it was confirmed. */
  readonly changed: (reading: ReadingId) => { readonly at_ms: number; readonly changed_ms: number } | undefined;
  readonly isAbsent: (reading: ReadingId) => boolean;
}

export type EvidenceOf = (reading: ReadingId) => Evidence;

type Series<Name extends keyof History> = History[Name] extends ReadonlyMap<string, infer Value> ? Value : never;

export interface Sides {
  readonly cells: Cells;
  readonly both: Pair<Side>;
  readonly priority: () => readonly string[] | undefined;
  readonly timeline: () => readonly TimelineEntry[];
  /** `key` as in state.ts; undefined: nothing was kept. */
  readonly history: { readonly [Name in keyof History]: (key: string) => Series<Name> | undefined };
  readonly path_losses: () => History["path_losses"];
}

/** What a view is made from. */
interface Look {
  state: PairState;
  now_ms: number;
  /** Each reading of each host is judged once. */
  judged: Pair<Judgements>;
}
type Judgements = (reading: ReadingId, judge: () => Evidence) => Evidence;
function judgements(): Judgements {
  const made = new Map<ReadingId, Evidence>();
  return (reading, judge) => {
    const old = made.get(reading);
    if (old !== undefined) return old;
    const found = judge();
    made.set(reading, found);
    return found;
  };
}

function evidenceOf(host: HostState | undefined, id: HostId, reading: ReadingId, now_ms: number): Evidence {
  if (host !== undefined) return evidence(host, reading, now_ms);
  return { host: id, reading, source: readings[reading].source, at_ms: undefined, freshness: "never", note: undefined };
}

/** Uptimes are told in seconds and arrive when they arrive: a boot that moved less is the same. */
const BOOT_STEP_MS = 10_000;

/** A class, so that it is never taken for plain data and copied (select/shared.ts). */
class WatchedSide implements Side {
  readonly id: HostId;
  readonly index: 0 | 1;
  readonly cells: Cells;
  readonly freshness: Side["freshness"];
  readonly note: Side["note"];
  readonly evidence: Side["evidence"];
  readonly evidences: Side["evidences"];
  readonly changed: Side["changed"];
  readonly isAbsent: Side["isAbsent"];
  readonly #answers: () => boolean;
  readonly #link: () => LinkState | undefined;
  readonly #skew_ms: () => number | undefined;
  readonly #booted_ms: () => number | undefined;
  readonly #known: (reading: ReadingId) => unknown;
  readonly #whole: (reading: ReadingId) => unknown;

  constructor(cells: Cells, at: Look, index: 0 | 1) {
    const id = at.state.order[index];
    const host = (): HostState | undefined => at.state.hosts.get(id);
    const judged = (reading: ReadingId): Evidence => at.judged[index](reading, () => evidenceOf(host(), id, reading, at.now_ms));
    const told = <Id extends ReadingId>(reading: Id) => newest(host()?.facts[reading]) as FactsOf<Id> | undefined;
    this.id = id;
    this.index = index;
    this.cells = cells;
    this.evidence = cells.inputs(judged, sameMembers);
    this.evidences = cells.gate((): EvidenceOf => {
      const all = new Map(readingIds.map((reading) => [reading, this.evidence(reading)] as const));
      return (reading) => all.get(reading) ?? judged(reading);
    });
    this.freshness = cells.inputs((reading: ReadingId) => judged(reading).freshness);
    this.note = cells.inputs((reading: ReadingId) => judged(reading).note);
    this.changed = cells.inputs((reading: ReadingId) => {
      const now = host()?.facts[reading];
      return now?.state === "known" ? { at_ms: now.at_ms, changed_ms: now.changed_ms } : undefined;
    }, sameOptional);
    this.isAbsent = cells.inputs((reading: ReadingId) => host()?.facts[reading].state === "absent");
    this.#answers = cells.input(() => hostAnswers(host(), at.now_ms));
    this.#link = cells.input(() => host()?.link);
    this.#skew_ms = cells.input(() => host()?.beat?.skew_ms);
    this.#booted_ms = cells.input(() => {
      const beat = host()?.beat;
      return beat === undefined ? undefined : Math.floor(beat.at_ms / BOOT_STEP_MS - (beat.uptime_s * 1000) / BOOT_STEP_MS) * BOOT_STEP_MS;
    });
    this.#whole = cells.inputs(told);
    this.#known = cells.inputs((reading: ReadingId) => seen(reading, told(reading)), shared);
  }

  get answers(): boolean {
    return this.#answers();
  }
  get link(): LinkState | undefined {
    return this.#link();
  }
  get skew_ms(): number | undefined {
    return this.#skew_ms();
  }
  get booted_ms(): number | undefined {
    return this.#booted_ms();
  }
  known<Id extends ReadingId>(reading: Id): Seen<Id> | undefined {
    return this.#known(reading) as Seen<Id> | undefined;
  }
  whole<Id extends ReadingId>(reading: Id): FactsOf<Id> | undefined {
    return this.#whole(reading) as FactsOf<Id> | undefined;
  }
  fresh<Id extends ReadingId>(reading: Id): Seen<Id> | undefined {
    return this.freshness(reading) === "fresh" ? this.known(reading) : undefined;
  }
}
const sameOptional = <T extends object>(old: T | undefined, made: T | undefined): T | undefined =>
  old === undefined || made === undefined ? made : sameMembers(old, made);

function createHistory(cells: Cells, at: Look): Sides["history"] {
  // What was kept is the very same until something is added: then its parts are compared.
  const series = <Name extends keyof History>(name: Name) => {
    const kept = cells.input(() => at.state.history[name] as ReadonlyMap<string, Series<Name>>);
    return cells.parts(kept);
  };
  return {
    out_of_sync: series("out_of_sync"),
    path_losses: series("path_losses"),
    connection_changes: series("connection_changes"),
    nfs: series("nfs"),
    fill: series("fill"),
    bad_copies: series("bad_copies"),
    domain_since: series("domain_since"),
  };
}

export interface Watched {
  readonly sides: Sides;
  /** Begins a view of this. The hosts and their order are those of the first. */
  look(state: PairState, now_ms: number): void;
}

/** Sides that go on from view to view. */
export function watch(state: PairState, now_ms: number): Watched {
  const cells = createCells();
  const at: Look = { state, now_ms, judged: [judgements(), judgements()] };
  const look = (next: PairState, next_ms: number): void => {
    at.state = next;
    at.now_ms = next_ms;
    at.judged = [judgements(), judgements()];
    cells.begin(next_ms);
  };
  look(state, now_ms);
  return {
    look,
    sides: {
      cells,
      both: [new WatchedSide(cells, at, 0), new WatchedSide(cells, at, 1)],
      priority: cells.input(() => at.state.priority),
      timeline: cells.input(() => at.state.timeline),
      history: createHistory(cells, at),
      path_losses: cells.input(() => at.state.history.path_losses),
    },
  };
}

/** For one view. */
export const sidesOf = (state: PairState, now_ms: number): Sides => watch(state, now_ms).sides;

export const eachSide = <T>({ both }: Sides, make: (here: Side, there: Side) => T): Pair<T> => [
  make(both[0], both[1]),
  make(both[1], both[0]),
];
