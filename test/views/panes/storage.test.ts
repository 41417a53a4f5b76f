import { describe, expect, it } from "vitest";
import { storage } from "../../../src/views/panes/storage.ts";
import { contextOf, draw } from "./draw.ts";
import { alpha, beta, critical, fixtureCell, fixtureStorage, fixtureView } from "./fixture.ts";
import { betaUnreachable, nothingYet, pathsAndBridges } from "./fixture-variants.ts";

describe("storage at 80x24", () => {
  it("sets every path against both hosts, by kind", () => {
    expect(draw(storage, fixtureView())).toEqual([
      "  storage                           alpha             beta              guests",
      "Multipath maps  1",
      "✓ 360000000000000000e00a0a000a00001 ✓ 2 of 2 paths    ✓ 2 of 2 paths    –",
      "NFS mounts  1",
      "✓ 10.99.1.1:/srv/export             – none            ✓ answers         –",
      "dom0 file systems  1",
      "✓ /                                 ✓ 39 % of 2.0 GiB ✓ 40 % of 2.0 GiB –",
    ]);
  });

  it("names the paths of what isn't well, its flaps and the guests on it, and keeps both ends of a WWID", () => {
    expect(draw(storage, pathsAndBridges).slice(0, 7)).toEqual([
      "  storage                  alpha                   beta              guests",
      "Multipath maps  1, 1 not well",
      "✗ 360000000000…0a000a00001 ✗ 0 of 2 paths, 7 flaps ▲ 1 of 2 paths    web01, db01",
      "    alpha: sda 10.99.1.1 failed faulty running",
      "    alpha: sdb 10.99.2.1 failed faulty running",
      "    beta: sda 10.99.1.1 active ready running",
      "    beta: sdb 10.99.2.1 active ready running",
    ]);
  });

  it("shows an unseen host's column as old", () => {
    const lines = draw(storage, betaUnreachable);
    expect(lines[0]).toContain("beta ~42 s old");
    expect(lines[2]).toMatch(/^~ .*✓ 2 of 2 paths +~2 of 2 paths 42 s/);
  });

  it("doesn't take a host that has told nothing for one that has nothing", () => {
    const view = fixtureView({
      hosts: [fixtureView().hosts[0], nothingYet.hosts[1]],
      storage: [fixtureStorage({ cells: [fixtureCell(alpha), undefined] })],
    });
    expect(draw(storage, view)[2]).toMatch(/✓ 2 of 2 paths +\? unknown/);
  });

  it("names only so many paths and says how many more there are", () => {
    const details = Array.from({ length: 64 }, (_, index) => `sd${index} failed`);
    const view = fixtureView({
      storage: [
        fixtureStorage({ cells: [fixtureCell(alpha, { state: critical("0 of 64 paths"), details }), undefined], severity: "critical" }),
      ],
    });
    const lines = draw(storage, view);
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toMatch(/and 61 more: enter$/);
  });
});

describe("storage at 200x60", () => {
  it("adds what it is and puts short paths under their host", () => {
    const cell = (host: typeof alpha) =>
      fixtureCell(host, { state: critical("0 of 2 paths left here"), details: ["sda failed", "sdb failed"] });
    const lines = draw(storage, fixtureView({ storage: [fixtureStorage({ cells: [cell(alpha), cell(beta)], severity: "critical" })] }), {
      width: 200,
      height: 56,
    });
    expect(lines).toEqual([
      "  storage                            alpha                     beta                      guests  what",
      "Multipath maps  1, 1 not well",
      "✗ 360000000000000000e00a0a000a00001  ✗ 0 of 2 paths left here  ✗ 0 of 2 paths left here  –       XENHA,ARRAY-ALPHA 64M",
      "                                     sda failed                sda failed",
      "                                     sdb failed                sdb failed",
    ]);
  });
});

describe("storage rows", () => {
  it("stay grouped by kind when sorted", () => {
    const rows = [3, 9, 0].map((flaps_10min, index) =>
      fixtureStorage({ key: `m${index}`, title: `m${index}`, cells: [fixtureCell(alpha, { flaps_10min }), undefined] }),
    );
    const view = fixtureView({ storage: [fixtureStorage({ key: "nfs", kind: "nfs", title: "a" }), ...rows] });
    const keys = storage
      .build(contextOf(view, { sort: { id: "flaps", descending: true } }))
      .rows.flatMap(({ key, object }) => (object ? [key] : []));
    expect(keys).toEqual(["m1", "m0", "m2", "nfs"]);
  });

  it("can be found by their kind", () => {
    expect(storage.build(contextOf(fixtureView())).rows[1]?.text).toMatch(/^Multipath maps .*2 of 2 paths/);
  });

  it("are none before a host has told of any", () => {
    expect(storage.build(contextOf(nothingYet)).empty).toMatch(/waiting for alpha and beta/);
  });
});
