/** From drafts to findings: consequences go under their causes, and the rest comes in one order. */
import { worse } from "../select/severity.ts";
import type { Finding, Severity } from "../view-model.ts";
import { compare, type Draft, type Rule } from "./rule.ts";

/** Lines of evidence kept of one finding; what is left out is counted. */
export const EVIDENCE_MAX = 12;

const rank: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, unknown: 2, info: 3, ok: 4 };

/** Severity, then how many guests are at risk, then rule and object: the same findings always come in the same order. */
export function byUrgency(a: Finding, b: Finding): number {
  return (
    rank[a.severity] - rank[b.severity] || b.at_risk.length - a.at_risk.length || compare(a.rule, b.rule) || compare(a.object, b.object)
  );
}

/** Things that a finding names one by one: a cause must cover all of them. Of the others, what a host or link is common to, one is enough. */
const itemKinds = ["drbd", "guest", "path", "map"];
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

/** Others that each are grave enough, and together put every guest of `draft` at risk. */
function coveredByRisk(draft: Draft, drafts: readonly Draft[], rules: ReadonlyMap<string, Rule>): boolean {
  if (rules.get(draft.rule)?.covered_by_risk !== true || draft.at_risk.length === 0) return false;
  const others = drafts.filter((other) => rules.get(other.rule)?.covered_by_risk !== true && rank[other.severity] <= rank.warning);
  const named = new Set(others.flatMap(({ at_risk }) => at_risk));
  return draft.at_risk.every((guest) => named.has(guest));
}

function under(root: Draft, consequences: readonly Draft[]): Finding {
  const lines = [...root.evidence, ...consequences.flatMap((item) => [{ text: `so: ${item.cause}`, from: item.evidence[0]?.from }])];
  const shown =
    lines.length > EVIDENCE_MAX
      ? [...lines.slice(0, EVIDENCE_MAX - 1), { text: `and ${lines.length - EVIDENCE_MAX + 1} more`, from: undefined }]
      : lines;
  const { about: _, ...finding } = root;
  return {
    ...finding,
    severity: consequences.reduce((severity, item) => worse(severity, item.severity), root.severity),
    at_risk: [...new Set([...root.at_risk, ...consequences.flatMap(({ at_risk }) => at_risk)])].sort(compare),
    evidence: shown,
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

export function settle(drafts: readonly Draft[], table: readonly Rule[]): Finding[] {
  const rules = new Map(table.map((rule) => [rule.id, rule]));
  const ordered = withoutNeedlessFallbacks(drafts, rules).sort(byUrgency);
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
  return roots
    .map((root) => ({ root, finding: under(root, below.get(root) ?? []) }))
    .filter(({ root }, _, all) => {
      const others = all.map(({ finding }) => ({ ...finding, about: [] }));
      return !coveredByRisk(
        root,
        others.filter((other) => other.rule !== root.rule),
        rules,
      );
    })
    .map(({ finding }) => finding)
    .sort(byUrgency);
}
