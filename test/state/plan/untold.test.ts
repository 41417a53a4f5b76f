import { describe, expect, it } from "vitest";
import { isRefusal, type PlanRequest } from "../../../src/state/plan/plan.ts";
import { pairFor } from "./pair.ts";

/** beta hasn't been reached since the console came up. */
async function halfBlind() {
  const pair = pairFor("san");
  pair.sim.fault.consoleLinkCut("beta");
  const ana = pair.open();
  await pair.pass(20_000);
  return { ...pair, ana };
}

const on = "beta";
const requests: readonly PlanRequest[] = [
  { action: "path fail", args: { on, path: "sdb" } },
  { action: "path reinstate", args: { on, path: "sdb" } },
  { action: "storage nbd connect", args: { on, device: "nbd7", server: "10.20.0.50" } },
  { action: "storage nbd disconnect", args: { on, device: "nbd7" } },
  { action: "storage npiv create", args: { on, port: "host15", names: "210124ff7c00099a:200124ff7c00099a" } },
  { action: "storage npiv delete", args: { on, vport: "0x210124ff7c10027a" } },
  { action: "storage nfs remount", args: { on, mount: "/no/such" } },
  { action: "net create", args: { on, bridge: "xenbr0" } },
  { action: "net create", args: { on: "alpha", bridge: "xenbr-none" } },
  { action: "net remove", args: { on, bridge: "xenbr0" } },
  { action: "net port down", args: { on, port: "eno1" } },
  { action: "net port up", args: { on, port: "eno1" } },
  { action: "drbd rate", args: { on, resource: "none", rate: "1024" } },
];

describe("of a host that never told what it has", () => {
  it("nothing is said to be missing", async () => {
    const { ana, until } = await halfBlind();
    for (const request of requests) {
      await until(ana.operator.prepare(request));
      const plan = ana.operator.plan(request);
      const text = isRefusal(plan) ? `${plan.refused}; ${plan.advice}` : "planned";
      expect(text, JSON.stringify(request)).toMatch(/beta hasn't told yet|no DRBD resource "none" is known/);
      expect(text).not.toMatch(/has no|there is no|neither host|isn't loaded/);
    }
  });

  it("it is, once the host told", async () => {
    const { sim, ana, pass, until } = await halfBlind();
    sim.fault.consoleLinkBack("beta");
    await pass(60_000);
    for (const request of requests.filter(
      ({ args }) =>
        args.on === on && args.path !== "sdb" && !/^(xenbr0|eno1|host15|0x.*)$/.test(args.bridge ?? args.port ?? args.vport ?? ""),
    )) {
      await until(ana.operator.prepare(request));
      const plan = ana.operator.plan(request);
      expect(isRefusal(plan) ? plan.refused : "planned", JSON.stringify(request)).toMatch(
        /has no device "nbd7"|neither host|there is no DRBD/,
      );
    }
  });
});
