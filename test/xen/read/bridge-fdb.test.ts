import { describe, expect, it } from "vitest";
import { FDB_ENTRIES_MAX, parseBridgeFdb } from "../../../src/xen/read/bridge-fdb.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

function fdb(stdout: string) {
  const result = parseBridgeFdb({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error("not parsed");
  return result.facts;
}

describe("bridge -j fdb", () => {
  it("keeps learned addresses only: the peer's guest shows on the uplink", () => {
    const facts = fdb(recording("healthy/alpha/bridge-fdb.json").stdout);
    expect(facts.not_understood).toEqual([]);
    expect(facts.entries).toContainEqual({ mac: "00:16:3e:00:00:12", port: "eth2", bridge: "xenbr0", vlan: undefined, permanent: false });
    expect(facts.entries.some(({ mac }) => mac.startsWith("33:33") || mac.startsWith("01:00:5e"))).toBe(false);
    expect(facts.entries.every(({ permanent }) => !permanent)).toBe(true);
  });

  it("is bounded, and keeps guests' addresses first", () => {
    const entry = (mac: string) => ({ mac, ifname: "eth0", flags: [], master: "br0", state: "" });
    const others = Array.from({ length: FDB_ENTRIES_MAX + 5 }, (_, index) => entry(`02:00:00:00:${index >> 8}:${index & 255}`));
    const facts = fdb(JSON.stringify([...others, entry("00:16:3E:00:00:01")]));
    expect(facts.entries).toHaveLength(FDB_ENTRIES_MAX);
    expect(facts.entries[0]?.mac).toBe("00:16:3e:00:00:01");
    expect(facts.truncated).toBe(true);
  });

  it("reads the lines that the script makes of a long answer", () => {
    const lines = recording("healthy/alpha/bridge-fdb.json").stdout.replaceAll("},{", "},\n{").replaceAll('"flags":[],', "").split("\n");
    const kept = lines.filter((line) => !line.includes('"permanent"') && !line.includes('"self"'));
    expect(fdb(kept.join("\n"))).toEqual(fdb(recording("healthy/alpha/bridge-fdb.json").stdout));
  });

  it("survives anything", () => expectTotal(parseBridgeFdb, recording("healthy/alpha/bridge-fdb.json").stdout));
});
