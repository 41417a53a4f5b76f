/** One rule, or all of them, on a healthy view with something changed. Hosts answer unless they are given as lost. */
import { diagnose, ruleInput, rules } from "../../../src/state/diagnose/index.ts";
import type { Draft } from "../../../src/state/diagnose/rule.ts";
import type { HostState, PairState } from "../../../src/state/state.ts";
import type { Finding, PairView } from "../../../src/state/view-model.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import { fixtureView } from "../../views/panes/fixture.ts";
import { alpha, beta, hostOf, lost, NOW_MS, pairOf, type SomeFacts } from "../pair-of-facts.ts";

export interface Given {
  readonly view?: Partial<PairView>;
  readonly facts?: { readonly alpha?: SomeFacts; readonly beta?: SomeFacts };
  readonly host?: { readonly alpha?: Partial<HostState>; readonly beta?: Partial<HostState> };
  readonly lost?: readonly HostId[];
  readonly history?: Partial<PairState["history"]>;
}

function state({ facts = {}, host = {}, lost: silent = [], history = {} }: Given): PairState {
  const one = (id: HostId, some: SomeFacts = {}, over: Partial<HostState> = {}) =>
    silent.includes(id) ? lost(id, some) : hostOf(id, some, over);
  return pairOf([one(alpha, facts.alpha, host.alpha), one(beta, facts.beta, host.beta)], history);
}

/** What one rule finds by itself. */
export function judge(id: string, given: Given = {}): readonly Draft[] {
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  return rule.judge(ruleInput(state(given), fixtureView(given.view), NOW_MS));
}

/** What the console would show. */
export const findings = (given: Given): Finding[] => diagnose(state(given), fixtureView(given.view), NOW_MS);

/** How long a domain has had its flags, for rules that wait; as history.ts keeps it. */
export const domainSince = (key: string, name: string, flags: string, for_ms: number): Pick<PairState["history"], "domain_since"> => ({
  domain_since: new Map([[key, { text: `${name} ${flags.slice(2)}`, at_ms: NOW_MS - for_ms }]]),
});
