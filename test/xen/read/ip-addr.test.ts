import { describe, expect, it } from "vitest";
import { parseIpAddr } from "../../../src/xen/read/ip-addr.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

describe("ip -j addr", () => {
  it("reads dom0's addresses", () => {
    const result = parseIpAddr(recording("healthy/alpha/ip-addr.json"));
    if (!result.ok) throw new Error("not parsed");
    expect(result.facts.not_understood).toEqual([]);
    expect(result.facts.addresses).toContainEqual({
      ifname: "eth1",
      family: "inet",
      address: "10.99.1.1",
      prefix_length: 24,
      scope: "global",
    });
    expect(result.facts.addresses.filter(({ ifname, family }) => ifname === "xenbr0" && family === "inet")).toHaveLength(1);
    expect(result.facts.addresses.filter(({ ifname }) => ifname === "xenbr-priv").map(({ scope }) => scope)).toEqual(["link"]);
  });

  it("keeps an entry without a name as text, and takes an interface without addresses", () => {
    const result = parseIpAddr({
      rc: 0,
      stdout: '[{"addr_info":[]},{"ifname":"a"},{"ifname":"b","addr_info":[7,{"family":"x","local":"y"}]}]',
      truncated: false,
    });
    expect(result).toMatchObject({
      ok: true,
      facts: { addresses: [{ ifname: "b", family: "other", address: "y" }], not_understood: ['{"addr_info":[]}', "b: 7"] },
    });
  });

  it("survives anything", () => expectTotal(parseIpAddr, recording("healthy/alpha/ip-addr.json").stdout));
});
