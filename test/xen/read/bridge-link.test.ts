import { describe, expect, it } from "vitest";
import { parseBridgeLink } from "../../../src/xen/read/bridge-link.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

describe("bridge -j -d link", () => {
  it("reads the ports of bridges", () => {
    const result = parseBridgeLink(recording("healthy/beta/bridge-link.json"));
    if (!result.ok) throw new Error("not parsed");
    expect(result.facts.not_understood).toEqual([]);
    expect(result.facts.ports.map(({ name, bridge, state }) => `${bridge} ${name} ${state}`)).toEqual([
      "xenbr0 eth2 forwarding",
      "xenbr-priv eth2.100 forwarding",
      "xenbr-dmz eth2.200 forwarding",
      "xenbr0 db01.0 forwarding",
      "xenbr-priv db01.1 forwarding",
    ]);
  });

  it("keeps a state that it doesn't know as it is", () => {
    expect(parseBridgeLink({ rc: 0, stdout: '[{"ifname":"a","master":"b","state":"weird"}]', truncated: false })).toMatchObject({
      facts: { ports: [{ state: "weird", isolated: undefined }] },
    });
  });

  it("takes no port at all for an answer", () => {
    for (const stdout of ["", "[]\n", "[ ]"])
      expect(parseBridgeLink({ rc: 0, stdout, truncated: false })).toMatchObject({ ok: true, facts: { ports: [] } });
  });

  it("survives anything", () => expectTotal(parseBridgeLink, recording("healthy/beta/bridge-link.json").stdout));
});
