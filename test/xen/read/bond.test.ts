import { describe, expect, it } from "vitest";
import { parseBond } from "../../../src/xen/read/bond.ts";
import { expectTotal } from "./hostile.ts";

// Printed as Linux 6.1 does it (drivers/net/bonding/bond_procfs.c): the lab has no bond to record.
const activeBackup = `@@ bond0
Ethernet Channel Bonding Driver: v6.1.0-56-amd64

Bonding Mode: fault-tolerance (active-backup)
Primary Slave: None
Currently Active Slave: eth1
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 200
Down Delay (ms): 0
Peer Notification Delay (ms): 0

Slave Interface: eth0
MII Status: down
Speed: Unknown
Duplex: Unknown
Link Failure Count: 3
Permanent HW addr: 52:54:00:aa:00:00
Slave queue ID: 0

Slave Interface: eth1
MII Status: up
Speed: 10000 Mbps
Duplex: full
Link Failure Count: 0
Permanent HW addr: 52:54:00:aa:00:01
Slave queue ID: 0
`;
const lacp = `@@ bond1
Ethernet Channel Bonding Driver: v6.1.0-56-amd64

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer3+4 (1)
MII Status: up
MII Polling Interval (ms): 100

802.3ad info
LACP active: on
LACP rate: fast
Active Aggregator Info:
\tAggregator ID: 2
\tNumber of ports: 1

Slave Interface: enp1s0f0
MII Status: going back
Speed: 1000 Mbps
Link Failure Count: 1
details actor lacp pdu:
    system priority: 65535
    port state: 71
`;

describe("/proc/net/bonding", () => {
  it("reads bonds and their slaves", () => {
    const result = parseBond({ rc: 0, stdout: activeBackup + lacp, truncated: false });
    expect(result).toEqual({
      ok: true,
      facts: {
        not_understood: [],
        bonds: [
          {
            name: "bond0",
            mode: "fault-tolerance (active-backup)",
            mii_up: true,
            active_slave: "eth1",
            slaves: [
              { name: "eth0", mii_up: false, speed: "Unknown", link_failures: 3 },
              { name: "eth1", mii_up: true, speed: "10000 Mbps", link_failures: 0 },
            ],
          },
          {
            name: "bond1",
            mode: "IEEE 802.3ad Dynamic link aggregation",
            mii_up: true,
            active_slave: undefined,
            // Carrier is back, but the bond doesn't use it yet.
            slaves: [{ name: "enp1s0f0", mii_up: false, speed: "1000 Mbps", link_failures: 1 }],
          },
        ],
      },
    });
  });

  it("says nothing of a word that it doesn't know", () => {
    expect(parseBond({ rc: 0, stdout: activeBackup.replaceAll("MII Status: up", "MII Status: perhaps"), truncated: false })).toMatchObject({
      facts: { bonds: [{ mii_up: undefined, slaves: [{ mii_up: false }, { mii_up: undefined }] }] },
    });
    expect(parseBond({ rc: 0, stdout: activeBackup.replace("Active Slave: eth1", "Active Slave: None"), truncated: false })).toMatchObject({
      facts: { bonds: [{ active_slave: undefined }] },
    });
  });

  it("keeps a file that isn't a bond's as text", () => {
    expect(parseBond({ rc: 0, stdout: `@@ odd\nnonsense\n${activeBackup}`, truncated: false })).toMatchObject({
      facts: { bonds: [{ name: "bond0" }], not_understood: ["odd nonsense"] },
    });
    expect(parseBond({ rc: 0, stdout: "@@ odd\nnonsense\n", truncated: false })).toMatchObject({
      ok: false,
      kind: "failed",
      error: expect.stringContaining("nonsense"),
    });
  });

  it("is absent where there is none", () =>
    expect(parseBond({ rc: 69, stdout: "", truncated: false })).toEqual({ ok: false, kind: "absent", why: "no bond" }));

  it("survives anything", () => expectTotal(parseBond, activeBackup + lacp));
});
