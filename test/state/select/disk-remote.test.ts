import { describe, expect, it } from "vitest";
import { nfsAnswers } from "../../../src/state/select/disk-remote.ts";
import type { NfsMount } from "../../../src/xen/model/storage.ts";

const mount: NfsMount = {
  device: "10.99.1.2:/srv/export",
  mountpoint: "/mnt/nfs",
  fstype: "nfs4",
  options: ["rw", "hard"],
  hard: true,
  age_s: 100,
  ops: 31,
  transmissions: 31,
  timeouts: 0,
  xprt_sends: 31,
  xprt_receives: 31,
  xprt_connects: 1,
};
/** Counters of two readings, a minute apart. */
const samples = (
  ...counts: readonly (readonly [sends: number | undefined, receives: number | undefined, ops?: number, timeouts?: number])[]
) => counts.map(([sends, receives, ops = 31, timeouts = 0], index) => ({ at_ms: index * 60_000, sends, receives, ops, timeouts }));

describe("whether an NFS server answers, by what was sent and received", () => {
  it("does where something came back", () => expect(nfsAnswers(mount, samples([31, 31], [35, 34]))).toBe(true));
  it("doesn't where it was asked and nothing came", () => expect(nfsAnswers(mount, samples([31, 31], [33, 31]))).toBe(false));
  it("isn't taken to where nothing was asked while requests are still open", () =>
    expect(nfsAnswers(mount, samples([34, 31], [34, 31]))).toBeUndefined());
  it("does where nothing is open", () => expect(nfsAnswers(mount, samples([31, 31], [31, 31]))).toBe(true));
  it("goes by operations and timeouts where the kernel tells no more, and an idle mount tells nothing", () => {
    expect(nfsAnswers(mount, samples([undefined, undefined, 31, 0], [undefined, undefined, 32, 0]))).toBe(true);
    expect(nfsAnswers(mount, samples([undefined, undefined, 31, 0], [undefined, undefined, 31, 2]))).toBe(false);
    expect(nfsAnswers(mount, samples([undefined, undefined, 31, 0], [undefined, undefined, 31, 0]))).toBeUndefined();
  });
});
