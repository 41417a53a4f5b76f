/** Keys for the time of an incident, on the core of the screen: no terminal, the table of commands as it is. */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Faults } from "../../src/sim/fault.ts";
import { idleDesk } from "../../src/state/plan/desk.ts";
import { selectPair } from "../../src/state/select/pair.ts";
import type { Finding, PairView } from "../../src/state/view-model.ts";
import type { Effect } from "../../src/views/actions.ts";
import { buildDetail } from "../../src/views/panes/detail.ts";
import { panes } from "../../src/views/panes/index.ts";
import { createScreenCore, createScreenStore } from "../../src/views/screen-core.ts";
import { createTheme } from "../../src/views/theme.ts";
import { filterOf } from "../../src/views/timeline-of.ts";
import { playStory } from "../state/story.ts";
import { alpha, beta, fixtureDrbd, fixtureGuest, fixtureView, NOW_MS } from "./panes/fixture.ts";

const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: "drbd.connecting",
  severity: "warning",
  object: "r0",
  cause: "r0 waits for the peer",
  evidence: [],
  at_risk: ["web01"],
  next: "3: look",
  screen: 3,
  since_ms: undefined,
  ...over,
});

function screen(view: PairView, columns = 80, rows = 40) {
  const store = createScreenStore(view);
  const core = createScreenCore(store, { panes, detail: buildDetail }, createTheme({ depth: "none", light: false, ascii: false }));
  core.dispatch([{ kind: "resized", columns, rows }]);
  return {
    store,
    press: (...keys: readonly string[]): readonly Effect[] => core.dispatch(keys.map((key) => ({ kind: "key", key }))),
    text: () => stripVTControlCharacters(core.rows().join("\n")),
    /** The cursor on the first row of the overview that is a finding's. */
    toFinding() {
      const first = view.findings[0];
      store.setState(({ ui }) => ({
        ui: {
          ...ui,
          places: new Map([
            [
              "overview",
              { key: `finding ${first?.rule} ${first?.object}`, index: 0, top: 0, follow: true, filter: "", marks: new Set<string>() },
            ],
          ]),
        },
      }));
    },
  };
}

describe("a note on a finding", () => {
  const view = fixtureView({ findings: [finding()] });

  it("is wished for by n, in the list and in its detail, and withdrawn by n", () => {
    const shown = screen(view);
    shown.toFinding();
    expect(shown.press("n")).toEqual([{ kind: "note", finding: view.findings[0], for_ms: undefined }]);
    expect(shown.text()).toMatch(/r0: acknowledged while it lasts/);
    expect(shown.press("enter", "n")).toEqual([{ kind: "note", finding: view.findings[0], for_ms: undefined }]);
    const noted = screen(fixtureView({ findings: [finding({ ack: { by: "ana@jump", at_ms: NOW_MS - 300_000, until_ms: undefined } })] }));
    noted.toFinding();
    expect(noted.press("n")).toEqual([{ kind: "unnote", key: "drbd.connecting r0" }]);
  });

  it("is longer with each z: an hour, four, eight", () => {
    const at = (left_ms: number | undefined): readonly Effect[] => {
      const ack = left_ms === undefined ? {} : { ack: { by: "ana", at_ms: NOW_MS, until_ms: NOW_MS + left_ms } };
      const shown = screen(fixtureView({ findings: [finding(ack)] }));
      shown.toFinding();
      return shown.press("z");
    };
    expect([undefined, 3_600_000, 4 * 3_600_000, 8 * 3_600_000].map((left) => at(left)[0])).toMatchObject(
      [1, 4, 8, 1].map((hours) => ({ kind: "note", for_ms: hours * 3_600_000 })),
    );
  });

  it("says why not where there is no finding", () => {
    const shown = screen(view);
    shown.press("2");
    expect(shown.press("n")).toEqual([]);
    expect(shown.text()).toMatch(/note: select a finding first\./);
  });

  it("steps back on the screen, with who and when, and is counted as such", () => {
    const text = screen(
      fixtureView({
        findings: [
          finding({ object: "r9", severity: "critical" }),
          finding({ ack: { by: "ana@jump", at_ms: NOW_MS - 300_000, until_ms: NOW_MS + 1_800_000 } }),
        ],
      }),
      100,
    ).text();
    expect(text).toMatch(/✗ 1 critical {2}1 noted/);
    expect(text).toMatch(/2 findings {2}1 critical, 1 warning, 1 of them noted/);
    expect(text.replace(/\s+/g, " ")).toMatch(/warning r0 r0 waits for the peer snoozed by ana@jump 5 min ago, 30 min left/);
  });
});

