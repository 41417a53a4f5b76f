/**
 * Findings over time, as this console saw them: since when each holds, how often it came and went, and what the timeline was told of it. Pure; fed
 * with the findings of every look (at least one a second).
 */
import { ACK_FORGET_MS, type Ack, findingKey, isOver, isWorse } from "./acks.ts";
import type { PairState } from "./state.ts";
import { appended, type NewEntry } from "./timeline.ts";
import type { Finding, Severity } from "./view-model.ts";

/** A finding must hold, or be gone, for this long before anybody is told: what blinks between two readings is no news. */
export const SETTLE_MS = 3_000;
/** Found anew this often within the window: it comes and goes. */
export const FLAP_RAISES_MIN = 3;
export const FLAP_WINDOW_MS = 600_000;
/** One that comes and goes, or got better, is taken for gone, or better, only when it has been so for this long. */
export const FLAP_QUIET_MS = 120_000;
/** What is found this soon after the start was there before: since when isn't known. A slow pair's first round of readings takes a minute. */
export const FIRST_LOOKS_MS = 90_000;
/** Times of raising kept of one finding. */
const RAISES_MAX = 20;
/** Findings remembered; those gone for longest are forgotten first. */
export const LIVES_MAX = 500;

export interface Life {
  /** As last found. */
  readonly finding: Finding;
  readonly since_ms: number;
  /** It was there when this console began to look. */
  readonly initial: boolean;
  /** since_ms is when it began; false: it may have been there before, unseen. */
  readonly since_known: boolean;
  /** Not found any more since then. */
  readonly gone_ms: number | undefined;
  /** Less grave than what was told, since then. */
  readonly eased_ms: number | undefined;
  /** When it was found anew, oldest first. */
  readonly raised: readonly number[];
  /** What the timeline and the alerts know of it; undefined: nothing yet, or that it is gone. */
  readonly told: Severity | undefined;
}

/** What is worth telling about a finding, once it has settled. */
export interface FindingNews {
  readonly kind: "raised" | "worsened" | "cleared";
  readonly key: string;
  readonly finding: Finding;
  /** Raised: it was there when this console began to look. */
  readonly initial: boolean;
  /** Since when it is so. */
  readonly at_ms: number;
}

const rank: Readonly<Record<Severity, number>> = { ok: 0, info: 1, unknown: 2, warning: 3, critical: 4 };

/** Found anew so often lately. */
export const raisesOf = ({ raised }: Life, now_ms: number): number => raised.filter((at_ms) => now_ms - at_ms <= FLAP_WINDOW_MS).length;

export const isFlapping = (life: Life, now_ms: number): boolean => raisesOf(life, now_ms) >= FLAP_RAISES_MIN;

interface Look {
  readonly at_ms: number;
  readonly initial: boolean;
  readonly since_known: boolean;
}

function found(life: Life | undefined, finding: Finding, { at_ms, initial, since_known }: Look): Life {
  if (life !== undefined && life.gone_ms === undefined) return { ...life, finding };
  const raised = [...(life?.raised ?? []), at_ms].slice(-RAISES_MAX);
  // One that nobody was told is gone has never been away.
  return life?.told !== undefined
    ? { ...life, finding, gone_ms: undefined, raised }
    : { finding, since_ms: at_ms, initial, since_known, gone_ms: undefined, eased_ms: undefined, raised, told: undefined };
}

/** The life with what may be told of it by now. */
function settled(life: Life, at_ms: number): Life {
  const { finding, told, gone_ms, since_ms, eased_ms } = life;
  if (gone_ms !== undefined) {
    const enough_ms = isFlapping(life, at_ms) ? FLAP_QUIET_MS : SETTLE_MS;
    return told === undefined || at_ms - gone_ms < enough_ms ? life : { ...life, told: undefined, eased_ms: undefined };
  }
  const { severity } = finding;
  if (told === undefined) return at_ms - since_ms < SETTLE_MS ? life : { ...life, told: severity };
  if (rank[severity] > rank[told]) return { ...life, told: severity, eased_ms: undefined };
  if (rank[severity] === rank[told]) return eased_ms === undefined ? life : { ...life, eased_ms: undefined };
  if (eased_ms === undefined) return { ...life, eased_ms: at_ms };
  return at_ms - eased_ms < FLAP_QUIET_MS ? life : { ...life, told: severity, eased_ms: undefined };
}

