import { describe, expect, it } from "vitest";
import { parseNfs } from "../../../src/xen/read/nfs.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recordings } from "./totality.ts";

function mounts(stdout: string) {
  const result = parseNfs({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts.mounts;
}
const mount = (more: string) => `device s:/e mounted on /m with fstype nfs4 statvers=1.1\n${more}`;

describe("/proc/self/mountstats", () => {
  it("reads the mount and adds up its counters, and leaves nfsd out", () => {
    expect(mounts(recording("healthy/alpha/mountstats-nfs.txt").stdout)).toEqual([
      {
        device: "10.99.1.2:/srv/export",
        mountpoint: "/mnt/nfs",
        fstype: "nfs4",
        options:
          "rw,vers=4.2,rsize=131072,wsize=131072,namlen=255,acregmin=3,acregmax=60,acdirmin=30,acdirmax=60,soft,proto=tcp,timeo=50,retrans=2,sec=sys,clientaddr=10.99.1.1,local_lock=none".split(
            ",",
          ),
        hard: false,
        age_s: 112,
        ops: 11,
        transmissions: 11,
        timeouts: 0,
        xprt_sends: 31,
        xprt_receives: 31,
        xprt_connects: 2,
      },
    ]);
  });

  it("sees a request without an answer while the server is gone", () => {
    const [lost] = mounts(recording("peerdown/alpha/mountstats-nfs.txt").stdout);
    expect((lost?.xprt_sends ?? 0) - (lost?.xprt_receives ?? 0)).toBe(1);
  });

  it("reads every transport at its own columns, and adds up several", () => {
    const sent = (line: string) =>
      mounts(mount(`\txprt:\t${line}\n`)).map((one) => [one.xprt_sends, one.xprt_receives, one.xprt_connects])[0];
    expect(sent("tcp 875 1 2 3 4 500 499 0 1 2")).toEqual([500, 499, 2]);
    expect(sent("udp 875 1 500 499 0 1 2")).toEqual([500, 499, undefined]);
    expect(sent("rdma 875 1 2 3 4 500 499 0 1 2")).toEqual([500, 499, 2]);
    expect(sent("local 1 2 3 4 500 499 0 1 2")).toEqual([500, 499, 2]);
    expect(sent("carrier-pigeon 1 2 3 4 5 6 7 8")).toEqual([undefined, undefined, undefined]);
    expect(sent("tcp 0 0 1 0 0 10 9 0\n\txprt:\ttcp 0 0 3 0 0 5 5 0")).toEqual([15, 14, 4]);
  });

  it("adds up operations and their timeouts, and unescapes names", () => {
    const text = mount(
      "\tage:\t7\n\topts:\trw,hard,proto=tcp\n\t        READ: 10 12 2 44 24 51 8 61 0\n\t       WRITE: 1 1 1 0 0 0 0 0 0\n",
    );
    expect(mounts(text.replace("/m", "/my\\040disk"))).toMatchObject([
      { mountpoint: "/my disk", hard: true, age_s: 7, ops: 11, transmissions: 13, timeouts: 3 },
    ]);
  });

  it("has no mounts where there are none", () => {
    expect(mounts("")).toEqual([]);
    expect(mounts("device nfsd mounted on /proc/fs/nfsd with fstype nfsd\n\topts: x\n")).toEqual([]);
    expect(parseNfs({ rc: 2, stdout: "", truncated: false })).toMatchObject({ ok: false, kind: "failed" });
  });

  it("doesn't count a mount's operations for the one before, where its name is too long to be read", () => {
    const long = `device x:/srv mounted on /${"y".repeat(9000)} with fstype nfs4\n\tREAD: 90 90 90 0 0 0 0 0 0\n`;
    const result = parseNfs({ rc: 0, stdout: `${mount("\tREAD: 1 1 1 0 0 0 0 0 0\n")}${long}`, truncated: false });
    expect(result).toMatchObject({
      ok: true,
      facts: { mounts: [{ ops: 1, timeouts: 1 }], not_understood: [expect.stringMatching(/^device x/)] },
    });
  });

  it("keeps a device line of unknown shape", () => {
    expect(parseNfs({ rc: 0, stdout: "device what\n", truncated: false })).toEqual({
      ok: true,
      facts: { mounts: [], not_understood: ["device what"] },
    });
  });

  it.each(recordings(/^(mountstats-nfs|nfs)\.txt$/))("reads the one mount of %s", (path) => {
    expect(mounts(recording(path).stdout)).toEqual([expect.objectContaining({ fstype: "nfs4", mountpoint: "/mnt/nfs", hard: false })]);
  });

  it("is total", () =>
    expectTotal(parseNfs, [recording("healthy/alpha/mountstats-nfs.txt").stdout, recording("peerdown/alpha/mountstats-nfs.txt").stdout]));
});
