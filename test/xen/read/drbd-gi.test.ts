import { describe, expect, it } from "vitest";
import { parseDrbdGi } from "../../../src/xen/read/drbd-gi.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./totality.ts";

const read = (stdout: string, rc = 0) => parseDrbdGi({ rc, stdout, truncated: false });
const zero = "0000000000000000";

// Printed by the lab: 8.4.11 of Debian 12.
const debugfs84 = `@@ debugfs
r0/volumes/0/data_gen_id:0x0549795C052E408D
r0/volumes/0/data_gen_id:0x${zero}
r0/volumes/0/data_gen_id:0x${zero}
r0/volumes/0/data_gen_id:0x${zero}
r2/volumes/0/data_gen_id:0x5D3F4F1B51DCA329
r2/volumes/0/data_gen_id:0xA5F2B1C0D4E3F201
r2/volumes/0/data_gen_id:0x1111111111111111
r2/volumes/0/data_gen_id:0x${zero}
`;
const getGi84 = `@@ r0/0
0549795C052E408D:${zero}:${zero}:${zero}:1:1:1:1:0:0:0
@@ r1/0
`;

describe("DRBD generations", () => {
  it("reads what two healthy hosts tell: the same generation, but for the bit that says Primary", () => {
    const current = (host: string) => {
      const result = parseDrbdGi(recording(`probe-debian12-healthy/${host}/drbd-gi.txt`));
      if (!result.ok) throw new Error("not parsed");
      expect(result.facts.not_understood).toEqual([]);
      return result.facts.generations.map((one) => one.current);
    };
    expect(current("alpha")).toEqual(["0549795C052E408D", "9A72585DF7C34C52", "5D3F4F1B51DCA329"]);
    expect(current("beta")).toEqual(["0549795C052E408C", "9A72585DF7C34C53", "5D3F4F1B51DCA328"]);
  });

  it("reads 8.4's debugfs", () => {
    expect(read(debugfs84)).toEqual({
      ok: true,
      facts: {
        generations: [
          { name: "r0", volume: 0, peer_node_id: undefined, current: "0549795C052E408D", bitmap: undefined, history: [], flags: [] },
          {
            name: "r2",
            volume: 0,
            peer_node_id: undefined,
            current: "5D3F4F1B51DCA329",
            bitmap: "A5F2B1C0D4E3F201",
            history: ["1111111111111111"],
            flags: [],
          },
        ],
        not_understood: [],
      },
    });
  });

  // Format of device_data_gen_id_show() in drbd 9.
  it("reads 9's debugfs: a bitmap for each peer", () => {
    const lines = ["0xAAAAAAAAAAAAAAA1", `[0]0x${zero} [2]0xBBBBBBBBBBBBBBB2`, "0xCCCCCCCCCCCCCCC4", `0x${zero}`];
    const result = read(`@@ debugfs\n${lines.map((line) => `r0/volumes/1/data_gen_id:${line}`).join("\n")}\n`);
    expect(result).toMatchObject({
      ok: true,
      facts: {
        generations: [
          { name: "r0", volume: 1, peer_node_id: 0, current: "AAAAAAAAAAAAAAA1", bitmap: undefined, history: ["CCCCCCCCCCCCCCC4"] },
          { name: "r0", volume: 1, peer_node_id: 2, current: "AAAAAAAAAAAAAAA1", bitmap: "BBBBBBBBBBBBBBB2" },
        ],
      },
    });
  });

  it("reads get-gi, with flags in the order of each version; a diskless volume has none", () => {
    expect(read(getGi84)).toEqual({
      ok: true,
      facts: {
        generations: [
          {
            name: "r0",
            volume: 0,
            peer_node_id: undefined,
            current: "0549795C052E408D",
            bitmap: undefined,
            history: [],
            flags: ["consistent", "was_up_to_date", "primary", "connected"],
          },
        ],
        not_understood: [],
      },
    });
    const nine = read(`@@ r0/0/1\nAAAAAAAAAAAAAAA1:BBBBBBBBBBBBBBB2:${zero}:${zero}:1:0:0:1:0:0:0:1:0:0:0:1\n`);
    expect(nine).toMatchObject({
      ok: true,
      facts: {
        generations: [
          { peer_node_id: 1, bitmap: "BBBBBBBBBBBBBBB2", flags: ["consistent", "crashed_primary", "connected", "peer_device_seen"] },
        ],
      },
    });
  });

  it("keeps what isn't an identifier as text", () => {
    expect(read("@@ debugfs\nr0/volumes/0/data_gen_id:0xZZ\nr1/volumes/0/data_gen_id:0x0549795C052E408D\n0x1\n")).toMatchObject({
      ok: true,
      facts: { generations: [{ name: "r1" }], not_understood: ["0x1", "r0/0: 0xZZ"] },
    });
    expect(read("@@ r0/0\nnot an identifier\n")).toMatchObject({ ok: false, kind: "failed" });
    expect(read("", 69)).toMatchObject({ ok: false, kind: "absent" });
    expect(read("")).toEqual({ ok: true, facts: { generations: [], not_understood: [] } });
  });

  it("is total", () => {
    expectTotal(parseDrbdGi, [
      debugfs84,
      getGi84,
      "@@ debugfs\nr0/volumes/1/data_gen_id:0xAAAAAAAAAAAAAAA1\nr0/volumes/1/data_gen_id:[0]0x1",
    ]);
  });
});
