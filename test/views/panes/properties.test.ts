/** What must hold of every screen and every detail, whatever the pair's state, the width and the names. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Judged, PairView, Severity } from "../../../src/state/view-model.ts";
import type { Line, PaneContent } from "../../../src/views/pane.ts";
import { buildDetail } from "../../../src/views/panes/detail.ts";
import { panes } from "../../../src/views/panes/index.ts";
import { ELLIPSIS, lineText, lineWidth } from "../../../src/views/widgets/text.ts";
import { contextOf, type DrawOptions, linesOf, objectsOf } from "./draw.ts";
import {
  alpha,
  beta,
  fixtureBridge,
  fixtureCell,
  fixtureDrbd,
  fixtureGuest,
  fixtureHost,
  fixtureStorage,
  fixtureView,
  NOW_MS,
} from "./fixture.ts";
import { hostileNames, hostileView, variants } from "./fixture-variants.ts";

function contents(view: PairView, options: DrawOptions): PaneContent[] {
  const context = contextOf(view, options);
  const details = objectsOf(view).flatMap((object) => [true, false].map((evidence) => buildDetail(context, object, evidence)));
  return [...panes.map((pane) => pane.build(context)), ...details];
}
const lines = (view: PairView, options: DrawOptions): Line[] => contents(view, options).flatMap(linesOf);

const anyName = fc.oneof(
  fc.constantFrom(...hostileNames),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 40 }),
);
/** By name, so that a counterexample can be read. */
const anyView = fc.oneof(
  { weight: 1, arbitrary: fc.record({ variant: fc.constantFrom(...Object.keys(variants)) }) },
  { weight: 3, arbitrary: fc.record({ hostile: anyName }) },
);
const viewOf = (chosen: { variant: string } | { hostile: string }): PairView =>
  "variant" in chosen ? (variants[chosen.variant] ?? fixtureView()) : hostileView(chosen.hostile);
const anySize = fc.record({ width: fc.integer({ min: 40, max: 250 }), height: fc.integer({ min: 10, max: 80 }) });

describe("every screen and every detail", () => {
  it("never draws a line wider than it may, whatever the names are", () => {
    fc.assert(
      fc.property(anyView, anySize, fc.boolean(), (chosen, size, ascii) => {
        for (const line of lines(viewOf(chosen), { ...size, ascii })) expect(lineWidth(line)).toBeLessThanOrEqual(size.width);
      }),
    );
  });

  it("gives every row a key of its own, and continues only rows that are there", () => {
    fc.assert(
      fc.property(anyView, anySize, (chosen, size) => {
        for (const { rows } of contents(viewOf(chosen), size)) {
          const keys = rows.map(({ key }) => key);
          expect(new Set(keys).size).toBe(keys.length);
          for (const { part_of } of rows) if (part_of !== undefined) expect(keys).toContain(part_of);
        }
      }),
    );
  });

  it("says why where it has nothing to show", () => {
    fc.assert(
      fc.property(anyView, anySize, (chosen, size) => {
        for (const { rows, empty } of contents(viewOf(chosen), size)) if (rows.length === 0) expect(empty).toMatch(/\.$/);
      }),
    );
  });

  it("is ASCII where asked for, but for the sign of a cut, which the shell replaces", () => {
    for (const view of Object.values(variants)) {
      for (const width of [40, 80, 137, 250]) {
        for (const line of lines(view, { width, height: 56, ascii: true }))
          expect(lineText(line).replaceAll(ELLIPSIS, "")).toMatch(/^[ -~]*$/);
      }
    }
  });

  it("never takes what isn't fresh for well", () => {
    const silent = variants.betaUnreachable?.hosts[1];
    if (silent === undefined) throw new Error("the fixture has no unreachable host");
    for (const view of Object.values(variants)) {
      const unseen: PairView = { ...view, hosts: [{ ...silent, id: alpha }, silent], timeline: [] };
      for (const line of lines(unseen, { width: 200, height: 56 })) {
        expect(line.filter(({ tone }) => tone === "ok").map(({ text }) => `${text} in: ${lineText(line)}`)).toEqual([]);
      }
    }
  });

  it("leaves an unseen host's values no tone but stale, unknown or worse", () => {
    const view = variants.betaUnreachable ?? fixtureView();
    const marked = lines(view, { width: 200, height: 56 })
      .flat()
      .filter(({ text }) => text.startsWith("~") && !text.includes("old"));
    expect(marked.length).toBeGreaterThan(20);
    for (const { tone, text } of marked) expect(`${tone} ${text}`).toMatch(/^stale /);
  });
});

