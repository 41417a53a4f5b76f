/** The one table of rules, and what they find. */

import type { Pair } from "../../xen/model/ids.ts";
import { type HostNet, netOf } from "../select/network-host.ts";
import { eachSide, sidesOf } from "../select/sides.ts";
import type { PairState } from "../state.ts";
import type { Finding } from "../view-model.ts";
import { backendRules } from "./backends.ts";
import { drbdConnectionRules } from "./drbd-connection.ts";
import { drbdDiskRules } from "./drbd-disk.ts";
import { drbdPrimaryRules } from "./drbd-primary.ts";
import { fallbackRules } from "./fallback.ts";
import { guestRules } from "./guests.ts";
import { hostRules } from "./hosts.ts";
import { keptRules } from "./kept.ts";
import { loseRules } from "./lose.ts";
import { migrationRules } from "./migrations.ts";
import { networkRules } from "./network.ts";
import { planRules } from "./plans.ts";
import { returnedRules } from "./returned.ts";
import type { JoinedView, Rule, RuleInput } from "./rule.ts";
import { storageRules } from "./storage.ts";
import { storagePathRules } from "./storage-paths.ts";
import { settle } from "./suppress.ts";
import { xapiRules } from "./xapi.ts";

export const rules: readonly Rule[] = [
  ...hostRules,
  ...returnedRules,
  ...guestRules,
  ...migrationRules,
  ...backendRules,
  ...drbdConnectionRules,
  ...drbdPrimaryRules,
  ...drbdDiskRules,
  ...keptRules,
  ...storagePathRules,
  ...storageRules,
  ...networkRules,
  ...xapiRules,
  ...planRules,
  ...loseRules,
  ...fallbackRules,
];

export function ruleInput(state: PairState, view: JoinedView, now_ms: number, nets?: Pair<HostNet>): RuleInput {
  return {
    state,
    view,
    now_ms,
    nets: nets ?? eachSide(sidesOf(state, now_ms), netOf),
    names: new Map(view.guests.map(({ key, name }) => [key, name])),
  };
}

/** Findings, most urgent first; consequences are told under their causes. */
export function diagnose(state: PairState, view: JoinedView, now_ms: number, nets?: Pair<HostNet>): Finding[] {
  const input = ruleInput(state, view, now_ms, nets);
  return settle(
    rules.flatMap((rule) => rule.judge(input)),
    rules,
  );
}
