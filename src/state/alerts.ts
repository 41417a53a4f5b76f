/** Which news of findings somebody is to be alerted of, and in what words. Pure; who tells them is cli/alerts.ts and the screen. */
import { type FindingNews, raisesOf } from "./lives.ts";
import { nextStep } from "./next-step.ts";
import type { PairState } from "./state.ts";
import type { Severity } from "./view-model.ts";

export const ALERT_SCHEMA = "xenha-tui.alert/1";

/** What goes to a webhook, and to a program's standard input. Within version 1 fields may be added, never removed or given another meaning. */
export interface Alert {
  readonly schema: typeof ALERT_SCHEMA;
  /** `cleared` only after one that was alerted of. */
  readonly event: "raised" | "worsened" | "cleared";
  readonly pair: string;
  /** Of one finding over time: the same when it is cleared. */
  readonly key: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly object: string;
  readonly cause: string;
  readonly at_risk: readonly string[];
  readonly next: string;
  /** Since when it is so (ISO 8601, UTC). */
  readonly since: string;
  /** It was there when the console began to look. */
  readonly initial: boolean;
}

const rank: Readonly<Record<Severity, number>> = { ok: 0, info: 1, unknown: 2, warning: 3, critical: 4 };

export interface AlertWish {
  /** From which severity on. */
  readonly severity: "critical" | "warning";
  /** Also of what was there when the console began: where nobody looks at it. */
  readonly initial: boolean;
}

/** One that comes and goes is alerted of when it first came; not at each turn. */
const isTurning = ({ lives }: PairState, { key, kind }: FindingNews, now_ms: number): boolean => {
  const life = lives.get(key);
  return kind === "raised" && life !== undefined && raisesOf(life, now_ms) > 1;
};

/**
 * Remembers of which findings somebody was alerted, so that each is told once, once more where it gets worse, and gone once.
 * A finding that was noted stays silent until it gets worse.
 */
export function createAlerts({
  severity,
  initial,
}: AlertWish): (news: readonly FindingNews[], state: PairState, now_ms: number) => readonly Alert[] {
  /** As grave as they were when it was. */
  const alerted = new Map<string, number>();
  return (news, state, now_ms) =>
    news.flatMap((one): Alert[] => {
      const grave = rank[one.finding.severity] >= rank[severity];
      if (one.kind === "cleared") return alerted.delete(one.key) ? [alertOf(one, state.name)] : [];
      const known = (alerted.get(one.key) ?? -1) >= rank[one.finding.severity];
      if (!grave || known || (one.initial && !initial) || state.acks.has(one.key) || isTurning(state, one, now_ms)) return [];
      alerted.set(one.key, rank[one.finding.severity]);
      return [alertOf(one, state.name)];
    });
}

const alertOf = ({ kind, key, finding, at_ms, initial }: FindingNews, pair: string): Alert => ({
  schema: ALERT_SCHEMA,
  event: kind,
  pair,
  key,
  rule: finding.rule,
  severity: finding.severity,
  object: finding.object,
  cause: finding.cause,
  at_risk: finding.at_risk,
  next: nextStep(finding),
  since: new Date(at_ms).toISOString(),
  initial,
});

/** One line for a terminal's notification: short, and nothing in it can end the sequence that carries it. */
export const alertLine = ({ pair, severity, object, cause }: Alert): string =>
  `${pair}: ${severity} ${object}: ${cause}`
    .replace(/[^\x20-\x7e\u00a0-\uffff]/g, " ")
    .replaceAll(";", ",")
    .slice(0, 200);

export const worstAlert = (alerts: readonly Alert[]): Alert | undefined =>
  alerts
    .filter(({ event }) => event !== "cleared")
    .reduce<Alert | undefined>(
      (worst, each) => (worst === undefined || rank[each.severity] > rank[worst.severity] ? each : worst),
      undefined,
    );
