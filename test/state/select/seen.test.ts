import { describe, expect, it } from "vitest";
import { type SeenDomains, seen } from "../../../src/state/select/seen.ts";
import type { Domain } from "../../../src/xen/model/xen.ts";
import { parseXlList } from "../../../src/xen/read/xl-list.ts";

const stdout = "Name  ID  Mem VCPUs  State  Time(s)  UUID\nweb01  1  512  2  -b----  7.5  7d1f3a52-0012-4c8e-9b60-5f2e8a710012\n";

function domainOf(): Domain {
  const read = parseXlList({ rc: 0, stdout, truncated: false });
  const domain = read.ok ? read.facts.domains[0] : undefined;
  if (domain === undefined) throw new Error("no domain was read");
  return domain;
}
const seenOf = (domain: Domain): SeenDomains["domains"][number] | undefined =>
  seen("xl-list", { domains: [domain], not_understood: [] })?.domains[0];

const another = (value: unknown): unknown =>
  typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : `${value === undefined ? "" : String(value)}x`;

describe("a domain as the selectors see it", () => {
  it("is the very same while only what passes changes", () => {
    const domain = domainOf();
    const later: Domain = { ...domain, cpu_time_s: 99, state: { ...domain.state, running: true, blocked: false, text: "r-----" } };
    expect(seenOf(later)).toBe(seenOf(domain));
  });

  // Whatever a domain is given one day is among these.
  const domain = domainOf();
  const passing = ["cpu_time_s", "state"];
  const fields = Object.keys(domain).filter((name) => !passing.includes(name));
  it.each(fields)("is another where its %s is", (name) => {
    const changed = another(domain[name as keyof Domain]);
    expect(seenOf({ ...domain, [name]: changed })).toEqual({ ...seenOf(domain), [name]: changed });
  });

  const flags = Object.keys(domain.state).filter((name) => !["running", "blocked", "text"].includes(name));
  it.each(flags)("is another where its state's %s is", (name) => {
    const changed = another(domain.state[name as keyof Domain["state"]]);
    const before = seenOf(domain);
    const now = seenOf({ ...domain, state: { ...domain.state, [name]: changed } });
    expect(now).toEqual({ ...before, state: { ...before?.state, [name]: changed } });
  });
});
