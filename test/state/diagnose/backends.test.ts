import { describe, expect, it } from "vitest";
import type { Backends, VbdBackend } from "../../../src/xen/model/xen.ts";
import { fixtureGuest, fixturePlacement, fixtureView } from "../../views/panes/fixture.ts";
import { alpha, factsOf, NOW_MS } from "../pair-of-facts.ts";
import { judge } from "./judge.ts";

const vbd = (over: Partial<VbdBackend> = {}): VbdBackend => ({
  domid: 1,
  devid: 51712,
  dev: "xvda",
  params: "r0",
  device_path: undefined,
  physical_device: undefined,
  script: "block-drbd",
  mode: "w",
  state: "connected",
  hotplug_status: "connected",
  hotplug_error: undefined,
  online: true,
  kind: "vbd",
  ...over,
});
const backends = (...vbds: VbdBackend[]): Backends => ({ vbds, vifs: [], names: [], truncated: false });
/** web01's disks as xenstore has had them for so long. */
const told = (disk: VbdBackend, for_ms: number) => {
  const facts = {
    ...factsOf({}),
    xenstore: { state: "known", value: backends(disk), at_ms: NOW_MS - 500, changed_ms: NOW_MS - for_ms } as const,
  };
  return { host: { alpha: { facts } } };
};
const guests = (over: object, type = "pvh") => ({
  view: {
    guests: [fixtureGuest("web01", alpha, "r0", { type, placements: [fixturePlacement(alpha, over)] }), ...fixtureView().guests.slice(1)],
  },
});

describe("a disk that couldn't be attached", () => {
  it("is red, with what the script said", () => {
    const broken = backends(vbd({ state: "init_wait", hotplug_status: "error", hotplug_error: "block-drbd failed; error detected." }));
    expect(judge("guest.hotplug_error", { facts: { alpha: { xenstore: broken } } })).toMatchObject([
      {
        severity: "critical",
        object: "web01",
        cause: "xvda of web01 could not be attached on alpha: block-drbd failed; error detected.",
        at_risk: ["web01"],
      },
    ]);
    expect(judge("guest.hotplug_error", { facts: { alpha: { xenstore: backends(vbd()) } } })).toEqual([]);
  });

  it("is told of a domain that no guest row knows, too", () => {
    expect(
      judge("guest.hotplug_error", { facts: { alpha: { xenstore: backends(vbd({ domid: 77, hotplug_status: "error" })) } } }),
    ).toMatchObject([{ object: "domain 77", at_risk: [] }]);
  });
});

describe("a disk that isn't connected", () => {
  const waiting = vbd({ state: "init_wait" });
  it("is a warning after 30 s", () => {
    expect(judge("guest.not_connected", told(waiting, 31_000))).toMatchObject([
      { severity: "warning", cause: "xvda of web01 on alpha isn't connected for 31 s" },
    ]);
    expect(judge("guest.not_connected", told(waiting, 29_000))).toEqual([]);
    expect(judge("guest.not_connected", told(vbd(), 31_000))).toEqual([]);
  });

  it("is normal while nobody can take it, and without Xen's drivers", () => {
    expect(judge("guest.not_connected", { ...told(waiting, 31_000), ...guests({ flags: "--p---" }) })).toEqual([]);
    expect(judge("guest.not_connected", { ...told(waiting, 31_000), ...guests({ migration: "incoming" }) })).toEqual([]);
    expect(judge("guest.not_connected", { ...told(waiting, 31_000), ...guests({}, "hvm") })).toMatchObject([{ severity: "info" }]);
  });
});
