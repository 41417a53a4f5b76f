/** (state, what happened) -> state. Pure; the only place where a pair's state changes. */
import type { LinkState } from "../xen/host/link.ts";
import { LINES_LEFT_OUT, type ProbeFrame } from "../xen/host/wire.ts";
import type { HostId, Pair } from "../xen/model/ids.ts";
import { type Known, newest, unknown } from "../xen/model/known.ts";
import { clean } from "../xen/read/clean.ts";
import { describeEvent, parseEvents2Line } from "../xen/read/drbd-events2.ts";
import { type FactsOf, type ReadingId, readingIds, readings } from "../xen/read/index.ts";
import { parseKernelLine } from "../xen/read/kernel-log.ts";
import { type ParseResult, RC_ABSENT, type Reading } from "../xen/read/reading.ts";
import { type Ack, withAck, withoutAck } from "./acks.ts";
import type { Change, DescribeChanges } from "./changes/change.ts";
import { describers } from "./changes/index.ts";
import { lateness } from "./freshness.ts";
import { emptyHistory, remembered, rememberedAfterBoot } from "./history.ts";
import { greeted } from "./identity.ts";
import { lookedAt } from "./lives.ts";
import type { Msg } from "./msg.ts";
import type { Facts, HostState, PairState } from "./state.ts";
import { appended, type NewEntry, told, unheard } from "./timeline.ts";

type SectionFrame = Extract<ProbeFrame, { kind: "section" }>;
type BeatFrame = Extract<ProbeFrame, { kind: "beat" }>;

interface Beginning {
  readonly name: string;
  readonly hosts: Pair<HostId>;
  readonly now_ms: number;
  readonly priority?: readonly string[] | undefined;
}

export function initialState({ name, hosts, now_ms, priority }: Beginning): PairState {
  const nothing = Object.fromEntries(readingIds.map((id) => [id, unknown])) as Facts;
  const host = (id: HostId): [HostId, HostState] => [
    id,
    { id, link: { phase: "idle" }, trouble: undefined, hello: undefined, beat: undefined, running_since_ms: new Map(), facts: nothing },
  ];
  return {
    name,
    started_ms: now_ms,
    order: hosts,
    ...(priority === undefined || priority.length === 0 ? {} : { priority }),
    hosts: new Map([host(hosts[0]), host(hosts[1])]),
    timeline: [],
    history: emptyHistory,
    lives: new Map(),
    acks: new Map(),
  };
}

export function update(state: PairState, msg: Msg): PairState {
  switch (msg.kind) {
    case "link.changed":
    case "probe.told": {
      const host = state.hosts.get(msg.host);
      if (host === undefined) return state;
      return msg.kind === "link.changed" ? linkChanged(state, host, msg.link, msg.at_ms) : probeTold(state, host, msg.frame, msg.at_ms);
    }
    case "pair.looked_at":
      return lookedAt(state, msg.findings, msg.at_ms);
    case "finding.noted":
      return noted(state, msg.ack, msg.at_ms);
    case "finding.note_withdrawn":
      return noteWithdrawn(state, msg);
  }
}

/** A finding by what it said last; what isn't found any more is named by its key. */
const causeOf = ({ lives }: PairState, key: string): string => lives.get(key)?.finding.cause ?? key;
const objectOf = ({ lives, name }: PairState, key: string): string => lives.get(key)?.finding.object ?? name;

/** Read from the operator's file at the start, it is no news: its time is then. */
function noted(state: PairState, ack: Ack, at_ms: number): PairState {
  const next = { ...state, acks: withAck(state.acks, ack) };
  if (ack.at_ms !== at_ms) return next;
  const word = ack.until_ms === undefined ? "acknowledged" : `snoozed for ${Math.round((ack.until_ms - ack.at_ms) / 60_000)} min`;
  return toldOf(next, ack.key, at_ms, `${word} by ${ack.by}: ${causeOf(state, ack.key)}`);
}

function noteWithdrawn(state: PairState, { key, by, at_ms }: Extract<Msg, { kind: "finding.note_withdrawn" }>): PairState {
  if (!state.acks.has(key)) return state;
  return toldOf({ ...state, acks: withoutAck(state.acks, key) }, key, at_ms, `note withdrawn by ${by}: ${causeOf(state, key)}`);
}

