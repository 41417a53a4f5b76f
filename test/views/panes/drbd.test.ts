import { describe, expect, it } from "vitest";
import { connectionWord, drbd } from "../../../src/views/panes/drbd.ts";
import { contextOf, draw } from "./draw.ts";
import { alpha, beta, fixtureDrbd, fixtureSide, fixtureView, warning } from "./fixture.ts";
import { betaUnreachable, nothingYet, paused, resync, splitBrain, stalled } from "./fixture-variants.ts";

describe("drbd at 80x24", () => {
  it("shows both hosts' views of each volume side by side", () => {
    expect(draw(drbd, fixtureView())).toEqual([
      "                 alpha                         beta",
      "  volume state   role      disk     connection role      disk     connection",
      "✓ r0/0   in sync Primary   UpToDate Connected  Secondary UpToDate Connected",
      "✓ r1/0   in sync Secondary UpToDate Connected  Primary   UpToDate Connected",
      "✓ r2/0   in sync Primary   UpToDate Connected  Secondary UpToDate Connected",
    ]);
  });

  it("lays a split brain out so that the sides can be compared", () => {
    expect(draw(drbd, splitBrain).slice(2, 9)).toEqual([
      "✗ r2/0   split brain Primary   UpToDate StandAlone Secondary UpToDate StandAlone",
      "    ✗ split brain for 3 min: the two copies have diverged",
      "      alpha Primary   UpToDate StandAlone 4 MiB out-of-sync gi 5A7A0E6E2B0C9D52",
      "      beta  Secondary UpToDate StandAlone 1 MiB out-of-sync gi 11D3C4B2A1908F70",
      "      alpha kernel: Split-Brain detected but unresolved, dropping connection!",
      "      both sides StandAlone",
      "    ▲ hosts disagree: alpha says beta is Unknown, beta says Secondary",
    ]);
  });

  it("keeps what tells the copies apart when it gets narrower", () => {
    expect(draw(drbd, splitBrain, { width: 72 }).slice(4, 6)).toEqual([
      "      alpha Primary   UpToDate 4 MiB out-of-sync gi 5A7A0E6E2B0C9D52",
      "      beta  Secondary UpToDate 1 MiB out-of-sync gi 11D3C4B2A1908F70",
    ]);
  });

  it("shows how a resync goes", () => {
    expect(draw(drbd, resync).slice(2, 5)).toEqual([
      "▲ r1/0   resync  Secondary Inconsistent SyncTarget Primary   UpToDate SyncSource",
      "    resync beta → alpha  ████▍░░░ 54.3 % done  2.1 MiB/s  ETA 57 s  117 MiB left",
      "      91.2 % of the disk in sync  average 2 MiB/s",
    ]);
  });

  it("shortens roles only where words would be cut", () => {
    expect(draw(drbd, fixtureView(), { width: 76 })[2]).toMatch(/ Primary {3}UpToDate Connected {2}Secondary /);
    expect(draw(drbd, resync, { width: 78 })[2]).toBe("▲ r1/0   resync  Sec  Inconsistent SyncTarget Pri  UpToDate SyncSource");
    expect(draw(drbd, resync, { width: 100 })[2]).toBe(
      "▲ r1/0   resync  Secondary Inconsistent SyncTarget Primary   UpToDate SyncSource     117 MiB db01",
    );
  });

  it("says that it stalls, since when and why, and gives no ETA", () => {
    const figures = [
      "    resync beta → alpha  ████▍░░░ 54.3 % done  0 B/s  no ETA  117 MiB left",
      "      91.2 % of the disk in sync  average 2 MiB/s",
    ];
    expect(draw(drbd, stalled).slice(3, 6)).toEqual([...figures, "    ✗ stalled for 3 min: no progress: the rate is 0"]);
    // What somebody holds is called that; of what stood when it was first looked at is told that it may have stood longer.
    expect(draw(drbd, paused).slice(3, 6)).toEqual([...figures, "    ▲ paused for more than 3 min: by hand on beta"]);
  });

  it("keeps an unseen host's side, as old", () => {
    expect(draw(drbd, betaUnreachable).slice(0, 3)).toEqual([
      "                   alpha                         beta ~42 s old",
      "  volume state     role      disk     connection role       disk      connection",
      "? r0/0   ~beta un… Primary   UpToDate Connecting ~Secondary ~UpToDate ~Connected",
    ]);
  });

  it("shows a resource that isn't up as absent, and a word it doesn't know as it is", () => {
    const view = fixtureView({
      drbd: [
        fixtureDrbd("r0", alpha, "web01", {
          state: warning("not up on beta"),
          sides: [
            fixtureSide(alpha, "Primary", { connection: "Quarantined", severity: "warning" }),
            fixtureSide(beta, "", { present: false, disk: "", connection: "", replication: "" }),
          ],
        }),
      ],
    });
    expect(draw(drbd, view)[2]).toBe("▲ r0/0   not up on beta Primary UpToDate Quarantined – not up –    –");
  });

  it("tells suspended I/O and blocks that are out of sync without a resync", () => {
    const row = fixtureDrbd("r0", alpha, "web01", {
      sides: [
        fixtureSide(alpha, "Primary", { suspended: "quorum", out_of_sync_kib: 2_048, severity: "critical" }),
        fixtureSide(beta, "Secondary"),
      ],
    });
    const lines = draw(drbd, fixtureView({ drbd: [row] }));
    expect(lines.slice(3)).toEqual(["    ▲ alpha: I/O suspended (quorum)", "    out-of-sync 2 MiB by alpha, 0 B by beta"]);
  });
});

describe("drbd at 200x60", () => {
  it("adds what is out of sync, the size and the guests", () => {
    expect(draw(drbd, splitBrain, { width: 200, height: 56 }).slice(0, 4)).toEqual([
      "3 volumes, 1 not well",
      "                       alpha                            beta",
      "  volume  state        role       disk      connection  role       disk      connection  out-of-sync     size  guests",
      "✗ r2/0    split brain  Primary    UpToDate  StandAlone  Secondary  UpToDate  StandAlone        4 MiB  128 MiB  cache01",
    ]);
  });
});

describe("drbd rows", () => {
  it("carry their concerns with them", () => {
    const { rows } = drbd.build(contextOf(stalled));
    expect(rows.filter(({ part_of }) => part_of === "r1/0")).toHaveLength(3);
    expect(rows.filter(({ object }) => object !== undefined)).toHaveLength(3);
  });

  it("are sorted by what is out of sync when asked", () => {
    const keys = drbd
      .build(contextOf(splitBrain, { sort: { id: "out_of_sync", descending: true } }))
      .rows.flatMap(({ object, key }) => (object ? [key] : []));
    expect(keys).toEqual(["r2/0", "r0/0", "r1/0"]);
  });

  it("say replication where that tells more than Connected", () => {
    expect(connectionWord(fixtureSide(alpha, "Primary", { replication: "SyncSource" }))).toBe("SyncSource");
    expect(connectionWord(fixtureSide(alpha, "Primary", { replication: "Off", connection: "StandAlone" }))).toBe("StandAlone");
  });

  it("are none without DRBD, which is said not to be a fault", () => {
    expect(drbd.build(contextOf(fixtureView({ drbd: [] }))).empty).toMatch(/^No DRBD resource is up on either host. That is normal/);
    expect(drbd.build(contextOf(nothingYet)).empty).toMatch(/waiting for alpha and beta/);
  });
});
