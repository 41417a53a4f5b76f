import { describe, expect, it } from "vitest";
import { createSim, type Sim, simLinks } from "../../../src/sim/index.ts";
import type { HostLink, LinkEvent, LinkState } from "../../../src/xen/host/link.ts";
import type { ProbeFrame } from "../../../src/xen/host/wire.ts";
import { readings } from "../../../src/xen/read/index.ts";

interface Heard {
  readonly sim: Sim;
  readonly link: HostLink;
  readonly events: LinkEvent[];
  states(): LinkState["phase"][];
  frames(): ProbeFrame[];
  sections(id: string): Extract<ProbeFrame, { kind: "section" }>[];
  beats(): Extract<ProbeFrame, { kind: "beat" }>[];
}

function listen(scenario = "pair", seed = 1): Heard {
  const sim = createSim({ scenario, seed });
  if (sim === undefined) throw new Error(`no scenario ${scenario}`);
  const link = simLinks(sim)[0];
  const events: LinkEvent[] = [];
  link.start((event) => events.push(event));
  const frames = (): ProbeFrame[] => events.flatMap((event) => (event.kind === "frame" ? [event.frame] : []));
  return {
    sim,
    link,
    events,
    states: () => events.flatMap((event) => (event.kind === "state" ? [event.link.phase] : [])),
    frames,
    sections: (id) =>
      frames()
        .filter((frame) => frame.kind === "section")
        .filter((frame) => frame.id === id),
    beats: () => frames().filter((frame) => frame.kind === "beat"),
  };
}