function toldOf(state: PairState, key: string, at_ms: number, text: string): PairState {
  const rule = key.slice(0, key.indexOf(" "));
  const news: NewEntry = { host: undefined, at_ms, origin: "seen", rule, object: objectOf(state, key), text, severity: "info" };
  return { ...state, timeline: appended(state.timeline, [news]) };
}

function withHost(state: PairState, host: HostState, entries: readonly NewEntry[] = []): PairState {
  return { ...state, hosts: new Map(state.hosts).set(host.id, host), timeline: appended(state.timeline, entries) };
}

const entry = (host: HostId, at_ms: number, text: string, severity: NewEntry["severity"], object: string = host): NewEntry => ({
  host,
  at_ms,
  text,
  severity,
  object,
  origin: "seen",
});

/** Told once per turn of events, not for every attempt. */
function linkWords(before: LinkState, link: LinkState): { text: string; severity: NewEntry["severity"] } | undefined {
  if (link.phase === before.phase) return undefined;
  switch (link.phase) {
    case "live":
      return { text: "connected", severity: "ok" };
    case "unreachable":
      // Attempts alternate connecting and unreachable: only the first failure is news.
      return before.phase === "connecting" && before.attempt > 1
        ? undefined
        : { text: `no contact: ${link.hop}: ${link.reason}`, severity: "warning" };
    case "refused":
      return { text: `not connected: ${link.hop}: ${link.reason}`, severity: "warning" };
    case "needs_auth":
      return { text: `waiting for an answer: ${link.what}`, severity: "info" };
    case "idle":
    case "connecting":
      return undefined;
  }
}

function troubleAfter({ trouble }: HostState, link: LinkState): HostState["trouble"] {
  if (link.phase === "unreachable") return { hop: link.hop, reason: link.reason, since_ms: trouble?.since_ms ?? link.since_ms };
  return link.phase === "connecting" ? trouble : undefined;
}

function linkChanged(state: PairState, host: HostState, link: LinkState, at_ms: number): PairState {
  const words = linkWords(host.link, link);
  // What runs on the host is known only while it tells.
  const running_since_ms = link.phase === "live" ? host.running_since_ms : new Map<ReadingId, number>();
  const { twin: _, ...alone } = host;
  return withHost(
    state,
    { ...alone, link, trouble: troubleAfter(host, link), running_since_ms },
    words === undefined ? [] : [entry(host.id, at_ms, words.text, words.severity)],
  );
}

function probeTold(state: PairState, host: HostState, frame: ProbeFrame, arrived_ms: number): PairState {
  const at_ms = arrived_ms - (host.beat?.late_ms ?? 0);
  switch (frame.kind) {
    case "hello": {
      const fields = new Map([...frame.fields].map(([key, value]) => [clean(key, 64), clean(value, 256)]));
      const beat = { at_ms: arrived_ms, late_ms: 0, uptime_s: frame.uptime_s, skew_ms: skew(frame.wall_s, arrived_ms, undefined) };
      const greeting = { ...host, hello: fields, beat, running_since_ms: new Map() };
      const { hosts, entries, booted } = greeted(state, greeting, host.hello, arrived_ms);
      const history = booted ? rememberedAfterBoot(state.history, host.id) : state.history;
      return { ...state, hosts, history, timeline: appended(state.timeline, entries) };
    }
    case "beat":
      return beaten(state, host, frame, arrived_ms);
    case "section":
      return isReading(frame.id) ? answered(state, host, frame.id, frame, at_ms) : state;
    case "event":
      return happened(state, host, frame, at_ms);
    case "bye":
      return state;
  }
}

/** A clock that was set, not one that drifts. */
const CLOCK_STEP_MS = 2000;

/**
 * The wall clock crosses the network, so each sample comes out too low by what that took: the highest is nearest to the truth. Lower ones pull
 * it down slowly (drift), or at once where the clock was set.
 */
function skew(wall_s: number | undefined, at_ms: number, previous_ms: number | undefined): number | undefined {
  if (wall_s === undefined) return previous_ms;
  const sample_ms = wall_s * 1000 - at_ms;
  if (previous_ms === undefined || sample_ms >= previous_ms || previous_ms - sample_ms > CLOCK_STEP_MS) return sample_ms;
  return previous_ms + (sample_ms - previous_ms) / 8;
}

