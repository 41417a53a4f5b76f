import { describe, expect, it } from "vitest";
import { drbdOf, guestOf, storageOf } from "../../../src/views/panes/lookup.ts";
import { drawDetail } from "./draw.ts";
import {
  alpha,
  beta,
  fixtureCell,
  fixtureDisk,
  fixtureDrbd,
  fixtureEvidence,
  fixtureGuest,
  fixtureStorage,
  fixtureView,
  NOW_MS,
} from "./fixture.ts";

const wwid = "36001405a9e2f1d0c4b84f6e8d30a7c11";
const view = fixtureView({
  guests: [fixtureGuest("web01", alpha, "r0"), fixtureGuest("db01", beta, "r1", { key: "uuid-1" })],
  storage: [
    fixtureStorage({ key: `multipath:${wwid}`, title: "mpatha" }),
    fixtureStorage({ key: "nfs:10.0.0.1:/srv|/mnt", kind: "nfs", title: "10.0.0.1:/srv" }),
  ],
});

describe("rows found by the names that others call them by", () => {
  it("finds a LUN by key, WWID and alias, a mount by its export", () => {
    for (const name of [`multipath:${wwid}`, wwid, "mpatha"]) expect(storageOf(view, name)?.title).toBe("mpatha");
    expect(storageOf(view, "10.0.0.1:/srv")?.kind).toBe("nfs");
    expect([storageOf(view, "sda"), storageOf(view, undefined)]).toEqual([undefined, undefined]);
  });

  it("finds a volume by key and by resource, the first of it", () => {
    const two = fixtureView({ drbd: [fixtureDrbd("r0", alpha, "a"), fixtureDrbd("r0", alpha, "a", { key: "r0/1", volume: 1 })] });
    expect([drbdOf(two, "r0/1")?.key, drbdOf(two, "r0")?.key, drbdOf(two, "r9")]).toEqual(["r0/1", "r0/0", undefined]);
  });

  it("finds a guest by key before it goes by names", () => {
    const twins = fixtureView({ guests: [fixtureGuest("a", alpha, "r0", { key: "b" }), fixtureGuest("b", alpha, "r1", { key: "a" })] });
    expect([guestOf(twins, "a")?.name, guestOf(view, "db01")?.key]).toEqual(["b", "uuid-1"]);
  });

  it("follows a guest's disk to its LUN, and doubts it where the LUN's reading is old", () => {
    const disk = fixtureDisk("", {
      kind: "multipath",
      object: wwid,
      target: "/dev/mapper/mpatha",
      state: { text: "2/2 paths", severity: "ok" },
    });
    const old = fixtureEvidence(alpha, { at_ms: NOW_MS - 42_000, freshness: "stale" });
    const lun = fixtureStorage({
      key: `multipath:${wwid}`,
      title: "mpatha",
      cells: [fixtureCell(alpha, { evidence: old }), fixtureCell(beta)],
    });
    const lines = drawDetail(fixtureView({ guests: [fixtureGuest("web01", alpha, "r0", { disks: [disk] })], storage: [lun] }), {
      kind: "guest",
      key: "web01",
    });
    expect(lines.find((line) => line.startsWith("  xvda"))).toMatch(/^ {2}xvda {8}~2\/2 paths 42 s {2}multipath 3600/);
  });
});
