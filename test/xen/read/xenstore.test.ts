import { describe, expect, it } from "vitest";
import type { Backends } from "../../../src/xen/model/xen.ts";
import { parseXenstore } from "../../../src/xen/read/xenstore.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

const sent = recording("readings-healthy/alpha/xenstore-4.17.7-healthy.txt").stdout;
function facts(stdout: string, over: { rc?: number; truncated?: boolean } = {}): Backends {
  const result = parseXenstore({ rc: 0, truncated: false, ...over, stdout });
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}

describe("xenstore", () => {
  it("reads what the script printed on a real host", () => {
    const { vbds, vifs, names, truncated } = facts(sent);
    expect(truncated).toBe(false);
    expect(vbds).toEqual([
      {
        kind: "vbd",
        domid: 1,
        devid: 51712,
        dev: "xvda",
        params: "r0",
        device_path: "/dev/drbd0",
        physical_device: "93:0",
        script: "block-drbd",
        mode: "w",
        state: "connected",
        hotplug_status: "connected",
        hotplug_error: undefined,
        online: true,
      },
      expect.objectContaining({ domid: 2, params: "r2" }),
    ]);
    expect(vifs.map(({ domid, devid, ifname, bridge, mac, state }) => [domid, devid, ifname, bridge, mac, state])).toEqual([
      [1, 0, "web01.0", "xenbr0", "00:16:3e:00:00:11", "connected"],
      [1, 1, "web01.1", "xenbr-priv", "00:16:3e:00:01:11", "connected"],
      [2, 0, "cache01.0", "xenbr0", "00:16:3e:00:00:13", "connected"],
      [2, 1, "cache01.1", "xenbr-priv", "00:16:3e:00:01:13", "connected"],
    ]);
    expect(names).toEqual([
      { domid: 0, name: "Domain-0", uuid: undefined },
      { domid: 1, name: "web01", uuid: "5ca1ab1e-0000-4000-8000-000000000011" },
      { domid: 2, name: "cache01", uuid: "5ca1ab1e-0000-4000-8000-000000000033" },
    ]);
  });

  it("reads the same from xenstore-ls's own lines", () => {
    expect(facts(recording("healthy/alpha/xenstore-ls.txt").stdout)).toEqual(facts(sent));
    expect(facts(recording("ovs/alpha/xenstore-ls.txt").stdout).vifs).toContainEqual(expect.objectContaining({ bridge: "ovsbr0.300" }));
  });

  it("keeps a failed hotplug's words, a device without keys, states it doesn't know, and vifs without a name of their own", () => {
    const text = [
      "vbd/7/51712",
      ' hotplug-error = "/etc/xen/scripts/block-drbd failed; error detected."',
      ' hotplug-status = "error"',
      ' state = "2"',
      "vbd/8/51712",
      "vif/7/1",
      ' state = "42"',
      "qdisk/7/832",
      ' params = "aio:/srv/iso\\\\x.iso"',
    ].join("\n");
    const { vbds, vifs } = facts(text);
    expect(vbds).toMatchObject([
      {
        domid: 7,
        hotplug_status: "error",
        hotplug_error: "/etc/xen/scripts/block-drbd failed; error detected.",
        state: "init_wait",
        online: false,
      },
      { domid: 8, state: "missing" },
      { kind: "qdisk", devid: 832, params: "aio:/srv/iso\\x.iso" },
    ]);
    expect(vifs).toMatchObject([{ ifname: "vif7.1", state: "unknown" }]);
  });

  it("keeps no credential", () => {
    const kept = JSON.stringify(facts('vbd/1/51712\n params = "iqn=x,portal=y,user=u,password=hunter2"'));
    expect(kept).not.toContain("hunter2");
  });

  it("says that rows may be missing", () => {
    expect(facts(sent, { truncated: true }).truncated).toBe(true);
    expect(facts(`${sent}\n@@ failed vif`).truncated).toBe(true);
  });

  it("is empty where no guest has ever run, absent without tools, and fails in their words", () => {
    expect(facts("@@ names\n/local/domain/0/name: Domain-0")).toMatchObject({ vbds: [], vifs: [], names: [{ domid: 0 }] });
    expect(parseXenstore({ rc: 69, stdout: "", truncated: false })).toMatchObject({ kind: "absent" });
    expect(parseXenstore({ rc: 1, stdout: "xs_open: No such file or directory", truncated: false })).toMatchObject({
      error: "xenstore-ls exited with 1: xs_open: No such file or directory",
    });
  });

  it("survives anything", () => expectTotal(parseXenstore, sent));
});
