/** Plans of DRBD, storage and network whose console dies in any of their steps: the next one understands the journal, and ends as the first would have. */
import { describe, expect, it } from "vitest";
import { createFaults } from "../../../src/sim/fault.ts";
import type { World } from "../../../src/sim/model/world.ts";
import { ARRAY } from "../../../src/sim/scenarios/parts/storage.ts";
import { san } from "../../../src/sim/scenarios/san.ts";
import type { Scenario } from "../../../src/sim/scenarios/scenario.ts";
import { journalsOf } from "../../../src/state/plan/journals.ts";
import type { PlanRequest } from "../../../src/state/plan/plan.ts";
import { type Acting, calm, pairFor } from "./pair.ts";

interface Story {
  readonly request: PlanRequest;
  readonly scenario?: Scenario;
  readonly first?: (world: World) => void;
  /** So it is once it is done, whoever did it. */
  readonly done: (world: World) => boolean;
}

const split: Scenario = { ...calm, steps: [{ at_s: -60, what: "split", act: (fault) => fault.splitBrain("mail01") }] };
const stopped =
  (...guests: string[]) =>
  (world: World) => {
    for (const guest of guests) createFaults(world).guestStop(guest);
  };

const stories: readonly Story[] = [
  {
    request: { action: "drbd repair", args: { resource: "mail01", discard: "beta" } },
    scenario: split,
    done: ({ drbd }) => drbd.get("mail01")?.nodes.every(({ volumes }) => volumes[0]?.disk === "UpToDate") === true,
  },
  {
    request: { action: "drbd rate", args: { resource: "db01", rate: "4096", on: "beta" } },
    done: ({ drbd }) => drbd.get("db01")?.c_max_rate_kib_s[1] === 4096,
  },
  {
    request: { action: "drbd invalidate", args: { resource: "ldap01", on: "alpha", snapshot: "yes" } },
    done: ({ drbd }) => drbd.get("ldap01")?.nodes[0].volumes[0]?.disk !== "UpToDate",
  },
  {
    request: { action: "path fail", args: { path: "sdb", on: "alpha" } },
    done: ({ hosts }) => hosts[0].storage.paths.find(({ dev }) => dev === "sdb")?.dm_state === "failed",
  },
  {
    request: { action: "storage iscsi logout", args: { target: ARRAY.target, portal: ARRAY.portals[0], on: "alpha" } },
    first: (world) => {
      stopped("erp01", "db02")(world);
      const { storage } = world.hosts[0];
      storage.sessions = storage.sessions.filter(({ sid }) => sid === 1);
      storage.paths = storage.paths.filter(({ transport }) => transport.kind === "iscsi" && transport.sid === 1);
    },
    done: ({ hosts }) => hosts[0].storage.sessions.length === 0 && hosts[0].storage.maps.length === 0,
  },
  {
    request: { action: "storage npiv create", args: { port: "host15", names: "21010024ff7c9901:20010024ff7c9901", on: "alpha" } },
    scenario: { ...san, steps: [] },
    done: ({ hosts }) => hosts[0].storage.fc[0]?.vports.length === 3,
  },
  {
    request: { action: "storage nbd disconnect", args: { device: "nbd0", on: "alpha" } },
    scenario: { ...san, steps: [] },
    done: ({ hosts }) => hosts[0].storage.nbd[0]?.pid === undefined,
  },
  {
    request: { action: "storage nfs remount", args: { mount: "/srv/nfs/xen", on: "alpha" } },
    done: ({ hosts }) => hosts[0].storage.nfs.length === 1,
  },
  {
    request: { action: "storage rescan", args: { bus: "iscsi", on: "alpha" } },
    done: () => true,
  },
  {
    request: { action: "net create", args: { bridge: "xenbr-dmz", on: "beta", write: "yes" } },
    first: (world) => {
      stopped("web02")(world);
      createFaults(world).vlanMissing("beta", 200, true);
    },
    done: ({ hosts }) => hosts[1].network.devs.some(({ name, up }) => name === "xenbr-dmz" && up) && hosts[1].files.size === 1,
  },
  {
    request: { action: "net port down", args: { port: "bond0.310", on: "alpha" } },
    done: ({ hosts }) => hosts[0].network.devs.find(({ name }) => name === "bond0.310")?.up === false,
  },
];

/** The console dies just before, or a moment after, the command of this step. */
async function killedIn(story: Story, index: number, after_ms: number) {
  const pair = pairFor(story.scenario ?? calm);
  const ana = pair.open();
  story.first?.(pair.world);
  await pair.pass(30_000);
  const plan = await pair.prepared(ana, story.request);
  let started = 0;
  pair.world.job_listeners.add(() => {
    if (started === index) pair.world.scheduler.after(after_ms, () => ana.kill());
    started += 1;
  });
  void pair.run(ana, plan, { id: "p1" });
  for (let left = 600; left > 0 && !ana.killed; left -= 1) await pair.pass(500);
  expect(ana.killed, "its console never died").toBe(true);
  const bob = pair.open();
  await pair.pass(60_000);
  return { pair, bob, steps: plan.steps.length };
}

function journal(acting: Acting) {
  const state = acting.runtime.state();
  const found = journalsOf(
    state.order.flatMap((host) => {
      const known = state.hosts.get(host)?.facts.xenha;
      return known?.state === "known" ? [{ host, facts: known.value }] : [];
    }),
  ).find(({ id }) => id === "p1");
  if (found === undefined) throw new Error("nobody knows of it");
  return found;
}

describe.each(stories.map((story) => [story.request.action, story] as const))("%s, its console killed", (_, story) => {
  it.each([0, 900])("in its first, its middle and its last step, %d ms after the command began, is ended by the next", async (after_ms) => {
    const left = [0];
    const done = new Set<number>();
    for (let index = left.pop(); index !== undefined; index = left.pop()) {
      const { pair, bob, steps } = await killedIn(story, index, after_ms);
      const who = { id: "p1", driver: "d-bob", operator: "bob", reason: "" };
      const outcome = await pair.until(bob.operator.takeOver(journal(bob), who, { stopping: () => false, tell: () => undefined }));
      expect({ step: index, ...outcome }).toMatchObject({ result: "done" });
      expect(story.done(pair.world)).toBe(true);
      for (const { plans } of pair.world.hosts) expect([...plans.leases]).toEqual([]);
      if (index === 0) left.push(...new Set([Math.floor(steps / 2), steps - 1]));
      done.add(index);
      while (left.length > 0 && done.has(left.at(-1) ?? 0)) left.pop();
    }
  });
});