function beaten(state: PairState, host: HostState, frame: BeatFrame, arrived_ms: number): PairState {
  // Nothing is known before the first repeated stamp: a link that lets a hello through is on time.
  const late_ms = lateness(frame.asked_ms, arrived_ms);
  const at_ms = arrived_ms - late_ms;
  const running_since_ms = new Map<ReadingId, number>();
  for (const { id, for_s } of frame.running) if (isReading(id)) running_since_ms.set(id, at_ms - for_s * 1000);
  let next: HostState = {
    ...host,
    beat: { at_ms, late_ms, uptime_s: frame.uptime_s, skew_ms: skew(frame.wall_s, arrived_ms, host.beat?.skew_ms) },
    running_since_ms,
  };
  let { history } = state;
  for (const id of frame.same) {
    if (!isReading(id)) continue;
    const known: Known<unknown> = next.facts[id];
    if (known.state === "unknown") continue;
    next = { ...next, facts: { ...next.facts, [id]: { ...known, at_ms } } };
    if (known.state === "known") history = sameAgain(history, host.id, id, known.value, at_ms);
  }
  return { ...withHost(state, next), history };
}

function sameAgain(history: PairState["history"], host: HostId, id: ReadingId, value: unknown, at_ms: number): PairState["history"] {
  const facts = value as FactsOf<typeof id>;
  return remembered(history, id, { host, before: facts, before_ms: at_ms, after: facts, at_ms });
}

const isReading = (id: string): id is ReadingId => Object.hasOwn(readings, id);

/** Exit statuses of `timeout`: the command was ended at its limit. */
const RC_TIMED_OUT: readonly number[] = [124, 137];

function understood<Id extends ReadingId>(id: Id, frame: SectionFrame): ParseResult<FactsOf<Id>> {
  const reading = readings[id] as unknown as Reading<FactsOf<Id>>;
  if (frame.rc === RC_ABSENT) {
    const result = reading.parse(frame);
    return result.ok || result.kind !== "absent" ? { ok: false, kind: "absent", why: "not on this host" } : result;
  }
  if (RC_TIMED_OUT.includes(frame.rc))
    return { ok: false, kind: "failed", error: `no answer within ${reading.timeout_s} s`, no_answer: true };
  try {
    return reading.parse(frame);
  } catch (error) {
    // Parsers are total; one that isn't must not take the screen down with it in the middle of an incident.
    return { ok: false, kind: "failed", error: `xenha-tui could not read the answer (a bug: ${clean(String(error), 120)})` };
  }
}

function answered<Id extends ReadingId>(state: PairState, host: HostState, id: Id, frame: SectionFrame, at_ms: number): PairState {
  const before = host.facts[id] as Known<FactsOf<Id>>;
  const result = understood(id, frame);
  const known = knownAfter(before, result, at_ms, frame.asked_ms);
  const running_since_ms = new Map(host.running_since_ms);
  running_since_ms.delete(id);
  const next: HostState = { ...host, running_since_ms, facts: { ...host.facts, [id]: known } };
  if (!result.ok) {
    const news =
      result.kind === "failed" && before.state === "known"
        ? [{ ...entry(host.id, at_ms, `${readings[id].source}: ${result.error}`, "warning"), reading: id }]
        : [];
    return withHost(state, next, news);
  }
  const old = newest(before);
  const _describe = describers[id];
  const changes = old === undefined ? [] : unsaid(state, host.id, id, before, changesOf(id, old, result.facts));
  const history = remembered(state.history, id, { host: host.id, before: old, before_ms: confirmedAt(before), after: result.facts, at_ms });
  const filled = { ...withHost(state, next, told(changes, host.id, id, at_ms)), history };
  return id === "kernel-log" || id === "xl-logs" ? backFilled(filled, next, id, at_ms) : filled;
}

/** When its newest value was last confirmed. */
const confirmedAt = (known: Known<unknown>): number | undefined =>
  known.state === "known" ? known.at_ms : known.state === "failed" ? known.last?.at_ms : undefined;

function changesOf<Id extends ReadingId>(id: Id, old: FactsOf<Id>, now: FactsOf<Id>): readonly Change[] {
  const describe = describers[id] as DescribeChanges<FactsOf<Id>> | undefined;
  return describe === undefined ? [] : describe(old, now);
}

