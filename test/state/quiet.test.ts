/**
 * Hours of a healthy pair's life: guests move, paths blink once, commands take their time, clocks wander. Nothing of it is ever critical.
 * An hour in every run; XENHA_QUIET_HOURS=100 is the drill.
 */
import { expect, it } from "vitest";
import type { Faults } from "../../src/sim/fault.ts";
import type { World } from "../../src/sim/model/world.ts";
import { createRandom, type Random } from "../../src/sim/random.ts";
import { demoGuests, demoPair } from "../../src/sim/scenarios/parts/demo-pair.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";
import { playStory } from "./story.ts";

const HOURS = Number(process.env.XENHA_QUIET_HOURS ?? 1);
/** A console draws each second; what is critical for less than this at night would wake nobody. */
const LOOK_S = 5;
/** Seconds between two things that happen, at most and at least. */
const EVENTS_S = { least: 20, most: 400 } as const;

const names = ["alpha", "beta"] as const;
const guests = [...demoGuests.alpha, ...demoGuests.beta];
const readings = ["df", "lvm", "xl-list-long", "multipath", "xentop", "drbd-status"] as const;

type Noise = (draw: Random, fault: Faults, world: World) => string;
const one = <T>(draw: Random, list: readonly T[]): T => list[draw.int(0, list.length - 1)] as T;

/** Nobody moves or pauses a guest that is on its way. */
const isMoving = ({ migrations }: World, guest: string): boolean =>
  migrations.some((move) => move.guest === guest && move.phase !== "done" && move.phase !== "failed");

const noises: readonly Noise[] = [
  (draw, fault, world) => {
    const guest = one(draw, guests);
    if (!isMoving(world, guest)) fault.migrate(guest);
    return `${guest} moves`;
  },
  (draw, fault, world) => {
    const ix = draw.int(0, 1) === 0 ? 0 : 1;
    const { dev } = one(draw, world.hosts[ix].storage.paths);
    fault.pathFailed(names[ix], dev);
    world.scheduler.after(draw.int(1, 40) * 1000, () => fault.pathBack(names[ix], dev));
    return `path ${dev} of ${names[ix]} blinks`;
  },
  (draw, fault, world) => {
    const [host, reading] = [one(draw, names), one(draw, readings)];
    fault.hang(host, reading);
    world.scheduler.after(draw.int(1, 6) * 1000, () => fault.release(host, reading));
    return `${reading} on ${host} takes its time`;
  },
  (draw, fault) => {
    const host = one(draw, names);
    fault.clockSkew(host, draw.int(-400, 400));
    return `${host}'s clock wanders`;
  },
  (draw, fault) => {
    const guest = one(draw, ["web01", "mail01", "proxy01", "ldap01", "web02"]);
    fault.verify(guest, one(draw, names), 0);
    return `${guest} is verified`;
  },
  (draw, fault, world) => {
    const guest = one(draw, guests);
    if (isMoving(world, guest)) return "nothing";
    fault.guestPaused(guest, true);
    world.scheduler.after(draw.int(1, 3) * 1000, () => fault.guestPaused(guest, false));
    return `${guest} is paused for a moment`;
  },
];

it(`finds nothing critical in ${HOURS} quiet hours`, { timeout: 60_000 + HOURS * 60_000 }, () => {
  const draw = createRandom(Number(process.env.XENHA_QUIET_SEED ?? 7)).fork("quiet");
  const story = playStory({ name: "quiet", sentence: "", build: demoPair, steps: [] });
  const select = createSelectPair();
  story.advance(30_000);
  const end_ms = story.now_ms() + HOURS * 3_600_000;
  let next_ms = story.now_ms();
  let last = "nothing yet";
  let events = 0;
  const critical: string[] = [];
  while (story.now_ms() < end_ms && critical.length < 5) {
    if (story.now_ms() >= next_ms) {
      last = one(draw, noises)(draw, story.sim.fault, story.sim.world);
      next_ms = story.now_ms() + draw.int(EVENTS_S.least, EVENTS_S.most) * 1000;
      events += 1;
    }
    story.advance(LOOK_S * 1000);
    for (const { severity, rule, cause } of select(story.state(), story.now_ms()).findings)
      if (severity === "critical") critical.push(`${rule}: ${cause} (after: ${last}, at ${new Date(story.now_ms()).toISOString()})`);
  }
  expect(critical).toEqual([]);
  expect(events).toBeGreaterThan(HOURS * 10);
});
