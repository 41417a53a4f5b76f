import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkRefused, checkResult } from "../../src/cli/check.ts";
import { type CheckConfig, pairDefaults } from "../../src/cli/config.ts";
import type { PairView } from "../../src/state/view-model.ts";
import { alpha, beta, fixtureEvidence, fixtureHost, fixtureLose, fixtureView } from "../views/panes/fixture.ts";
import {
  alphaHung,
  betaUnreachable,
  guestsInTrouble,
  hostileView,
  nothingYet,
  pathsAndBridges,
  resync,
  splitBrain,
  stalled,
  variants,
} from "../views/panes/fixture-variants.ts";

const check = (view: PairView, config: Partial<CheckConfig> = {}) =>
  checkResult({ view, took_ms: 3_210, timeout_s: 20 }, { ...pairDefaults.check, ...config });

/** Monitoring Plugins Development Guidelines, performance data: 'label'=value[UOM];[warn];[crit];[min];[max] */
const perfdatum = /^'[^'=]+'=(?:U|-?\d+(?:\.\d+)?(?:s|us|ms|%|B|KB|MB|TB|c)?)(?:;-?[\d.:~@]*){0,4}$/;
const wholeLine = /^XENHA (OK|WARNING|CRITICAL|UNKNOWN) - [^|\p{Cc}]+ \| [^|\p{Cc}]+$/u;

describe("check", () => {
  it.each([
    ["healthy", fixtureView(), 0, /^XENHA OK - alpha and beta live, 3 guests running, either host can be lost \| /],
    ["a resync runs", resync, 1, /^XENHA WARNING - r1\/0 resync \| /],
    ["it stalls", stalled, 2, /^XENHA CRITICAL - r1\/0 resync stalled \| /],
    [
      "split brain",
      splitBrain,
      2,
      /^XENHA CRITICAL - r2 has split: .*; if alpha is lost 1 of 2 can't restart on beta \(cache01: r2 split brain\)/,
    ],
    ["a guest runs twice", guestsInTrouble, 2, /^XENHA CRITICAL - web01 runs twice/],
    ["paths and bridges", pathsAndBridges, 2, /0 of 2 paths; \S+ missing on beta/],
    ["one host unreachable", betaUnreachable, 2, /^XENHA CRITICAL - beta unreachable: jump1: connection refused/],
    ["both unreachable", nothingYet, 3, /^XENHA UNKNOWN - neither host answers/],
    ["a command hangs", alphaHung, 3, /^XENHA UNKNOWN - 1 reading missing: alpha xl list -v \(not answering for 42 s\) \| /],
  ])("%s", (_name, view, code, line) => {
    expect(check(view)).toEqual({ code, line: expect.stringMatching(line) });
  });

  it("is never OK on facts that aren't known", () => {
    const view = fixtureView();
    for (const freshness of ["never", "stale", "hung", "failed"] as const) {
      const host = fixtureHost(alpha, { readings: [fixtureEvidence(alpha, { reading: "xentop", freshness, at_ms: undefined })] });
      expect(check({ ...view, hosts: [host, view.hosts[1]] }).code).toBe(3);
    }
    const lose: PairView["lose"] = [fixtureLose(alpha, beta, { answer: "unknown" }), view.lose[1]];
    expect(check({ ...view, lose }).code).toBe(3);
  });

  it("takes what a host doesn't have for an answer", () => {
    const view = fixtureView();
    const host = fixtureHost(alpha, { readings: [fixtureEvidence(alpha, { freshness: "absent", note: "no multipath" })] });
    expect(check({ ...view, hosts: [host, view.hosts[1]] }).code).toBe(0);
  });

  it("hides neither CRITICAL nor WARNING behind UNKNOWN", () => {
    const hung = alphaHung.hosts;
    expect(check({ ...splitBrain, hosts: hung }).code).toBe(2);
    expect(check({ ...resync, hosts: hung }).code).toBe(1);
  });

  it("goes by the pair's config", () => {
    const quiet = { ...betaUnreachable, findings: [] };
    expect(check(quiet, { one_host_unreachable: "warning" }).code).toBe(1);
    expect(check(quiet, { one_host_unreachable: "unknown" }).code).toBe(3);
    expect(check(alphaHung, { ignore: ["reading.xl-list"] }).code).toBe(0);
    const drift = { ...splitBrain, ...fixtureView(), findings: splitBrain.findings.slice(1) };
    expect(check(drift).code).toBe(1);
    expect(check(drift, { ignore: ["guest.drift"] }).code).toBe(0);
  });

  it.each(Object.entries(variants))("prints one line with valid perfdata: %s", (_name, view) => {
    const { line } = check(view);
    expect(line).toMatch(wholeLine);
    for (const datum of (line.split(" | ")[1] ?? "").split(" ")) expect(datum).toMatch(perfdatum);
    expect(Buffer.byteLength(line)).toBeLessThan(2_048);
  });

  it("prints the same metrics whatever is known", () => {
    const labels = (view: PairView) => [...check(view).line.matchAll(/'([^']+)'=/g)].map(([, label]) => label);
    for (const view of Object.values(variants)) expect(labels(view)).toEqual(labels(fixtureView()));
  });

  it("keeps its line whole whatever a name holds", () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom("|", "\n", "'", "=", ";", "\u001b", "\u202e", " "), fc.string({ minLength: 1, maxLength: 1 })),
    });
    fc.assert(
      fc.property(text, text, (name, host) => {
        const base = hostileView(name);
        const view: PairView = {
          ...base,
          hosts: [{ ...base.hosts[0], id: host as typeof alpha }, base.hosts[1]],
          findings: [
            {
              rule: "x",
              severity: "critical",
              object: name,
              cause: host,
              evidence: [],
              at_risk: [name],
              next: name,
              screen: 1,
              since_ms: undefined,
            },
          ],
        };
        const { line, code } = check(view);
        expect(line).toMatch(wholeLine);
        for (const datum of (line.split(" | ")[1] ?? "").split(" ")) expect(datum).toMatch(perfdatum);
        expect(code).toBe(2);
      }),
    );
    expect(checkRefused("config|toml:\n3").line).toBe("XENHA UNKNOWN - config/toml:\ufffd3");
    expect(checkRefused("x").code).toBe(3);
  });
});
