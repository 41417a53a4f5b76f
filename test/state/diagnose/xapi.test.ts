import { describe, expect, it } from "vitest";
import { parseXapi } from "../../../src/xen/read/xapi.ts";
import { ASLEEP, pool, slaveOf, xapiAnswer } from "../../xen/read/xapi-answers.ts";
import { beta } from "../pair-of-facts.ts";
import { findings, judge } from "./judge.ts";

const of = (stdout: string) => {
  const result = parseXapi({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(JSON.stringify(result));
  return { xapi: result.facts };
};
const both = (stdout: string) => ({ facts: { alpha: of(stdout), beta: of(stdout) } });
const severities = (rule: string, given: Parameters<typeof judge>[1]) => judge(rule, given).map(({ severity }) => severity);

describe("XAPI hosts", () => {
  it("cut off from one repository are one finding, critical where no host of the pair has what holds disks", () => {
    expect(severities("xapi.pbd", { facts: { alpha: of(xapiAnswer({ attached: "false" })), beta: of(xapiAnswer()) } })).toEqual([
      "warning",
    ]);
    expect(severities("xapi.pbd", both(xapiAnswer({ attached: "false" })))).toEqual(["critical"]);
    expect(severities("xapi.pbd", both(xapiAnswer({ attached: "false", sr_type: "iso" })))).toEqual(["warning"]);
    expect(judge("xapi.pbd", { ...both(xapiAnswer({ attached: "false" })), lost: [beta] }).map(({ object }) => object)).toEqual([
      "alpha:san: gold",
    ]);
  });

  it("of one pool tell of its HA once, critical where there is a plan for no failure", () => {
    expect(severities("xapi.ha", both(xapiAnswer({ pool: pool({ plan: "0" }) })))).toEqual(["critical"]);
    expect(severities("xapi.ha", both(xapiAnswer({ pool: pool({ target: "2" }) })))).toEqual(["warning"]);
    expect(severities("xapi.ha", both(xapiAnswer({ pool: pool({ plan: "<not in database>" }) })))).toEqual([]);
  });

  it("without a master are told of by both sides' words, and never told to take over before the old one is off", () => {
    const asleep = of(slaveOf("10.0.0.1", { emergency: "true", pool: ASLEEP, rc: 1 }));
    const [found] = judge("xapi.emergency", { facts: { alpha: of(xapiAnswer()), beta: asleep } });
    expect(found).toMatchObject({ severity: "critical", object: "beta" });
    expect(found?.evidence.map(({ text }) => text)).toContain("alpha: pool.conf says master");
    expect(found?.next).toContain("only once the old master is proven off");
    expect(findings({ facts: { beta: asleep } }).filter(({ rule }) => rule === "xapi.slave")).toEqual([]);
  });
});
