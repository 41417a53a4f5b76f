import { describe, expect, it } from "vitest";
import { demoPair } from "../../../src/sim/scenarios/parts/demo-pair.ts";
import { ruleInput, rules } from "../../../src/state/diagnose/index.ts";
import type { Draft } from "../../../src/state/diagnose/rule.ts";
import type { PlanContext } from "../../../src/state/plan/action.ts";
import { actionNamed, planFor } from "../../../src/state/plan/actions/index.ts";
import { argProblem } from "../../../src/state/plan/arguments.ts";
import { isRefusal } from "../../../src/state/plan/plan.ts";
import { runbookNamed } from "../../../src/state/runbooks/index.ts";
import { selectPair } from "../../../src/state/select/pair.ts";
import type { PairState } from "../../../src/state/state.ts";
import { NOW_MS, pairFromRecordings } from "../pair-from-recordings.ts";
import { playStory } from "../story.ts";
import type { Case, Signature } from "./signatures/case.ts";
import { byHand, signatures } from "./signatures/index.ts";
import { unbound } from "./signatures/unbound.ts";

/** Until everything has been read once. */
const READ_S = 25;

function stateOf(one: Case): readonly [PairState, number] {
  if ("recording" in one) return [pairFromRecordings(one.recording), NOW_MS];
  const story = playStory(one.scenario ?? { name: "demo", sentence: "", build: demoPair, steps: [] });
  if (one.scenario === undefined) story.advance(READ_S * 1000);
  one.act?.(story.sim.fault, story.sim.world);
  story.advance(one.for_s * 1000);
  return [story.state(), story.now_ms()];
}

interface Judged {
  readonly context: PlanContext;
  readonly drafts: readonly Draft[];
}

/** Also what is told under its cause: each rule by itself. */
function judged(rule: string, one: Case): Judged {
  const [state, now_ms] = stateOf(one);
  const found = rules.find(({ id }) => id === rule);
  if (found === undefined) throw new Error(`no rule ${rule}`);
  const view = selectPair(state, now_ms);
  return { context: { state, view }, drafts: found.judge(ruleInput(state, view, now_ms)) };
}
const drafts = (rule: string, one: Case): readonly Draft[] => judged(rule, one).drafts;

/** Each signature's own case, played once. */
const told = new Map<Signature, Judged>();
function toldBy(signature: Signature): Judged {
  const found = told.get(signature) ?? judged(signature.rule, signature.tells);
  told.set(signature, found);
  return found;
}

describe("the table of signatures", () => {
  it("has all forty-five", () => {
    const numbers = signatures.flatMap(({ number }) => number ?? []);
    expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
  });

  it("has every rule but those for rows that no rule explains", () => {
    const listed = new Set([...signatures.map(({ rule }) => rule), ...byHand]);
    expect(rules.filter(({ id, fallback }) => fallback !== true && !listed.has(id)).map(({ id }) => id)).toEqual([]);
    expect([...listed].filter((id) => !rules.some((rule) => rule.id === id))).toEqual([]);
  });
});

describe("what a finding leads to", () => {
  it("is an action or a runbook, but for the rules that are listed with the reason", () => {
    const bound = new Set(
      signatures.flatMap((signature) =>
        toldBy(signature).drafts.flatMap(({ rule, act, runbook }) => (act !== undefined || runbook !== undefined ? [rule] : [])),
      ),
    );
    const all = [...new Set(signatures.map(({ rule }) => rule))];
    expect(all.filter((rule) => !bound.has(rule)).sort()).toEqual(Object.keys(unbound).sort());
  });
});

describe.each(signatures.map((signature) => ({ signature, title: `${signature.number ?? "-"} ${signature.rule}` })))(
  "$title",
  ({ signature }) => {
    const { rule, quiet, cause } = signature;
    it("is told", () => {
      const { drafts: found, context } = toldBy(signature);
      expect(found.map((draft) => draft.cause).join("\n")).toMatch(cause ?? /./);
      for (const { rule: id, severity, object, evidence, next, act, runbook, at_risk } of found) {
        expect([id, object.length > 0, evidence.length > 0 || rule.startsWith("host.")]).toEqual([rule, true, true]);
        expect(["critical", "warning", "unknown", "info"]).toContain(severity);
        // A screen's key or one that reconnects; guests by their names, never by their keys.
        expect(next).toMatch(/^(?:[1-7]|ctrl-r): \S/);
        expect(at_risk.filter((name) => /^[0-9a-f]{8}-/.test(name))).toEqual([]);
        expect(runbook === undefined || runbookNamed(runbook) !== undefined).toBe(true);
        // An action that there is, with arguments that it takes; what is missing is asked for.
        if (act === undefined) continue;
        const args = actionNamed(act.action)?.args ?? [];
        const problems = Object.entries(act.args).map(([name, value]) => {
          const arg = args.find((each) => each.name === name);
          return arg === undefined ? `${act.action} has no ${name}` : argProblem(arg, value);
        });
        expect([act.action, args.length > 0, problems.filter((problem) => problem !== undefined)]).toEqual([act.action, true, []]);
        // It fits what was found: with all that it needs there is a plan to look at.
        if (args.some(({ name, optional }) => !optional && act.args[name] === undefined)) continue;
        const hosts = args.some(({ name }) => name === "on") && act.args.on === undefined ? context.view.hosts : [];
        // On which host is asked where only a person can say it.
        const plans = [act, ...hosts.map(({ id }) => ({ ...act, args: { ...act.args, on: id } }))].map((each) => planFor(context, each));
        expect([act.action, plans.every(isRefusal) ? plans : "planned"]).toEqual([act.action, "planned"]);
      }
    });

    it("isn't told of what only looks like it", () => {
      // The near one is a pair that is seen: silence about a pair of which nothing is known is none.
      const [state] = stateOf(quiet);
      expect([...state.hosts.values()].some(({ facts }) => facts["xl-list"].state === "known")).toBe(true);
      const causes = drafts(rule, quiet).map((draft) => draft.cause);
      expect(causes.filter((text) => (cause ?? /./).test(text))).toEqual([]);
    });
  },
);
