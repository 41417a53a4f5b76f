import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Answer, Format } from "../../../src/sim/format/answer.ts";
import { bridgeFdb, bridgeLink, bridgeVlan } from "../../../src/sim/format/bridge.ts";
import { answer } from "../../../src/sim/format/index.ts";
import { ipAddr, ipLink } from "../../../src/sim/format/ip-link.ts";
import { lsblk } from "../../../src/sim/format/lsblk.ts";
import { multipathMaps } from "../../../src/sim/format/multipath.ts";
import { backendKinds, backendTree, names } from "../../../src/sim/format/xenstore.ts";
import { xentop } from "../../../src/sim/format/xentop.ts";
import { xlListLong } from "../../../src/sim/format/xl-config.ts";
import { xlInfo } from "../../../src/sim/format/xl-info.ts";
import { xlListVerbose } from "../../../src/sim/format/xl-list.ts";
import { createSim } from "../../../src/sim/index.ts";
import type { SimHost } from "../../../src/sim/model/host.ts";
import type { World } from "../../../src/sim/model/world.ts";
import { type ReadingId, readings } from "../../../src/xen/read/index.ts";

/**
 * The simulator answers for whole scripts: what the tool prints and what the script's sed and awk leave of it. Here the real scripts run
 * under sh with tools that print what the simulator's tools print: both must come to the same.
 */
function runScript(id: ReadingId, tools: Readonly<Record<string, (argv: string) => string>>): Answer {
  const directory = mkdtempSync(join(tmpdir(), "xenha-scripts-"));
  try {
    for (const [tool, body] of Object.entries(tools)) {
      writeFileSync(join(directory, tool), `#!/bin/sh\n${body(join(directory, tool))}\n`);
      chmodSync(join(directory, tool), 0o755);
    }
    const stdout = execFileSync("/bin/sh", ["-c", readings[id].script], {
      env: { PATH: `${directory}:/usr/bin:/bin`, LC_ALL: "C" },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 32 * 1024 * 1024,
    });
    return { rc: 0, stdout };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A tool that prints this, whatever it is asked. */
const prints =
  (text: string) =>
  (path: string): string => {
    writeFileSync(`${path}.out`, text);
    return `cat '${path}.out'`;
  };

function world(): { world: World; host: SimHost } {
  const sim = createSim({ scenario: "pair" });
  if (sim === undefined) throw new Error("no scenario");
  sim.advance(3_000);
  return { world: sim.world, host: sim.world.hosts[0] };
}

const simple: readonly (readonly [ReadingId, string, Format])[] = [
  ["xl-list", "xl", xlListVerbose],
  ["xl-info", "xl", xlInfo],
  ["xl-list-long", "xl", xlListLong],
  ["xentop", "xentop", xentop],
  ["ip-link", "ip", ipLink],
  ["ip-addr", "ip", ipAddr],
  ["bridge-link", "bridge", bridgeLink],
  ["bridge-vlan", "bridge", bridgeVlan],
  ["bridge-fdb", "bridge", bridgeFdb],
  ["multipath", "multipathd", multipathMaps],
  ["lsblk", "lsblk", lsblk],
];

describe("readings' scripts over the simulated tools", () => {
  it.each(simple)("%s comes to what the simulator answers", (id, tool, format) => {
    const at = world();
    const ran = runScript(id, { [tool]: prints(format(at.world, at.host).stdout) });
    expect(ran.stdout.trimEnd()).toBe(answer(at.world, at.host, id).stdout.trimEnd());
    expect(ran.stdout.length).toBeGreaterThan(100);
  });

  it("xenstore comes to what the simulator answers", () => {
    const at = world();
    const trees = (path: string): string => {
      for (const kind of backendKinds(at.host)) writeFileSync(`${path}.${kind}`, backendTree(at.world, at.host, kind));
      return `cat "$0.\${2##*/}"`;
    };
    const list = (path: string): string => {
      writeFileSync(`${path}.kinds`, `${backendKinds(at.host).join("\n")}\n`);
      writeFileSync(`${path}.domains`, at.host.domains.map(({ domid }) => `${domid}\n`).join(""));
      return `case $1 in */backend) cat "$0.kinds";; *) cat "$0.domains";; esac`;
    };
    const ran = runScript("xenstore", { "xenstore-ls": trees, "xenstore-list": list, "xenstore-read": prints(names(at.host)) });
    expect(ran.stdout.trimEnd()).toBe(answer(at.world, at.host, "xenstore").stdout.trimEnd());
  });
});
