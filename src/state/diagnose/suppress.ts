/** From drafts to findings: consequences go under their causes, and the rest comes in one order. */
import { worse } from "../select/severity.ts";
import type { Finding, Severity } from "../view-model.ts";
import { compare, type Draft, groupBy, list, type Rule } from "./rule.ts";

/** Lines of evidence kept of one finding; what is left out is counted. */
export const EVIDENCE_MAX = 12;
/** Findings of one rule and severity that are told one by one; more are told together. */
export const SAME_RULE_MAX = 5;

const rank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, unknown: 2, info: 3, ok: 4 };

/**
 * Severity, within it what destroys data right now, then how many guests are at risk, then rule and object: the same findings always come in the
 * same order. The verdict comes after what is wrong: it says what would follow.
 */
export function byUrgency(rules: ReadonlyMap<string, Rule>): (a: Finding, b: Finding) => number {
  const destroys = ({ rule }: Finding): number => (rules.get(rule)?.destroys_data === true ? 0 : 1);
  const verdict = ({ rule }: Finding): number => (rules.get(rule)?.verdict === true ? 1 : 0);
  return (a, b) =>
    rank[a.severity] - rank[b.severity] ||
    destroys(a) - destroys(b) ||
    verdict(a) - verdict(b) ||
    b.at_risk.length - a.at_risk.length ||
    compare(a.rule, b.rule) ||
    compare(a.object, b.object);
}

/** Things that a finding names one by one: a cause must cover all of them. Of the others, what a host or link is common to, one is enough. */
const itemKinds = ["drbd", "guest", "path", "map", "reading"];
const kindOf = (token: string): string => token.slice(0, token.indexOf(":"));

function covers(root: Draft, draft: Draft): boolean {
  return draft.about.some((token) => {
    if (!root.about.includes(token)) return false;
    const kind = kindOf(token);
    return !itemKinds.includes(kind) || draft.about.every((item) => kindOf(item) !== kind || root.about.includes(item));
  });
}

/** The finding that `draft` is a consequence of; the most urgent where there are several. */
function causeOf(draft: Draft, drafts: readonly Draft[], rules: ReadonlyMap<string, Rule>): Draft | undefined {
  return drafts.find((other) => {
    if (other === draft || rules.get(other.rule)?.suppresses?.includes(draft.rule) !== true) return false;
    return covers(other, draft);
  });
}

/** All of the verdict's guests are named by findings that say why they couldn't restart; also by those told under another. */
function isExplained(draft: Draft, drafts: readonly Draft[], rules: ReadonlyMap<string, Rule>): boolean {
  if (rules.get(draft.rule)?.verdict !== true || draft.at_risk.length === 0) return false;
  const reasons = drafts.filter(({ rule, severity }) => rules.get(rule)?.explains_restart === true && rank[severity] <= rank.warning);
  const named = new Set(reasons.flatMap(({ at_risk }) => at_risk));
  return draft.at_risk.every((guest) => named.has(guest));
}

function bounded(lines: Finding["evidence"]): Finding["evidence"] {
  if (lines.length <= EVIDENCE_MAX) return lines;
  return [...lines.slice(0, EVIDENCE_MAX - 1), { text: `and ${lines.length - EVIDENCE_MAX + 1} more`, from: undefined }];
}

function under(root: Draft, consequences: readonly Draft[]): Finding {
  const lines = [...root.evidence, ...consequences.flatMap((item) => [{ text: `so: ${item.cause}`, from: item.evidence[0]?.from }])];
  const { about: _, ...finding } = root;
  // A lost carrier alone has none; that mirrors wait because of it has.
  const runbook = root.runbook ?? consequences.find((item) => item.runbook !== undefined)?.runbook;
  return {
    ...finding,
    ...(runbook === undefined ? {} : { runbook }),
    severity: consequences.reduce((severity, item) => worse(severity, item.severity), root.severity),
    at_risk: [...new Set([...root.at_risk, ...consequences.flatMap(({ at_risk }) => at_risk)])].sort(compare),
    evidence: bounded(lines),
  };
}

/** Rows that another finding speaks of: by what it is about or, where it is grave, by the guests that it puts at risk. */
function spoken(draft: Draft, drafts: readonly Draft[]): boolean {
  return drafts.some(
    (other) =>
      other.about.some((token) => draft.about.includes(token)) ||
      (rank[other.severity] <= rank.warning && draft.at_risk.length > 0 && draft.at_risk.every((guest) => other.at_risk.includes(guest))),
  );
}

function withoutNeedlessFallbacks(drafts: readonly Draft[], rules: ReadonlyMap<string, Rule>): Draft[] {
  const proper = drafts.filter(({ rule }) => rules.get(rule)?.fallback !== true);
  return drafts.filter((draft) => rules.get(draft.rule)?.fallback !== true || !spoken(draft, proper));
}

/** Forty guests that crash with their storage make one finding, not forty. */
function together(findings: readonly Finding[], rules: ReadonlyMap<string, Rule>): readonly Finding[] {
  const [first] = findings;
  if (first === undefined || findings.length <= SAME_RULE_MAX) return findings;
  const objects = findings.map(({ object }) => object).sort(compare);
  const since = findings.flatMap(({ since_ms }) => since_ms ?? []);
  const { act: _, ...shared } = first;
  return [
    {
      ...shared,
      object: `${objects.length} objects`,
      cause: `${objects.length} times: ${rules.get(first.rule)?.title ?? first.rule} (${list(objects)})`,
      evidence: bounded(findings.map(({ cause, evidence }) => ({ text: cause, from: evidence[0]?.from }))),
      at_risk: [...new Set(findings.flatMap(({ at_risk }) => at_risk))].sort(compare),
      next: `${first.screen}: so many at once have one cause: look at what they share before at each of them`,
      since_ms: since.length === 0 ? undefined : Math.min(...since),
    },
  ];
}

export function settle(drafts: readonly Draft[], table: readonly Rule[]): Finding[] {
  const rules = new Map(table.map((rule) => [rule.id, rule]));
  const urgency = byUrgency(rules);
  const ordered = withoutNeedlessFallbacks(drafts, rules).sort(urgency);
  const cause = new Map(ordered.map((draft) => [draft, causeOf(draft, ordered, rules)] as const));
  const rootOf = (draft: Draft): Draft => {
    // The relation has no cycle, but a wrong table must not hang the screen: as many steps as there are drafts are enough.
    let root = draft;
    for (let step = 0; step < ordered.length; step += 1) {
      const next = cause.get(root);
      if (next === undefined) break;
      root = next;
    }
    return root;
  };
  const below = new Map<Draft, Draft[]>();
  const roots: Draft[] = [];
  for (const draft of ordered) {
    const root = rootOf(draft);
    if (root === draft) roots.push(draft);
    else below.set(root, [...(below.get(root) ?? []), draft]);
  }
  const kept = roots.filter((root) => !isExplained(root, ordered, rules)).map((root) => under(root, below.get(root) ?? []));
  return groupBy(kept, ({ rule, severity }) => `${rule} ${severity}`)
    .flatMap((same) => together(same, rules))
    .sort(urgency);
}