function newsOf(key: string, before: Life | undefined, life: Life, at_ms: number): FindingNews | undefined {
  const { finding, told, initial, since_ms, gone_ms } = life;
  const news = (kind: FindingNews["kind"], when_ms: number): FindingNews => ({ kind, key, finding, initial, at_ms: when_ms });
  // Passing states (a guest that moves) are told by what changed; they are no news of their own.
  const worth = (severity: Severity | undefined): boolean => severity !== undefined && rank[severity] >= rank.unknown;
  if (told === undefined) return worth(before?.told) ? news("cleared", gone_ms ?? at_ms) : undefined;
  if (!worth(told)) return undefined;
  if (!worth(before?.told)) return news("raised", before?.told === undefined ? since_ms : at_ms);
  return rank[told] > rank[before?.told ?? told] ? news("worsened", at_ms) : undefined;
}

/** What there is to tell after a look. at_ms: of the look. */
export function newsBetween(before: PairState["lives"], after: PairState["lives"], at_ms: number): readonly FindingNews[] {
  if (before === after) return [];
  return [...after].flatMap(([key, life]) => newsOf(key, before.get(key), life, at_ms) ?? []);
}

function bounded(lives: Map<string, Life>, at_ms: number): ReadonlyMap<string, Life> {
  for (const [key, { gone_ms, told }] of lives)
    if (gone_ms !== undefined && told === undefined && at_ms - gone_ms > FLAP_WINDOW_MS) lives.delete(key);
  if (lives.size <= LIVES_MAX) return lives;
  const oldest = [...lives].sort(([, a], [, b]) => (a.gone_ms ?? Number.POSITIVE_INFINITY) - (b.gone_ms ?? Number.POSITIVE_INFINITY));
  return new Map(oldest.slice(lives.size - LIVES_MAX));
}

/** Notes of findings that are gone, over, or worse than what was noted. */
function remainingAcks({ acks, started_ms }: PairState, lives: ReadonlyMap<string, Life>, at_ms: number): ReadonlyMap<string, Ack> {
  const outdated = (ack: Ack): boolean => {
    const life = lives.get(ack.key);
    if (isOver(ack, at_ms)) return true;
    if (life === undefined) return at_ms - Math.max(started_ms, ack.at_ms) > ACK_FORGET_MS;
    return life.gone_ms === undefined ? isWorse(ack, life.finding) : at_ms - life.gone_ms > ACK_FORGET_MS;
  };
  const kept = [...acks].filter(([, ack]) => !outdated(ack));
  return kept.length === acks.size ? acks : new Map(kept);
}

const words: Readonly<Record<FindingNews["kind"], string>> = { raised: "found: ", worsened: "got worse: ", cleared: "no longer found: " };

function entryOf({ kind, finding, at_ms }: FindingNews): NewEntry {
  const { severity } = finding;
  return {
    host: undefined,
    at_ms,
    origin: "seen",
    rule: finding.rule,
    object: finding.object,
    text: `${words[kind]}${finding.cause}`,
    severity:
      kind === "cleared" ? "ok" : severity === "critical" ? "critical" : severity === "info" || severity === "ok" ? "info" : "warning",
  };
}

/** The state after a look that found these. One that is kept in sight though it is gone isn't found. */
export function lookedAt(state: PairState, findings: readonly Finding[], at_ms: number): PairState {
  const begun = (since_ms: number): boolean => at_ms - since_ms < FIRST_LOOKS_MS;
  const initial = begun(state.started_ms);
  // What a host tells when it is back may have been so all the while.
  const since_known = !initial && ![...state.hosts.values()].some(({ link }) => link.phase === "live" && begun(link.since_ms));
  const now = new Map(findings.flatMap((finding) => (finding.gone_ms === undefined ? [[findingKey(finding), finding] as const] : [])));
  const lives = new Map(state.lives);
  for (const [key, finding] of now) lives.set(key, found(lives.get(key), finding, { at_ms, initial, since_known }));
  for (const [key, life] of lives) {
    const seen = now.has(key) || life.gone_ms !== undefined ? life : { ...life, gone_ms: at_ms };
    lives.set(key, settled(seen, at_ms));
  }
  const timeline = appended(state.timeline, newsBetween(state.lives, lives, at_ms).map(entryOf));
  const kept = bounded(lives, at_ms);
  return { ...state, lives: kept, acks: remainingAcks(state, kept, at_ms), timeline };
}