describe("a thing's timeline", () => {
  const view = fixtureView({
    timeline: [
      {
        seq: 1,
        at_ms: NOW_MS - 9000,
        host: alpha,
        origin: "journal",
        object: "drbd r0",
        text: "drbd r0: conn( Connected -> Timeout )",
        severity: "warning",
      },
      {
        seq: 2,
        at_ms: NOW_MS - 8000,
        host: alpha,
        origin: "journal",
        object: "drbd0",
        text: "block drbd0: disk( UpToDate -> Failed )",
        severity: "warning",
      },
      { seq: 3, at_ms: NOW_MS - 7000, host: beta, origin: "seen", object: "r01", text: "role Primary -> Secondary", severity: "info" },
      { seq: 4, at_ms: NOW_MS - 6000, host: beta, origin: "seen", object: "web01", text: "paused", severity: "warning" },
      { seq: 5, at_ms: NOW_MS - 5000, host: beta, origin: "seen", object: "web012", text: "paused", severity: "warning" },
    ],
    findings: [finding()],
  });

  it("is opened by i from a guest: its own name, its disks' and its interfaces', and no other's", () => {
    const shown = screen(view, 100);
    shown.press("2", "g", "/", ..."web01", "enter", "i");
    const text = shown.text();
    expect(text).toMatch(/Timeline/);
    for (const seen of [/drbd r0/, /drbd0/, /✓|▲ web01 /]) expect(text).toMatch(seen);
    expect(text).not.toMatch(/web012|r01 /);
    // esc shows all of it again.
    shown.press("escape");
    expect(shown.text()).toMatch(/web012/);
  });

  it("is opened from everything that has a name there", () => {
    for (const [object, name] of [
      [{ kind: "guest", key: view.guests[0]?.key ?? "" }, '"web01"'],
      [{ kind: "drbd", key: "r0/0" }, '"r0"'],
      [{ kind: "host", id: alpha }, '"alpha"'],
      [{ kind: "storage", key: view.storage[0]?.key ?? "" }, `"${view.storage[0]?.title}"`],
      [{ kind: "bridge", name: "xenbr0" }, '"xenbr0"'],
      [{ kind: "uplink", name: "eth2" }, '"eth2"'],
      [{ kind: "finding", rule: "drbd.connecting", object: "r0" }, '"r0"'],
      [{ kind: "entry", seq: 1 }, '"r0"'],
    ] as const)
      expect(filterOf(view, object)?.split("|")).toContain(name);
    expect(filterOf(view, { kind: "guest", key: "gone" })).toBeUndefined();
  });

  it("is found by the longest part of a name with a space, and by no name that would be another filter", () => {
    const strange = fixtureView({
      guests: [fixtureGuest("my long guest", alpha, "r0"), fixtureGuest('a"b|c', alpha, "r1")],
      drbd: [fixtureDrbd("r7", alpha, "x")],
    });
    expect(filterOf(strange, { kind: "guest", key: strange.guests[0]?.key ?? "" })?.split("|")).toContain('"guest"');
    expect(filterOf(strange, { kind: "guest", key: strange.guests[1]?.key ?? "" }) ?? "").not.toContain("a");
  });
});

describe("a finding's next action", () => {
  /** The screen of a simulated pair on which everything may be done. */
  function acting(scenario: string, act?: (fault: Faults) => void) {
    const story = playStory(scenario);
    story.advance(30_000);
    act?.(story.sim.fault);
    story.advance(20_000);
    const view = selectPair(story.state(), story.now_ms());
    const shown = screen(view);
    shown.store.setState({ facts: story.state(), desk: idleDesk({ kind: "read_write" }) });
    return shown;
  }

  it("is begun by o, with what is known of it; what nobody may decide but the operator is asked", () => {
    const shown = acting("split-brain");
    expect(shown.press("f", "o")).toEqual([]);
    expect(shown.store.getState().ui.overlay).toMatchObject({
      kind: "form",
      form: { action: "drbd repair", given: { resource: "mail01" }, asking: ["discard"] },
    });
  });

  it("shows its plan at once where all is known, and does nothing by itself", () => {
    const shown = acting("pair", (fault) => fault.guestPaused("web01", true));
    shown.press("f");
    for (let again = 0; again < 5 && !shown.store.getState().ui.places.get("overview")?.key?.includes("guest.paused"); again += 1)
      shown.press("f");
    expect(shown.press("o").filter(({ kind }) => kind === "run")).toEqual([]);
    expect(shown.store.getState().ui.overlay.kind).toBe("plan");
    expect(shown.text()).toMatch(/web01/);
  });

  it("says why not where the next step is for hands", () => {
    const shown = acting("disk-full");
    shown.press("f", "o");
    expect(shown.text().replace(/\s+/g, " ")).toMatch(/next action: its next step is none of the actions/);
    const reading = screen(fixtureView({ findings: [finding({ act: { action: "drbd repair", args: { resource: "r0" } } })] }));
    reading.press("f", "o");
    expect(reading.store.getState().ui.overlay.kind).toBe("none");
  });
});

describe("the report", () => {
  it("is wished for by w", () => {
    expect(screen(fixtureView()).press("w")).toEqual([{ kind: "report" }]);
  });
});