/** How far before the last answer an event may have been told of what this answer shows. */
const EVENT_LEAD_MS = 3000;
/** What lines that a host left out of a burst may have told shows in the reading, which each of them has asked for. */
export const EVENTS_LEFT_OUT = "more changes at once than are sent: some of them are told by the status alone";
/** Newest entries looked through for that. */
const EVENT_LOOK_BACK_MAX = 300;

/** DRBD's changes without those that its event stream has already told: events come first and are the finer account. */
function unsaid(state: PairState, host: HostId, id: ReadingId, before: Known<unknown>, changes: readonly Change[]): readonly Change[] {
  if (id !== "drbd-status" || before.state === "unknown" || changes.length === 0) return changes;
  const since_ms = before.at_ms - EVENT_LEAD_MS;
  const resource = (object: string): string => object.split("/")[0] ?? object;
  const recent = state.timeline
    .slice(-EVENT_LOOK_BACK_MAX)
    .filter((line) => line.host === host && line.event === true && line.at_ms >= since_ms);
  // Of what was left out nobody has told yet.
  if (recent.some(({ text }) => text === EVENTS_LEFT_OUT)) return changes;
  const said = new Set(recent.map(({ object }) => resource(object)));
  return changes.filter(({ object }) => !said.has(resource(object)));
}

function knownAfter<T>(before: Known<T>, result: ParseResult<T>, at_ms: number, asked_ms: number | undefined): Known<T> {
  const asked = asked_ms === undefined ? {} : { asked_ms };
  if (result.ok) return { state: "known", value: result.facts, at_ms, changed_ms: at_ms, ...asked };
  if (result.kind === "absent") return { state: "absent", why: result.why, at_ms };
  const last =
    before.state === "known" ? { value: before.value, at_ms: before.at_ms } : before.state === "failed" ? before.last : undefined;
  return { state: "failed", error: result.error, at_ms, last, ...(result.no_answer === true ? { no_answer: true } : {}) };
}

const alarming = /split-?brain|i\/o error|lost|fail|dead|timed out|hung|crash|blocked for more|standalone|error/i;

/**
 * What the host's own journals tell of the hours before, on the console's clock. Lines without a time can't be placed and are left to the detail view: of
 * xl's logs that is all but the last line of each file.
 */
function backFilled(state: PairState, host: HostState, reading: "kernel-log" | "xl-logs", at_ms: number): PairState {
  const skew_ms = host.beat?.skew_ms ?? 0;
  const lines = newest(host.facts[reading]) ?? [];
  const entries = lines.flatMap(({ host_wall_ms, subject, text }): NewEntry[] =>
    host_wall_ms === undefined
      ? []
      : [
          {
            host: host.id,
            at_ms: Math.min(host_wall_ms - skew_ms, at_ms),
            origin: "journal",
            reading,
            object: subject ?? (reading === "xl-logs" ? "xl" : "kernel"),
            text,
            severity: alarming.test(text) ? "warning" : "info",
          },
        ],
  );
  return { ...state, timeline: appended(state.timeline, unheard(state.timeline, entries)) };
}

function happened(state: PairState, host: HostState, { stream, line }: Extract<ProbeFrame, { kind: "event" }>, at_ms: number): PairState {
  if (stream === "drbd") {
    if (line === LINES_LEFT_OUT) return withHost(state, host, [{ ...entry(host.id, at_ms, EVENTS_LEFT_OUT, "info", "DRBD"), event: true }]);
    const event = parseEvents2Line(line);
    const words = event === undefined ? undefined : describeEvent(event);
    if (words === undefined) return state;
    return withHost(state, host, [{ ...entry(host.id, at_ms, words.text, words.severity, words.object), event: true }]);
  }
  if (stream !== "kernel") return state;
  const said = parseKernelLine(line);
  if (said === undefined) return state;
  const news: NewEntry = {
    host: host.id,
    at_ms,
    origin: "journal",
    reading: "kernel-log",
    object: said.subject ?? "kernel",
    text: said.text,
    severity: alarming.test(said.text) ? "warning" : "info",
  };
  return withHost(state, host, unheard(state.timeline, [news]));
}
