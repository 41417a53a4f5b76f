/**
 * Hand-built views of a pair, in the shape of the lab: web01 and cache01 on alpha, db01 on beta, a DRBD resource each.
 * `fixtureView()` is healthy; fixture-variants.ts breaks it in several ways. Every builder takes overrides of its own type.
 */
import type { PairView } from "../../../src/state/view-model.ts";
import {
  alpha,
  beta,
  fixtureBridge,
  fixtureCell,
  fixtureDrbd,
  fixtureGuest,
  fixtureHost,
  fixtureLose,
  fixtureStorage,
  fixtureTree,
  fixtureUplink,
  NOW_MS,
  ok,
} from "./fixture-parts.ts";

export * from "./fixture-parts.ts";

const guests = [
  fixtureGuest("web01", alpha, "r0"),
  fixtureGuest("cache01", alpha, "r2", { cpu_percent: 12.1 }),
  fixtureGuest("db01", beta, "r1", { memory_mib: 160, vcpus: 4, cpu_percent: 187.3 }),
];

const healthy: PairView = {
  name: "lab",
  now_ms: NOW_MS,
  hosts: [fixtureHost(alpha), fixtureHost(beta, { guests_running: 1, memory_free_mib: 664 })],
  guests,
  drbd: [fixtureDrbd("r0", alpha, "web01"), fixtureDrbd("r1", beta, "db01"), fixtureDrbd("r2", alpha, "cache01")],
  storage: [
    fixtureStorage(),
    fixtureStorage({
      key: "nfs 10.99.1.1:/srv/export",
      kind: "nfs",
      title: "10.99.1.1:/srv/export",
      subtitle: "/mnt/nfs",
      cells: [undefined, fixtureCell(beta, { state: ok("answers"), details: [] })],
    }),
    fixtureStorage({
      key: "filesystem /",
      kind: "filesystem",
      title: "/",
      subtitle: undefined,
      cells: [
        fixtureCell(alpha, { state: ok("39 % of 2.0 GiB"), details: [] }),
        fixtureCell(beta, { state: ok("40 % of 2.0 GiB"), details: [] }),
      ],
    }),
  ],
  bridges: [
    fixtureBridge("xenbr0", [
      fixtureTree("xenbr0", [
        ["web01.0", "web01"],
        ["cache01.0", "cache01"],
      ]),
      fixtureTree("xenbr0", [["db01.0", "db01"]]),
    ]),
    fixtureBridge(
      "xenbr-priv",
      [fixtureTree("xenbr-priv", [["web01.1", "web01"]], 100), fixtureTree("xenbr-priv", [["db01.1", "db01"]], 100)],
      {
        vlan_id: [100, 100],
      },
    ),
  ],
  uplinks: [fixtureUplink("eth0"), fixtureUplink("eth2")],
  lose: [fixtureLose(alpha, beta), fixtureLose(beta, alpha)],
  findings: [],
  plans: [],
  timeline: [
    { seq: 1, at_ms: NOW_MS - 7_200_000, host: alpha, origin: "journal", object: "drbd r0", text: "Connected", severity: "ok" },
    { seq: 2, at_ms: NOW_MS - 42_000, host: undefined, origin: "seen", object: "lab", text: "both hosts answer", severity: "info" },
  ],
  hardware_parity: [
    { what: "CPU model", values: ["Xeon Gold 6130", "Xeon Gold 6130"], same: true },
    { what: "memory", values: ["1599 MiB", "1599 MiB"], same: true },
  ],
  severity: "ok",
};

/** A healthy pair, except for what is overridden. */
export const fixtureView = (overrides: Partial<PairView> = {}): PairView => ({ ...healthy, ...overrides });
