import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { type Collected, statusJson } from "../../src/cli/status-json.ts";
import { statusText } from "../../src/cli/status-text.ts";
import type { PairView } from "../../src/state/view-model.ts";
import { beta, fixtureEvidence, fixtureView, NOW_MS } from "../views/panes/fixture.ts";
import {
  alphaHung,
  betaUnreachable,
  hostileNames,
  hostileView,
  nothingYet,
  resync,
  splitBrain,
  variants,
} from "../views/panes/fixture-variants.ts";

const collected = (view: PairView): Collected => ({ view, simulated: false, took_ms: 3_210, timeout_s: 20, version: "0.1.0" });
/** As a reader gets it. */
const printed = (view: PairView) => JSON.parse(JSON.stringify(statusJson(collected(view))));
const text = (view: PairView) => statusText(collected(view), { color: false, ascii: false });
const views: readonly (readonly [string, PairView])[] = Object.entries({ healthy: fixtureView(), ...variants });

const schema: unknown = JSON.parse(readFileSync(new URL("../../schema/status.schema.json", import.meta.url), "utf8"));
/** The same schema, but nothing may be there of which it doesn't tell. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return inner.type === "object" && "properties" in inner ? { ...inner, additionalProperties: false } : inner;
}
function compiled(shape: unknown) {
  const ajv = new Ajv({
    strict: true,
    strictTypes: false,
    allErrors: true,
    formats: { "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
  });
  return ajv.compile(shape as object);
}

describe("status --json", () => {
  const validate = compiled(closed(schema));
  it.each(views)("keeps to its schema, which tells of every field: %s", (_name, view) => {
    validate(printed(view));
    expect(validate.errors).toBeNull();
  });

  it("has a schema that takes later fields of version 1, and no missing ones", () => {
    const open = compiled(schema);
    expect(open({ ...printed(fixtureView()), later: 1 })).toBe(true);
    for (const field of Object.keys(printed(fixtureView()))) {
      const { [field]: _gone, ...rest } = printed(fixtureView());
      expect({ field, ok: open(rest) }).toEqual({ field, ok: false });
    }
  });

  it("says null where nothing is known, and leaves no field out", () => {
    const [host] = printed(nothingYet).hosts;
    expect(host).toMatchObject({ freshness: "never", age_s: null, hostname: null, memory_free_mib: null, clock_skew_s: null });
    expect(printed(nothingYet)).toMatchObject({ complete: false, severity: "unknown", guests: [] });
  });

  it("gives every group of facts its age and freshness", () => {
    const { hosts, guests, drbd, storage, network, readiness, verdict } = printed(betaUnreachable);
    expect(hosts[1]).toMatchObject({ reach: "unreachable", freshness: "stale", age_s: 42 });
    const groups = [
      ...hosts,
      ...guests,
      ...guests[0].placements,
      ...drbd[0].sides,
      ...storage[0].cells,
      ...network.bridges[0].told,
      ...readiness,
      ...verdict,
    ];
    for (const group of groups) {
      expect(group).toHaveProperty("age_s");
      expect(group).toMatchObject({ freshness: expect.stringMatching(/^[a-z]+$/) });
    }
    expect(drbd[0].sides.map((side: { freshness: string }) => side.freshness)).toEqual(["fresh", "stale"]);
  });

  it("says of each guest whether it could be moved alive, where that is a question", () => {
    const view = fixtureView();
    const [guest, ...others] = view.guests;
    if (guest === undefined) throw new Error("no guest");
    const [on_alpha, on_beta] = guest.can_run;
    const [first, ...more] = on_beta.checks;
    if (first === undefined) throw new Error("no checks");
    const moved = (move: NonNullable<typeof first.move>) =>
      printed({ ...view, guests: [{ ...guest, can_run: [on_alpha, { ...on_beta, checks: [{ ...first, move }, ...more] }] }, ...others] })
        .readiness[1].live_move;
    expect(printed(view).readiness[1].live_move).toBeNull();
    expect(moved({ result: "warn", text: "seldom", evidence: [] })).toEqual({ answer: "yes", reason: null });
    expect(moved({ result: "fail", text: "r0/0 on beta is VerifyT", evidence: [] })).toEqual({
      answer: "no",
      reason: "r0/0 on beta is VerifyT",
    });
    expect(moved({ result: "unknown", text: "not told", evidence: [] })).toEqual({ answer: "unknown", reason: "not told" });
  });

  it("takes the worst for what is joined from several readings", () => {
    const view = fixtureView();
    const [guest, ...others] = view.guests;
    if (guest === undefined) throw new Error("no guest");
    const [on_alpha, on_beta] = guest.can_run;
    const old = fixtureEvidence(beta, { at_ms: NOW_MS - 90_000, freshness: "failed" });
    const checks = on_beta.checks.map((check) => ({ ...check, evidence: [old] }));
    const told = printed({ ...view, guests: [{ ...guest, can_run: [on_alpha, { ...on_beta, checks }] }, ...others] });
    expect(told.guests[0]).toMatchObject({ freshness: "failed", age_s: 90 });
    expect(told.verdict[0]).toMatchObject({ lost: "alpha", freshness: "failed", age_s: 90 });
    expect(told.verdict[1]).toMatchObject({ freshness: "fresh" });
  });

  it("is incomplete where a reading hangs, and names it", () => {
    expect(printed(alphaHung)).toMatchObject({
      complete: false,
      missing: [{ host: "alpha", reading: "xl-list", freshness: "hung", note: "not answering for 42 s" }],
    });
    expect(printed(fixtureView())).toMatchObject({ complete: true, missing: [] });
    expect(printed(betaUnreachable)).toMatchObject({
      complete: false,
      missing: expect.arrayContaining([expect.objectContaining({ host: "beta", freshness: "stale" })]),
    });
  });

  it("is complete with an old answer of a host that answers: its age is there", () => {
    const view = fixtureView();
    const readings = [fixtureEvidence(beta, { at_ms: NOW_MS - 44_000, freshness: "stale" })];
    const told = printed({ ...view, hosts: [view.hosts[0], { ...view.hosts[1], readings }] });
    expect(told).toMatchObject({ complete: true, hosts: [{}, { readings: [{ freshness: "stale", age_s: 44 }] }] });
  });
});

describe("status", () => {
  it.each(views)("is lines without control characters: %s", (_name, view) => {
    expect(text(view)).toMatch(/^(?:\P{Cc}*\n)+$/u);
    expect(text(view)).not.toMatch(/undefined|NaN|\[object/);
    expect(statusText(collected(view), { color: false, ascii: true })).toMatch(/^[\u0020-\u007e\n]+$/);
  });

  it("says first what matters", () => {
    const lines = text(splitBrain).split("\n");
    expect(lines[0]).toMatch(/CRITICAL/);
    expect(lines.slice(1, 8).join("\n")).toContain("1 of 2 guests restart on beta");
    expect(lines.slice(1, 8).join("\n")).toContain("cache01 can't: r2 split brain");
    expect(lines.slice(1, 9).join("\n")).toMatch(/critical +r2 +r2 has split/);
  });

  it("aligns its columns, wide characters too", () => {
    const view = fixtureView();
    const wide = { ...view, guests: view.guests.map((guest, index) => (index === 0 ? { ...guest, name: "データ" } : guest)) };
    const rows = text(wide).split("\n");
    const first = rows.findIndex((row) => row.startsWith("  guest"));
    const states = rows.slice(first + 1, first + 1 + wide.guests.length).map((row) => {
      const before = row.slice(0, row.indexOf("running"));
      return [...before].reduce((columns, character) => columns + (character > "\u2000" ? 2 : 1), 0);
    });
    expect(new Set(states).size).toBe(1);
  });

  it("marks what is old, and says what didn't answer", () => {
    expect(text(betaUnreachable)).toMatch(/r1\/0 .*\(stale, 42 s old\)/);
    expect(text(betaUnreachable)).toMatch(/beta +unreachable +42 s ago +jump1: connection refused/);
    expect(text(alphaHung)).toMatch(/Not answered\n +alpha +xl list -v +hung +not answering for 42 s/);
    expect(text(betaUnreachable)).toMatch(/Not answered\n +beta +all \d+ readings?\n$/);
    expect(text(fixtureView())).not.toContain("Not answered");
  });

  it("tells a resync's progress", () => {
    expect(text(resync)).toContain("resync beta -> alpha 54.3 % done, 117 MiB left, 2.1 MiB/s, 57 s to go");
  });

  it("colours only where it is asked to", () => {
    expect(statusText(collected(splitBrain), { color: true, ascii: false })).toContain("\u001b[1;31m");
    expect(text(splitBrain)).not.toContain("\u001b");
  });

  it("says that a simulated pair is one", () => {
    expect(statusText({ ...collected(fixtureView()), simulated: true }, { color: false, ascii: false }).split("\n")[0]).toContain(
      "simulated",
    );
  });

  it("stays one line a row whatever a guest is named", () => {
    const lines = (name: string) => text(hostileView(name)).split("\n").length;
    expect(new Set(hostileNames.map(lines)).size).toBe(1);
  });
});
