/**
 * How a value is drawn according to how far it can be trusted: fresh as it is, anything else with `~` in the stale tone and, where there is room
 * for it, its age. Unknown is `?` and a word; absent is a dash. Nothing that isn't fresh ever gets the ok tone.
 */
import type { Evidence, HostView, Judged, PairView, Severity } from "../../state/view-model.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { age, severityWord } from "../format.ts";
import type { Line, Span, Tone } from "../pane.ts";
import { severityTone, symbolsOf } from "../symbols.ts";

/** undefined: fresh. Else how old, with a word where it isn't plain old age. */
export interface Doubt {
  /** undefined: nothing was ever told. */
  readonly age_ms: number | undefined;
}
export type Trust = Doubt | undefined;

/** The host says freshly that it has or hasn't it. */
export const isFresh = (evidence: Evidence): boolean => evidence.freshness === "fresh" || evidence.freshness === "absent";

const trusted = new WeakMap<PairView, boolean>();
/** Both hosts are live and all that they tell is fresh: then nothing of two hundred rows has to be asked for its sources. Looked up once per view. */
export function isTrusted(view: PairView): boolean {
  const known = trusted.get(view);
  if (known !== undefined) return known;
  const all = view.hosts.every(({ reach, readings }) => reach === "live" && readings.every(isFresh));
  trusted.set(view, all);
  return all;
}

/** The host lacks what all of these readings need, and says so. */
export function isAbsent(host: HostView, readings: readonly string[]): boolean {
  const evidence = host.readings.filter((each) => readings.includes(each.reading));
  return evidence.length > 0 && evidence.every(({ freshness }) => freshness === "absent");
}

export function trustOf(evidence: Evidence | undefined, now_ms: number): Trust {
  if (evidence === undefined || isFresh(evidence)) return undefined;
  return { age_ms: evidence.at_ms === undefined ? undefined : now_ms - evidence.at_ms };
}

/** Every cell of every guest asks for its host's trust: judged once per host view and moment. */
const judgedHosts = new WeakMap<HostView, { readonly now_ms: number; readonly trust: Map<string, Trust> }>();

/** Of a host's own figures: by its readings of these ids where it has told of them, and by whether it answers at all. */
export function trustOfHost(host: HostView, readings: readonly string[], now_ms: number): Trust {
  const known = judgedHosts.get(host);
  const judgedNow = known !== undefined && known.now_ms === now_ms ? known : { now_ms, trust: new Map<string, Trust>() };
  if (judgedNow !== known) judgedHosts.set(host, judgedNow);
  const asked = readings.join(" ");
  if (!judgedNow.trust.has(asked)) judgedNow.trust.set(asked, judgeHost(host, readings, now_ms));
  return judgedNow.trust.get(asked);
}

function judgeHost(host: HostView, readings: readonly string[], now_ms: number): Trust {
  const evidence = host.readings.filter((each) => readings.includes(each.reading));
  const doubt = oldest(evidence.map((each) => trustOf(each, now_ms)));
  if (doubt !== undefined || host.reach === "live") return doubt;
  return { age_ms: host.heard_ms === undefined ? undefined : now_ms - host.heard_ms };
}

/** The least trusted of several. */
export function oldest(all: readonly Trust[]): Trust {
  return all.reduce<Trust>((bad, each) => {
    if (each === undefined || bad === undefined) return each ?? bad;
    return (each.age_ms ?? Number.POSITIVE_INFINITY) > (bad.age_ms ?? Number.POSITIVE_INFINITY) ? each : bad;
  }, undefined);
}

export const hostOf = (view: PairView, id: HostId | undefined): HostView | undefined => view.hosts.find((host) => host.id === id);

/**
 * Why a screen has no rows: `what` isn't known yet where a host or one of these readings hasn't told, `otherwise` where both have.
 * An empty screen must not look like good news.
 */
export function whyEmpty(view: PairView, what: string, readings: readonly string[], otherwise: string): string {
  const silent = view.hosts.filter(({ reach }) => reach !== "live").map(({ id }) => id);
  if (silent.length > 0) return `No ${what} known yet: waiting for ${silent.join(" and ")}. ctrl-r tries again now.`;
  const missing = view.hosts.flatMap((host) =>
    host.readings.filter((each) => readings.includes(each.reading) && !isFresh(each)).map(({ source, host: id }) => `${source} on ${id}`),
  );
  return missing.length === 0 ? otherwise : `No ${what} known yet: waiting for ${missing.join(", ")}.`;
}

