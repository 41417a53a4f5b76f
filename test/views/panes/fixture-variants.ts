/** The pair of fixture.ts, broken: one variant for each way in which a screen must not lie. */

import { step } from "../../../src/state/plan/action.ts";
import type { PairView } from "../../../src/state/view-model.ts";
import {
  alpha,
  beta,
  critical,
  fixtureBridge,
  fixtureCheck,
  fixtureDisk,
  fixtureLose,
  fixtureNic,
  fixtureReadiness,
  fixtureTree,
  fixtureUplink,
  fixtureView,
  NOW_MS,
  warning,
} from "./fixture.ts";
import { fixturePlan, fixtureStep, move } from "./fixture-plans.ts";
import { alphaHung, betaUnreachable, nothingYet } from "./variants-hosts.ts";
import { flapping, guestsInTrouble, pathsAndBridges, paused, resync, splitBrain, stalled } from "./variants-objects.ts";

export * from "./variants-hosts.ts";
export * from "./variants-objects.ts";

/** Under way, left behind, not to be relied on, within another, and over in every way. */
const plansOfAllKinds = fixtureView({
  plans: [
    fixturePlan(),
    fixturePlan({ id: "p2", state: "quiet", quiet_ms: 300_000 }),
    fixturePlan({ id: "p3", doubt: ["the hosts tell line 000002 differently"] }),
    fixturePlan({ id: "p1.2", parent: "p1" }),
    ...(["done", "failed", "stopped", "unknown"] as const).map((result, index) =>
      fixturePlan({ id: `e${index}`, state: "over", end: { result, text: "as it was", at_ms: NOW_MS - 60_000 }, at: undefined }),
    ),
  ],
});

/** Names that try to break the columns: wide, combining, emoji, right-to-left, very long, digits only. */
export const hostileNames = [
  "データベース本番サーバー",
  "e\u0301e\u0301\u0301\u0301\u0301 combining",
  "👩‍👩‍👧‍👦🇩🇪👍🏽 family",
  "חומר שלום עליכם",
  "\ufe0f#\ufe0f1\ufe0f",
  "(null)",
  "123",
  "x".repeat(512),
  "กำ ໍຳ 각 각 ᄀᄀᄀ각ᆨᆨ",
  "\u0600\u0661\u0662 \ufffd\ufffd",
] as const;

/** Every text that a host or a guest may choose, hostile. */
export function hostileView(name: string): PairView {
  const base = splitBrain;
  return fixtureView({
    guests: base.guests.map((guest, index) => ({
      ...guest,
      key: `${name}${index}`,
      name,
      placements: guest.placements.map((placement) => ({ ...placement, name })),
      disks: [fixtureDisk(name, { state: critical(name), chain: [[name, name], [name]] })],
      nics: [fixtureNic({ bridge: name, ifname: name, chain: [[name], [name, name]] })],
      nics_worst: warning(name),
      can_run: [
        guest.can_run[0],
        fixtureReadiness(beta, { answer: "no", reason: name, checks: [fixtureCheck({ result: "fail", text: name })] }),
      ],
      config_drift: [name],
    })),
    drbd: base.drbd.map((row) => ({ ...row, key: `${name}/${row.resource}`, resource: name, disagreement: [name], guests: [name, name] })),
    storage: flapping.map((row) => ({ ...row, key: `${row.key}${name}`, title: name, subtitle: name, guests: [name] })),
    bridges: [fixtureBridge(name, [fixtureTree(name, [[name, name]], 7), undefined], { parity: [critical(name)], guests: [name] })],
    uplinks: [fixtureUplink(name)],
    lose: [
      fixtureLose(alpha, beta, { answer: "none", restart: [], cannot: [{ guest: `${name}1`, name, reason: name }], severity: "critical" }),
      fixtureLose(beta, alpha, { restart: [name] }),
    ],
    findings: base.findings.map((finding) => ({ ...finding, object: name, cause: name, at_risk: [name], next: name })),
    plans: [
      fixturePlan({
        goal: name,
        operator: name,
        reason: name,
        driver: { name, operator: name, taken_over: true },
        keys: [name],
        doubt: [name],
        steps: [
          fixtureStep(step({ ...move, title: name, argv: [name, name], undo: name }), {
            state: "failed",
            outcome: { text: name, at_ms: NOW_MS },
          }),
        ],
        at: 0,
      }),
      fixturePlan({ id: "p2", state: "over", end: { result: "failed", text: name, at_ms: NOW_MS } }),
    ],
    timeline: [{ seq: 1, at_ms: NOW_MS - 1_000, host: alpha, origin: "seen", object: name, text: name, severity: "critical" }],
    severity: "critical",
  });
}

export const variants: Readonly<Record<string, PairView>> = {
  healthy: fixtureView(),
  nothingYet,
  betaUnreachable,
  alphaHung,
  splitBrain,
  resync,
  stalled,
  paused,
  guestsInTrouble,
  pathsAndBridges,
  plansOfAllKinds,
};