const badness = fc.constantFrom<Severity>("unknown", "warning", "critical");
/** A word that appears nowhere else. */
const judgedAs = (word: string) => badness.map((severity): Judged => ({ text: word, severity }));

describe("a state that isn't well", () => {
  it("is said in its word on its screen, not in colour alone", () => {
    const states = fc.record({
      guest: judgedAs("zguest"),
      disks: judgedAs("zdisks"),
      nics: judgedAs("znics"),
      volume: judgedAs("zvolume"),
      cell: judgedAs("zcell"),
      bridge: judgedAs("zbridge"),
      parity: judgedAs("zparity"),
    });
    fc.assert(
      fc.property(states, fc.constantFrom(120, 200), (state, width) => {
        const view = fixtureView({
          guests: [
            fixtureGuest("web01", alpha, "r0", {
              state: state.guest,
              disks_worst: state.disks,
              nics_worst: state.nics,
              severity: state.guest.severity,
            }),
          ],
          drbd: [fixtureDrbd("r0", alpha, "web01", { state: state.volume })],
          storage: [
            fixtureStorage({ cells: [fixtureCell(alpha, { state: state.cell }), fixtureCell(beta)], severity: state.cell.severity }),
          ],
          bridges: [fixtureBridge("br", [undefined, undefined], { state: state.bridge, parity: [state.parity] })],
        });
        const text = panes
          .flatMap((pane) => linesOf(pane.build(contextOf(view, { width, height: 56 }))))
          .map(lineText)
          .join("\n");
        for (const { text: word } of Object.values(state)) expect(text).toContain(word);
      }),
    );
  });

  it("has its severity's word where the selectors gave it none", () => {
    fc.assert(
      fc.property(badness, (severity) => {
        const view = fixtureView({ guests: [fixtureGuest("web01", alpha, "r0", { state: { text: "", severity }, severity })] });
        const guests = panes.find(({ id }) => id === "guests");
        const text =
          guests === undefined
            ? ""
            : linesOf(guests.build(contextOf(view)))
                .map(lineText)
                .join("\n");
        expect(text).toContain(severity);
      }),
    );
  });
});

describe("the table of screens", () => {
  it("has the keys 1 to 7 in order", () => {
    expect(panes.map(({ key, id }) => `${key} ${id}`)).toEqual([
      "1 overview",
      "2 guests",
      "3 drbd",
      "4 storage",
      "5 network",
      "6 jobs",
      "7 timeline",
    ]);
  });

  it("sorts by letters that are one each, upper case, and not G, which goes to the end", () => {
    for (const { sorts } of panes) {
      const keys = sorts.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of keys) expect(key).toMatch(/^[A-FH-Z]$/);
    }
  });

  it("draws two hundred guests in about as many rows", () => {
    const guests = Array.from({ length: 200 }, (_, index) => fixtureGuest(`guest${index}`, index % 2 ? alpha : beta, "r0"));
    const view = fixtureView({ guests, hosts: [fixtureHost(alpha), fixtureHost(beta)], now_ms: NOW_MS });
    for (const { rows } of panes.map((pane) => pane.build(contextOf(view, { width: 200, height: 56 }))))
      expect(rows.length).toBeLessThan(1_000);
  });
});
