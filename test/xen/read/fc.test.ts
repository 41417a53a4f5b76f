import { describe, expect, it } from "vitest";
import { parseFc } from "../../../src/xen/read/fc.ts";
import { expectTotal } from "./totality.ts";

const read = (stdout: string, rc = 0) => parseFc({ rc, stdout, truncated: false });

// The lab has no Fibre Channel: values as scsi_transport_fc.c prints them.
const sample = `@@ host3
port_name=0x21000024ff7e1a2c
node_name=0x20000024ff7e1a2c
port_state=Online
port_type=NPort (fabric via point-to-point)
speed=16 Gbit
max_npiv_vports=254
npiv_vports_inuse=2
@@ host4
port_name=0x21000024ff7e1a2d
node_name=0x20000024ff7e1a2d
port_state=Linkdown
port_type=Unknown
speed=unknown
max_npiv_vports=254
npiv_vports_inuse=0
@@ vport-3:0-1
port_name=0x50014380186b4f80
node_name=0x50014380186b4f81
vport_state=Active
@@ vport-3:0-2
port_name=0x50014380186b4f82
vport_state=Linkdown
`;

describe("Fibre Channel ports", () => {
  it("reads ports, and each virtual port at its port", () => {
    expect(read(sample)).toEqual({
      ok: true,
      facts: {
        ports: [
          {
            host: "host3",
            port_name: "0x21000024ff7e1a2c",
            node_name: "0x20000024ff7e1a2c",
            port_state: "Online",
            port_type: "NPort (fabric via point-to-point)",
            speed: "16 Gbit",
            max_npiv_vports: 254,
            npiv_vports_inuse: 2,
            vports: [
              { name: "vport-3:0-1", port_name: "0x50014380186b4f80", node_name: "0x50014380186b4f81", state: "Active" },
              { name: "vport-3:0-2", port_name: "0x50014380186b4f82", node_name: undefined, state: "Linkdown" },
            ],
          },
          expect.objectContaining({ host: "host4", port_state: "Linkdown", speed: "unknown", vports: [] }),
        ],
        not_understood: [],
      },
    });
  });

  it("keeps a port of which nothing could be read, and says whose port isn't there", () => {
    expect(read("@@ host9\n@@ vport-7:0-0\nvport_state=Active\ngarbage\n")).toMatchObject({
      ok: true,
      facts: { ports: [{ host: "host9", port_state: undefined }], not_understood: ["garbage", "vport-7:0-0: its port isn't there"] },
    });
  });

  it("is absent without FC, and failed where nothing came", () => {
    expect(read("", 69)).toMatchObject({ ok: false, kind: "absent" });
    expect(read("", 0)).toMatchObject({ ok: false, kind: "failed" });
  });

  it("is total", () => expectTotal(parseFc, [sample]));
});
