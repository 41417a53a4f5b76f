import { describe, expect, it } from "vitest";
import { answer } from "../../../src/sim/format/index.ts";
import { iscsiSessions } from "../../../src/sim/format/iscsi.ts";
import { multipathMaps } from "../../../src/sim/format/multipath.ts";
import { mountstats } from "../../../src/sim/format/nfs.ts";
import { recording } from "../../helpers.ts";
import { type Lab, lab } from "../lab.ts";

const recorded = (path: string): string => recording(path).stdout;

/** alpha's session to beta's array over the second network, as storage B's carrier was lost. */
function pathfail(): Lab {
  const at = lab();
  at.fault.iscsiDown("alpha", "10.99.2.2");
  at.advance(15);
  return at;
}

describe("multipathd show maps json", () => {
  it("is the recorded one, healthy and with a failed path", () => {
    const well = lab();
    const normal = (text: string): string => text.replace(/"map_loads" : \d+/g, '"map_loads" : #');
    // In the recording the second map's paths happen to stand in the order of their sessions.
    expect(multipathMaps(well.world, well.alpha).stdout).toBe(recorded("healthy/alpha/multipathd-maps.json"));
    const ill = pathfail();
    expect(normal(multipathMaps(ill.world, ill.alpha).stdout)).toBe(normal(recorded("pathfail/alpha/multipathd-maps.json")));
  });

  it("comes back whole", () => {
    const at = pathfail();
    at.fault.iscsiBack("alpha", "10.99.2.2");
    const text = multipathMaps(at.world, at.alpha).stdout;
    expect(text.match(/"dm_st" : "failed"/g)).toBeNull();
    expect(text).toContain('"path_faults" : 1');
  });
});

describe("iscsiadm -m session -P 3", () => {
  it("is the recorded one, healthy and with a session waiting for its transport", () => {
    const well = lab();
    expect(iscsiSessions(well.world, well.alpha).stdout).toBe(recorded("healthy/alpha/iscsiadm-session-P3.txt"));
    const ill = pathfail();
    expect(iscsiSessions(ill.world, ill.alpha).stdout).toBe(recorded("pathfail/alpha/iscsiadm-session-P3.txt"));
  });

  it("exits with 21 where there is no session", () => {
    const at = lab();
    at.alpha.storage.sessions = [];
    expect(answer(at.world, at.alpha, "iscsi").rc).toBe(21);
  });
});

describe("mountstats", () => {
  it("has the recorded lines", () => {
    const at = lab();
    const mask = (text: string): string => text.replace(/\d+/g, "#");
    const real = recorded("healthy/alpha/mountstats-nfs.txt").split("\n").slice(1).join("\n");
    expect(mask(mountstats(at.world, at.alpha))).toBe(mask(real));
  });

  it("counts on while the server answers, and only sends when it doesn't", () => {
    const at = lab();
    const xprt = (): number[] => (/xprt:\ttcp (.*)/.exec(mountstats(at.world, at.alpha))?.[1] ?? "").split(" ").map(Number);
    at.advance(10);
    const [before, gone] = [xprt(), "10.99.1.2"];
    expect(before[6]).toBe(before[5]);
    at.fault.nfsServerGone(gone);
    at.advance(40);
    const after = xprt();
    expect(after[6]).toBe(before[6]);
    expect(after[5]).toBeGreaterThan(before[5] ?? 0);
  });
});

describe("LVM, block devices, file systems, NBD", () => {
  it("are told as the probe told them on the lab", () => {
    const at = lab();
    const probe = (id: string): string => recorded(`probe-debian12-healthy/alpha/${id}.txt`).trimEnd();
    const mine = (id: string): string => answer(at.world, at.alpha, id).stdout.trimEnd();
    expect(mine("lvm")).toBe(probe("lvm"));
    expect(mine("nbd")).toBe(probe("nbd"));
    expect(mine("df")).toBe(df(probe("df")));
  });

  it("lsblk has the recorded shape", () => {
    const at = lab();
    const shape = (text: string): string => text.replace(/"[^"]*"(?=,?\n)/g, '"#"').replace(/: \d+/g, ": #");
    const first = (text: string): string => shape(text.slice(0, text.indexOf("},{")));
    expect(first(answer(at.world, at.alpha, "lsblk").stdout)).toBe(first(recorded("probe-debian12-healthy/alpha/lsblk.txt")));
    const names = (text: string): string[] => [...text.matchAll(/"kname": "(?!sd)([^"]+)"/g)].map(([, name]) => name ?? "").sort();
    expect(names(answer(at.world, at.alpha, "lsblk").stdout)).toEqual(names(recorded("probe-debian12-healthy/alpha/lsblk.txt")));
  });
});

/** Blocks kept for root are another part of every file system: the model takes two in a hundred. */
function df(text: string): string {
  const at = lab();
  const mine = answer(at.world, at.alpha, "df").stdout.split("\n");
  return text
    .split("\n")
    .map((line, row) =>
      row === 0 ? line : line.replace(/(\d+ +)(\d+)( +\d+%)/, (whole) => /(\d+ +)(\d+)( +\d+%)/.exec(mine[row] ?? "")?.[0] ?? whole),
    )
    .join("\n");
}
