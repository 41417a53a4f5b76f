import { describe, expect, it } from "vitest";
import {
  critical,
  fixtureBridge,
  fixtureCell,
  fixtureDrbd,
  fixtureGuest,
  fixtureReadiness,
  fixtureStorage,
  fixtureTree,
  warning,
} from "../../views/panes/fixture.ts";
import { alpha, beta } from "../pair-of-facts.ts";
import { findings, judge } from "./judge.ts";

/** Each row in a state that no other rule has a word for. */
const guest = fixtureGuest("web01", alpha, "r0", { severity: "warning", nics_worst: warning("odd") });
const drbd = fixtureDrbd("r0", alpha, "web01", { state: critical("odd") });
const storage = fixtureStorage({
  kind: "nbd",
  key: "nbd0",
  title: "nbd0",
  cells: [fixtureCell(alpha, { state: critical("not connected") }), undefined],
});
const tree = fixtureTree("xenbr0", []);
const bridge = fixtureBridge("xenbr0", [tree, tree], { state: warning("odd"), guests: [] });

describe("a row that is amber or red", () => {
  it("has a finding, whatever it is", () => {
    expect(findings({ view: { guests: [guest] } })).toMatchObject([{ rule: "guest.state", severity: "warning", cause: "web01: odd" }]);
    expect(findings({ view: { drbd: [drbd] } })).toMatchObject([{ rule: "drbd.state", severity: "critical", cause: "r0: odd" }]);
    expect(findings({ view: { storage: [storage] } })).toMatchObject([
      { rule: "storage.state", severity: "critical", cause: "nbd0 on alpha: not connected" },
    ]);
    expect(findings({ view: { bridges: [bridge] } })).toMatchObject([
      { rule: "net.state", severity: "warning", cause: "bridge xenbr0: odd" },
    ]);
  });

  it("says where a guest can't run", () => {
    const stranded = fixtureGuest("web01", alpha, "r0", {
      severity: "warning",
      can_run: [fixtureReadiness(alpha, { answer: "here" }), fixtureReadiness(beta, { answer: "no", reason: "no config" })],
    });
    expect(judge("guest.state", { view: { guests: [stranded] } })).toMatchObject([{ cause: "web01: can't run on beta: no config" }]);
  });

  it("says nothing of a healthy row, or of a host that doesn't answer", () => {
    for (const id of ["guest.state", "drbd.state", "storage.state", "net.state"]) {
      expect(judge(id)).toEqual([]);
      expect(judge(id, { view: { guests: [guest], drbd: [drbd], storage: [storage], bridges: [bridge] }, lost: [alpha, beta] })).toEqual(
        [],
      );
    }
  });
});
