/**
 * Can this guest run on this host now? Judged by the table that plans go by too (state/preflight), as far as it can be without touching anything.
 * Unknown is never yes: every check is made on fresh facts of the host in question. What the other host last told (its bridges, its Xen) is
 * compared with even while it is silent, because a dead host's guests are what this is asked for.
 */
import { type Basis, type JudgedCheck, onHere, type PreflightInput } from "../preflight/check.ts";
import { judgedFacts } from "../preflight/index.ts";
import { byResult } from "../preflight/judgement.ts";
import type { Evidence, Readiness, ReadinessCheck } from "../view-model.ts";
import { isActive } from "./guest-state.ts";
import type { EvidenceOf } from "./sides.ts";

export { fileOn, startConfig } from "../preflight/check.ts";

export interface JudgedReadiness extends Omit<Readiness, "checks"> {
  readonly checks: readonly JudgedCheck[];
}

export function readiness(input: PreflightInput): JudgedReadiness {
  const { guest, here } = input;
  const running = guest.instances.some(({ side, domain }) => side === here && isActive(domain));
  if (!here.answers) {
    const text = `${here.id} doesn't answer`;
    return { host: here.id, answer: "unknown", checks: [{ id: "host", result: "unknown", text, from: onHere("xl-list") }], reason: text };
  }
  if (running && here.freshness("xl-list") === "fresh") return { host: here.id, answer: "here", checks: [], reason: undefined };
  const checks = [...judgedFacts(input)].sort(byResult);
  const [worst] = checks;
  const answer = worst === undefined || worst.result === "unknown" ? "unknown" : worst.result === "fail" ? "no" : "yes";
  return { host: here.id, answer, checks, reason: answer === "yes" ? undefined : (worst?.text ?? "nothing is known of it") };
}

/** With where each check comes from, and how old that is: put to it when somebody asks, since few of some hundred guests are looked at. */
export function withEvidence({ host, answer, checks, reason }: JudgedReadiness, here: EvidenceOf, there: EvidenceOf): Readiness {
  const evidence = (from: Basis): readonly Evidence[] => [...from.here.map(here), ...from.there.map(there)];
  let made: Readiness["checks"] | undefined;
  return {
    host,
    answer,
    get checks() {
      made ??= checks.map(({ from, move, ...told }): ReadinessCheck => {
        const shown = { ...told, evidence: evidence(from) };
        return move === undefined ? shown : { ...shown, move: { result: move.result, text: move.text, evidence: evidence(move.from) } };
      });
      return made;
    },
    reason,
  };
}
