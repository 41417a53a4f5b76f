import { describe, expect, it } from "vitest";
import { domainState, isActive, SUSPENDED_MAX_MS } from "../../../src/state/select/guest-state.ts";
import { type DomainRow, domains } from "./guest-cases.ts";

function one(...row: DomainRow) {
  const domain = domains(row).domains[1];
  if (domain === undefined) throw new Error("no domain");
  return domain;
}
const words = (flags: string, for_ms?: number, name = "web01", vcpus = 1) => {
  const { text, severity } = domainState(
    one(name, 1, flags, undefined, vcpus),
    for_ms === undefined ? undefined : (limit_ms) => for_ms > limit_ms,
  );
  return [text, severity];
};

describe("a domain's state", () => {
  it("is running for r, b and nothing at all", () => {
    for (const flags of ["r-----", "-b----", "------"]) expect(words(flags)).toEqual(["running", "ok"]);
  });

  it("is worse the longer it lasts", () => {
    expect(words("--p---", 1000)).toEqual(["paused", "info"]);
    expect(words("--p---", 60_000)).toEqual(["paused", "warning"]);
    expect(words("--p---")).toEqual(["paused", "warning"]);
    expect(words("---ss-", 5000)).toEqual(["suspended", "info"]);
    expect(words("---ss-", SUSPENDED_MAX_MS + 1)).toEqual(["suspended", "critical"]);
    expect(words("-----d", 1000)).toEqual(["dying", "info"]);
    expect(words("-----d", 60_000)).toEqual(["dying", "warning"]);
  });

  it("knows every reason of a shutdown, and doesn't guess the others", () => {
    expect(words("---sc-")).toEqual(["crashed", "critical"]);
    expect(words("---sw-")).toEqual(["crashed (watchdog)", "critical"]);
    expect(words("---s--")).toEqual(["shut down", "warning"]);
    expect(words("---sr-")).toEqual(["rebooting", "info"]);
    expect(words("---sS-")).toEqual(["soft reset", "warning"]);
    expect(words("---s?-")).toEqual(["shut down, reason unknown", "warning"]);
  });

  it("knows the halves of a migration, and a dying domain without VCPUs", () => {
    expect(words("--p---", undefined, "web01--incoming")).toEqual(["receiving", "info"]);
    expect(words("--pss-", 60_000, "web01--migratedaway")).toEqual(["left behind", "warning"]);
    expect(words("--ps--", 1000, "web01", 0)).toEqual(["dying", "info"]);
  });

  it("counts as active only what executes or could go on", () => {
    expect(["r-----", "------", "--p---"].map((flags) => isActive(one("a", 1, flags)))).toEqual([true, true, true]);
    expect(["---sc-", "-----d", "---ss-"].map((flags) => isActive(one("a", 1, flags)))).toEqual([false, false, false]);
    expect(isActive(one("a--incoming", 1, "--p---"))).toBe(false);
  });
});
