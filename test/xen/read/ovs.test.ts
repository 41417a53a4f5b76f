import { describe, expect, it } from "vitest";
import { ovs, parseOvs } from "../../../src/xen/read/ovs.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

const real = ["Bridge", "Port", "Interface"]
  .map((table) => `@@ ${table}\n${recording(`ovs/alpha/ovs-vsctl-${table}.json`).stdout}`)
  .join("");

describe("ovs-vsctl", () => {
  it("reads bridges, ports with their tags and trunks, and interfaces", () => {
    const result = parseOvs({ rc: 0, stdout: real, truncated: false });
    if (!result.ok) throw new Error(JSON.stringify(result));
    expect(result.facts.not_understood).toEqual([]);
    expect(result.facts.bridges).toEqual(["ovsbr0"]);
    expect(result.facts.ports).toEqual([
      { name: "ovsup0", bridge: "ovsbr0", tag: undefined, trunks: [300, 301], interfaces: ["ovsup0"], fake_bridge: false },
      { name: "cache01.0", bridge: "ovsbr0", tag: 300, trunks: [], interfaces: ["cache01.0"], fake_bridge: false },
      { name: "ovsbr0", bridge: "ovsbr0", tag: undefined, trunks: [], interfaces: ["ovsbr0"], fake_bridge: false },
    ]);
    expect(result.facts.interfaces.find(({ name }) => name === "cache01.0")).toEqual({
      name: "cache01.0",
      type: undefined,
      admin_state: "up",
      link_state: "up",
      error: undefined,
      mac: "fe:ff:ff:ff:ff:ff",
      mtu: 1500,
      external_mac: "00:16:3e:00:00:13",
    });
    expect(result.facts.interfaces.find(({ name }) => name === "ovsbr0")).toMatchObject({ type: "internal" });
  });

  it("is absent where the daemon was never started, and fails where it doesn't answer", () => {
    const stdout = "@@ Bridge\novs-vsctl: unix:/var/run/openvswitch/db.sock: database connection failed (No such file or directory)\n";
    expect(parseOvs({ rc: 1, stdout, truncated: false })).toEqual({ ok: false, kind: "absent", why: "Open vSwitch isn't running" });
    expect(parseOvs({ rc: 1, stdout: stdout.replace("No such file or directory", "Connection refused"), truncated: false })).toMatchObject({
      kind: "failed",
      error: expect.stringContaining("Connection refused"),
    });
    expect(parseOvs({ rc: 142, stdout: "@@ Bridge\n", truncated: false })).toMatchObject({
      kind: "failed",
      error: expect.stringContaining("no answer within its time"),
    });
    expect(parseOvs({ rc: 69, stdout: "", truncated: false })).toMatchObject({ kind: "absent" });
  });

  it("keeps a warning beside the answer", () => {
    const stdout = real.replace("@@ Port\n", "@@ Port\novs-vsctl: a warning\n");
    expect(parseOvs({ rc: 0, stdout, truncated: false })).toMatchObject({
      ok: true,
      facts: { bridges: ["ovsbr0"], not_understood: ["ovs-vsctl: a warning"] },
    });
  });

  it("has a time limit of its own and never asks for options, which can hold a key", () => {
    expect(ovs.script).toContain("ovs-vsctl -t 3 ");
    expect(ovs.script).not.toContain("options");
  });

  it("survives anything", () => expectTotal(parseOvs, real));
});