/** A host as the title of its columns; with its age where what stands below is old: `beta ~42 s`. */
export function hostTitle(host: HostView, now_ms: number): string {
  if (host.reach === "live") return host.id;
  return `${host.id} ${host.heard_ms === undefined ? "? never heard" : `~${age(now_ms - host.heard_ms)} old`}`;
}

/** `42 s`, or `an unknown time`. */
export const ageOf = (doubt: Doubt): string => (doubt.age_ms === undefined ? "an unknown time" : age(doubt.age_ms));

/** A plain value: stale ones get their mark. `aged`: with the age after it. */
export function told(text: string, trust: Trust, { tone = "plain", aged = false }: { tone?: Tone; aged?: boolean } = {}): Span {
  if (trust === undefined) return tone === "plain" ? { text } : { text, tone };
  return { text: `~${text}${aged && trust.age_ms !== undefined ? ` ${age(trust.age_ms)}` : ""}`, tone: "stale" };
}

/** A value that may be missing: `?` with a word, never an empty cell that could be read as nothing. */
export function toldOr(text: string | undefined, trust: Trust, options: { tone?: Tone; aged?: boolean; missing?: string } = {}): Span {
  if (text === undefined) return { text: `? ${options.missing ?? "unknown"}`, tone: "unknown" };
  return told(text, trust, options);
}

/** Absent, and known to be. */
export const none = (ascii: boolean, word = ""): Span => ({ text: `${ascii ? "-" : "–"}${word === "" ? "" : ` ${word}`}`, tone: "dim" });

/** Only a severity's symbol, for the first column. */
export function mark(severity: Severity, trust: Trust, ascii: boolean): Span {
  if (trust !== undefined && (severity === "ok" || severity === "info")) return { text: symbolsOf(ascii).stale, tone: "stale" };
  return { text: symbolsOf(ascii).severity[severity], tone: severityTone[severity], bold: severity === "critical" };
}

/** A judgement that nothing is known yet isn't old: there is nothing that could be. */
const trustOfJudged = (value: Judged, trust: Trust): Trust =>
  trust !== undefined && trust.age_ms === undefined && value.severity === "unknown" ? undefined : trust;

/** The word of something judged, in its tone; the plain tone where all is well, for calm. */
export function word(judged: Judged, told_by: Trust, options: { aged?: boolean } = {}): Span {
  const trust = trustOfJudged(judged, told_by);
  const text = judged.text === "" ? severityWord[judged.severity] : judged.text;
  if (trust !== undefined) return told(text, trust, options);
  return judged.severity === "ok" ? { text } : { text, tone: severityTone[judged.severity] };
}

/** Symbol and word together. */
export function judged(value: Judged, told_by: Trust, ascii: boolean, options: { aged?: boolean } = {}): Line {
  const trust = trustOfJudged(value, told_by);
  if (trust !== undefined) {
    const text = value.text === "" ? severityWord[value.severity] : value.text;
    const symbol = value.severity === "ok" || value.severity === "info" ? "" : `${symbolsOf(ascii).severity[value.severity]} `;
    return [{ text: symbol, tone: "stale" }, told(text, trust, options)];
  }
  return [mark(value.severity, undefined, ascii), { text: " " }, word(value, undefined)];
}

/** `xl list -v on alpha, 1.2 s ago`; what is wrong with it, where something is. */
export function evidenceSpan(evidence: Evidence, now_ms: number): Span {
  const from = `${evidence.source} on ${evidence.host}`;
  const when = evidence.at_ms === undefined ? "never answered" : `${age(now_ms - evidence.at_ms)} ago`;
  const note = evidence.note === undefined ? "" : `: ${evidence.note}`;
  if (evidence.freshness === "fresh") return { text: `${from}, ${when}`, tone: "dim" };
  if (evidence.freshness === "absent")
    return { text: `${from}, ${when}: not on this host${note === "" ? "" : ` (${evidence.note})`}`, tone: "dim" };
  if (evidence.freshness === "never") return { text: `? ${from}: not answered yet`, tone: "unknown" };
  return { text: `~${from}, ${evidence.freshness}, ${when}${note}`, tone: "stale" };
}
