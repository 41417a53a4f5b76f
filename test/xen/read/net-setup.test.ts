import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { NET_SETUP_SCRIPT, parseNetSetup } from "../../../src/xen/read/net-setup.ts";

const told = `@@ ssh
10.20.0.200 50022 10.20.0.11 2222
@@ sessions
0      0          10.20.0.11:2222       10.20.0.201:40112
0      0      [::ffff:10.99.1.1]:2222    [::ffff:10.99.1.2]:51000
0      36          10.20.0.11:443        10.20.0.9:40113
0      0      [fe80::1%xenbr0]:2222       [fe80::2%xenbr0]:1
@@ routes
[{"dst":"default","gateway":"10.20.0.1","dev":"xenbr0","flags":[]}]
[{"dst":"default","gateway":"fe80::1","dev":"xenbr0","flags":[]},{"dst":"default","dev":"ens1f0","flags":[]}]
@@ managers
networkd
netplan
ifupdown
something else
@@ sources
source /etc/network/interfaces.d/*
@@ mentions
xenbr-dmz /etc/netplan/50-xen.yaml
xenbr-dmz /etc/systemd/network/dmz.netdev
`;

describe("how a network is set up", () => {
  it("is read part by part", () => {
    expect(parseNetSetup(told)).toEqual({
      ssh: ["10.20.0.11", "10.99.1.1", "fe80::1"],
      default_devs: ["xenbr0", "ens1f0"],
      managers: ["netplan", "networkd", "ifupdown"],
      ifupdown_sources: ["source /etc/network/interfaces.d/*"],
      mentions: new Map([["xenbr-dmz", ["/etc/netplan/50-xen.yaml", "/etc/systemd/network/dmz.netdev"]]]),
    });
  });

  it("isn't known to spare an address where no session is told", () => {
    for (const text of ["", "@@ ssh\n\n@@ sessions\n0 0 10.0.0.1:22 10.0.0.2:1\n", told.replace(/^10\.20.*2222$/m, "gone; x y z")])
      expect(parseNetSetup(text).ssh).toBeUndefined();
    expect(parseNetSetup("@@ routes\n{{{\n[1]\nnull\n@@ mentions\nx\n\u001b[31m /etc/a\n")).toMatchObject({ default_devs: [] });
  });

  it("is asked by a program that runs, whatever the interfaces are called", () => {
    for (const name of ["lo", "$(touch /tmp/never)", "-x", "a b"]) {
      const { status, stdout, stderr } = spawnSync("sh", ["-c", NET_SETUP_SCRIPT, "sh", name], {
        encoding: "utf8",
        env: { ...process.env, SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" },
      });
      expect({ name, status, stderr: stderr.replace(/^.*\bip\b.*not found.*$/gm, "").trim() }).toEqual({ name, status: 0, stderr: "" });
      expect(parseNetSetup(stdout).ssh).toContain("192.0.2.2");
    }
  });
});