describe("a host over memory", () => {
  it("connects, says hello first, beats each second and answers every reading once", () => {
    const at = listen();
    expect(at.states()).toEqual(["connecting"]);
    at.sim.advance(20_000);
    expect(at.states()).toEqual(["connecting", "live"]);
    expect(at.frames()[0]).toMatchObject({ kind: "hello" });
    expect(at.beats().length).toBeGreaterThanOrEqual(19);
    // What the console asked with its last `k`.
    expect(at.sim.now_ms() - (at.beats().at(-1)?.asked_ms ?? 0)).toBeLessThanOrEqual(4_000);
    for (const id of Object.keys(readings)) expect(at.sections(id).length, id).toBeGreaterThan(0);
  });

  it("sends a section only when its content changed, and says `same` else", () => {
    const at = listen();
    at.sim.advance(130_000);
    expect(at.sections("lvm")).toHaveLength(1);
    expect(at.sections("xl-list").length).toBeGreaterThan(20);
    expect(at.beats().filter(({ same }) => same.includes("lvm")).length).toBeGreaterThanOrEqual(1);
  });

  it("keeps each reading's cadence", () => {
    const at = listen();
    at.sim.advance(40_000);
    const { cadence_s } = readings["drbd-show"];
    const before = at.beats().filter(({ same }) => same.includes("drbd-show")).length;
    at.sim.advance(cadence_s * 5000);
    const told = at.beats().filter(({ same }) => same.includes("drbd-show")).length - before;
    expect(told).toBeGreaterThanOrEqual(4);
    expect(told).toBeLessThanOrEqual(5);
  });

  it("reads at once when asked, changes a cadence, and ends when told to", () => {
    const at = listen();
    at.sim.advance(10_000);
    const before = at.beats().filter(({ same }) => same.includes("lsblk")).length;
    at.link.send("r lsblk");
    at.sim.advance(2_000);
    expect(at.beats().filter(({ same }) => same.includes("lsblk")).length).toBe(before + 1);
    at.link.send("c lsblk 1");
    at.sim.advance(10_000);
    expect(at.beats().filter(({ same }) => same.includes("lsblk")).length).toBeGreaterThan(before + 4);
    at.link.send("q");
    expect(at.frames().at(-1)).toEqual({ kind: "bye", reason: "asked" });
  });

  it("reads what an event makes stale at once, not with the next beat", () => {
    const at = listen();
    at.sim.advance(20_000);
    for (let time = 0; time < 10; time += 1) {
      // Another moment of the second each time.
      at.sim.advance(5_370);
      const { length } = at.sections("xl-list");
      if (time % 2 === 0) at.sim.fault.guestStop("web01");
      else at.sim.fault.guestStart("web01", "alpha");
      // A slot may have to get free before; none of the simulated commands takes longer than 120 ms.
      at.sim.advance(2 * 120);
      const told = at.sections("xl-list").slice(length);
      expect(told.at(-1)?.stdout.includes("web01"), `${time}`).toBe(time % 2 === 1);
    }
  });

  it("begins a reading three times in a row, then by turns, and forgets none that was put off", () => {
    const at = listen();
    at.sim.advance(20_000);
    const { length } = at.sections("drbd-status");
    // In full: each run tells a section.
    const told = (): number => at.sections("drbd-status").length - length;
    for (let time = 0; time < 50; time += 1) {
      at.link.send("f drbd-status");
      at.sim.advance(100);
    }
    const before = told();
    expect(before).toBeGreaterThanOrEqual(5 * 2);
    expect(before).toBeLessThanOrEqual(3 + 5 * 2 + 1);
    // What is asked for last comes at the latest with its turn.
    at.sim.advance(500 + 2 * 120);
    expect(told()).toBeGreaterThan(before);
  });

  it("shows a hung command in every beat, and everything else goes on", () => {
    const at = listen();
    at.sim.advance(5_000);
    at.sim.fault.hang("alpha", "xl-list");
    at.sim.advance(40_000);
    const last = at.beats().at(-1);
    expect(last?.running.find(({ id }) => id === "xl-list")?.for_s).toBeGreaterThan(30);
    const { length } = at.sections("xl-list");
    const drbd = at.sections("drbd-proc").length;
    at.sim.advance(20_000);
    expect(at.sections("xl-list")).toHaveLength(length);
    expect(at.sections("drbd-proc").length).toBeGreaterThan(drbd);
    at.sim.fault.release("alpha", "xl-list");
    at.sim.advance(5_000);
    expect(at.sections("xl-list").length).toBeGreaterThan(length);
    expect(at.sections("xl-list").find(({ took_s }) => took_s > 50)).toBeDefined();
  });

  it("is silent while frozen, unreachable after a while, and back by itself", () => {
    const at = listen();
    at.sim.advance(5_000);
    at.sim.fault.hostFrozen("alpha");
    const beats = at.beats().length;
    at.sim.advance(10_000);
    expect(at.beats()).toHaveLength(beats);
    expect(at.states().at(-1)).toBe("live");
    at.sim.advance(10_000);
    expect(at.states()).toContain("unreachable");
    at.sim.fault.hostThawed("alpha");
    at.sim.advance(20_000);
    expect(at.states().at(-1)).toBe("live");
    expect(at.beats().length).toBeGreaterThan(beats);
  });

  it("goes on where it stood after a short cut of the console's link, nothing lost", () => {
    const at = listen();
    at.sim.advance(5_000);
    at.sim.fault.consoleLinkCut("alpha");
    const { length } = at.events;
    at.sim.fault.guestStop("web01");
    at.sim.advance(8_000);
    expect(at.events).toHaveLength(length);
    at.sim.fault.consoleLinkBack("alpha");
    at.sim.advance(1_000);
    expect(at.states()).toEqual(["connecting", "live"]);
    expect(at.sections("xl-list").at(-1)?.stdout).not.toContain("web01");
    // The wire kept what was said meanwhile.
    expect(at.beats().length).toBeGreaterThanOrEqual(13);
  });

  it("says connection lost when the host booted anew, and reads everything again", () => {
    const at = listen();
    at.sim.advance(5_000);
    at.sim.fault.hostDead("alpha");
    at.sim.advance(30_000);
    at.sim.fault.hostBack("alpha");
    at.sim.advance(90_000);
    expect(at.states().at(-1)).toBe("live");
    const hellos = at.frames().filter(({ kind }) => kind === "hello");
    expect(hellos).toHaveLength(2);
    expect(new Set(hellos.map((frame) => (frame.kind === "hello" ? frame.fields.get("boot_id") : ""))).size).toBe(2);
  });

  it("tells drbd's and the kernel's events at once, and reads what they made stale", () => {
    const at = listen();
    at.sim.advance(10_000);
    const before = at.sections("drbd-status").length;
    at.sim.fault.disconnect("web01", "alpha");
    at.sim.advance(1_500);
    const lines = at.frames().filter((frame) => frame.kind === "event");
    expect(lines.some(({ stream, line }) => stream === "drbd" && line.includes("change connection name:web01"))).toBe(true);
    expect(lines.some(({ stream, line }) => stream === "kernel" && line.includes("drbd web01: peer("))).toBe(true);
    expect(at.sections("drbd-status").length).toBeGreaterThan(before);
  });

  it("bounds the lines of a storm of events", () => {
    const at = listen("large");
    at.sim.advance(3_000);
    const before = at.frames().filter(({ kind }) => kind === "event").length;
    at.sim.fault.replicationLinkCut();
    for (let second = 0; second < 25; second += 1) {
      const { length } = at.frames().filter(({ kind }) => kind === "event");
      at.sim.advance(1_000);
      expect(at.frames().filter(({ kind }) => kind === "event").length - length).toBeLessThanOrEqual(80);
    }
    expect(at.frames().filter(({ kind }) => kind === "event").length).toBeGreaterThan(before + 200);
  });

  it("tries at once when asked to reconnect, and stops for good", () => {
    const at = listen();
    at.sim.fault.hostDead("alpha");
    at.sim.advance(60_000);
    const tries = at.states().filter((phase) => phase === "connecting").length;
    at.link.reconnect();
    expect(at.states().filter((phase) => phase === "connecting").length).toBe(tries + 1);
    at.link.stop();
    const { length } = at.events;
    at.sim.advance(60_000);
    expect(at.events).toHaveLength(length);
  });

  it("plays the same story for the same seed, and another for another", () => {
    const story = (seed: number): string => {
      const at = listen("host-returns", seed);
      at.sim.advance(60_000);
      return JSON.stringify(at.events, (_key, value) => (value instanceof Map ? [...value] : value));
    };
    expect(story(3)).toBe(story(3));
    expect(story(3)).not.toBe(story(4));
  });
});
