/** Findings as they are shown: with how long they have held, how often they came and went, and who has taken note of them. */
import { ackFor, findingKey, isOver, isWorse } from "../acks.ts";
import { isFlapping, type Life, raisesOf } from "../lives.ts";
import type { PairState } from "../state.ts";
import type { Finding, Severity } from "../view-model.ts";
import { said, span } from "./rule.ts";

const rank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, unknown: 2, info: 3, ok: 4 };

/** What isn't so right now is no red alarm, but it will be back. */
const eased = (severity: Severity): Severity => (severity === "critical" ? "warning" : severity);

function kept(life: Life, gone_ms: number, now_ms: number): Finding {
  const { finding } = life;
  const flaps = raisesOf(life, now_ms);
  return {
    ...finding,
    severity: eased(finding.severity),
    cause: `comes and goes, found ${flaps} times in 10 min; not now: ${finding.cause}`,
    since_ms: undefined,
    flaps,
    gone_ms,
  };
}

function decorated(state: PairState, finding: Finding, now_ms: number): Finding {
  const key = findingKey(finding);
  const life = state.lives.get(key);
  // One that blinked has never been away.
  const lives = life !== undefined && (life.gone_ms === undefined || life.told !== undefined);
  const since_ms = finding.since_ms ?? (lives && life.since_known ? life.since_ms : undefined);
  const flaps = lives && isFlapping(life, now_ms) ? { flaps: raisesOf(life, now_ms) } : {};
  const ack = ackFor(state.acks, finding, now_ms);
  if (ack !== undefined) {
    const { by, at_ms, until_ms } = ack;
    return { ...finding, since_ms, ...flaps, ack: { by, at_ms, until_ms } };
  }
  const outgrown = state.acks.get(key);
  const worse = outgrown !== undefined && !isOver(outgrown, now_ms) && isWorse(outgrown, finding);
  const note = worse ? [said(`${outgrown.by} took note of it ${span(now_ms - outgrown.at_ms)} ago; it has got worse since`)] : [];
  return { ...finding, since_ms, ...flaps, evidence: [...finding.evidence, ...note] };
}

/** Of one severity, those that somebody has taken note of come last. */
export function lasting(state: PairState, findings: readonly Finding[], now_ms: number): Finding[] {
  if (state.lives.size === 0 && state.acks.size === 0) return [...findings];
  const now = new Set(findings.map(findingKey));
  const away = [...state.lives].flatMap(([key, life]): Finding[] => {
    const { gone_ms, told } = life;
    return now.has(key) || gone_ms === undefined || told === undefined || !isFlapping(life, now_ms) ? [] : [kept(life, gone_ms, now_ms)];
  });
  const place = ({ ack }: Finding): number => (ack === undefined ? 0 : 1);
  return [...findings, ...away]
    .map((finding) => (finding.gone_ms === undefined ? decorated(state, finding, now_ms) : finding))
    .sort((a, b) => rank[a.severity] - rank[b.severity] || place(a) - place(b));
}
