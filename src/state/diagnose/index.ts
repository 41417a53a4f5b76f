/** The one table of rules, and what they find. */

import { hostNet } from "../select/network-host.ts";
import type { PairState } from "../state.ts";
import type { Finding } from "../view-model.ts";
import { backendRules } from "./backends.ts";
import { drbdConnectionRules } from "./drbd-connection.ts";
import { drbdDiskRules } from "./drbd-disk.ts";
import { guestRules } from "./guests.ts";
import { hostRules } from "./hosts.ts";
import { loseRules } from "./lose.ts";
import { migrationRules } from "./migrations.ts";
import { networkRules } from "./network.ts";
import type { JoinedView, Rule, RuleInput } from "./rule.ts";
import { storageRules } from "./storage.ts";
import { storagePathRules } from "./storage-paths.ts";
import { settle } from "./suppress.ts";

export const rules: readonly Rule[] = [
  ...hostRules,
  ...guestRules,
  ...migrationRules,
  ...backendRules,
  ...drbdConnectionRules,
  ...drbdDiskRules,
  ...storagePathRules,
  ...storageRules,
  ...networkRules,
  ...loseRules,
];

export function ruleInput(state: PairState, view: JoinedView, now_ms: number): RuleInput {
  return { state, view, now_ms, nets: [hostNet(state, state.order[0], now_ms), hostNet(state, state.order[1], now_ms)] };
}

/** Findings, most urgent first; consequences are told under their causes. */
export function diagnose(state: PairState, view: JoinedView, now_ms: number): Finding[] {
  const input = ruleInput(state, view, now_ms);
  return settle(
    rules.flatMap((rule) => rule.judge(input)),
    rules,
  );
}
