/** A story: one request on a pair in a certain state, and what goes wrong, when. Drawn from a seed; short enough to be told on one line. */
import { createRandom, type Random } from "../../src/sim/random.ts";
import { ARRAY } from "../../src/sim/scenarios/parts/storage.ts";
import type { PlanRequest } from "../../src/state/plan/plan.ts";

export const faultKinds = [
  "answers lost",
  "both power cut",
  "calls lost",
  "clock skew",
  "console killed",
  "console link cut",
  "console links cut",
  "console reopened",
  "console sleeps",
  "disk fails",
  "fence fails",
  "guest crashes",
  "guest reboots",
  "host frozen",
  "job fails",
  "job hangs",
  "job killed",
  "let go",
  "memory short",
  "outside move",
  "outside shutdown",
  "outside start",
  "path fails",
  "power cut",
  "reading hangs",
  "replication link cut",
  "resync",
  "run full",
  "second operator",
  "taken over",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Phases of a migration as the simulator goes through them. */
export const phases = ["precopy", "suspended", "attached", "handover", "done"] as const;

/**
 * When: at a time after the plan was begun; before the plan's Nth call to the world, or when its answer is there and nobody has heard it yet; as the
 * Nth command of a plan begins; as a migration comes into a phase.
 */
export type When =
  | { readonly ms: number }
  | { readonly call: number }
  | { readonly answer: number }
  | { readonly job: number; readonly ms: number }
  | { readonly phase: (typeof phases)[number] };

export interface Fault {
  readonly kind: FaultKind;
  readonly when: When;
  readonly host: 0 | 1;
}

/**
 * What the pair is like before: `apart`: the resource is disconnected and was written since; `split`: on both sides; `down`, `paused`: the guest; `san`: there are LUNs, NFS and a spare VLAN beside DRBD;
 * `dead`: the guest's host has lost its power; `parted`: it lives, and nobody hears of it; `returned`: its host died and is back; `husk`: a migration
 * has died and left something; `moving`: one is under way by hand; `emptied`: the guest's host was evacuated.
 */
export const settings = [
  "well",
  "apart",
  "split",
  "down",
  "paused",
  "san",
  "dead",
  "parted",
  "returned",
  "husk",
  "moving",
  "emptied",
] as const;
export type Setting = (typeof settings)[number];

export interface Story {
  readonly seed: number;
  /** Two primaries are allowed from the start. */
  readonly two: boolean;
  readonly setting: Setting;
  readonly request: PlanRequest;
  readonly faults: readonly Fault[];
  /** When the plan is begun, after its console knows the pair; absent: at once. */
  readonly begin_ms?: number;
}

interface Wanted {
  readonly weight: number;
  readonly setting?: Setting;
  readonly ask: (guest: string, home: string, away: string) => PlanRequest;
}

const guestVerb = (verb: string, more: Partial<Wanted> = {}): Wanted => ({
  weight: 1,
  ask: (guest) => ({ action: `guest ${verb}`, args: { guest } }),
  ...more,
});
const drbdVerb = (verb: string, on: "home" | "away" | undefined, more: Partial<Wanted> = {}): Wanted => ({
  weight: 1,
  ask: (resource, home, away) => ({
    action: `drbd ${verb}`,
    args: { resource, ...(on === undefined ? {} : { on: on === "home" ? home : away }) },
  }),
  ...more,
});

const onSan = (action: string, args: PlanRequest["args"], weight = 1): Wanted => ({
  weight,
  setting: "san",
  ask: () => ({ action, args }),
});

export const wanted: readonly Wanted[] = [
  { weight: 10, ask: (guest) => ({ action: "migrate", args: { guest } }) },
  { weight: 3, setting: "down", ask: (guest, home) => ({ action: "guest start", args: { guest, on: home } }) },
  { weight: 3, setting: "down", ask: (guest, _, away) => ({ action: "guest start", args: { guest, on: away } }) },
  { weight: 2, setting: "apart", ask: (guest, _, away) => ({ action: "guest start", args: { guest, on: away } }) },
  guestVerb("shutdown", { weight: 2 }),
  guestVerb("reboot"),
  guestVerb("pause"),
  guestVerb("unpause", { setting: "paused" }),
  guestVerb("destroy"),
  { weight: 1, ask: (guest) => ({ action: "guest memory", args: { guest, mib: "300" } }) },
  { weight: 1, ask: (guest, home) => ({ action: "guest autostart", args: { guest, state: "off", on: home } }) },
  drbdVerb("disconnect", "home"),
  drbdVerb("connect", undefined, { setting: "apart", weight: 2 }),
  drbdVerb("connect", undefined, { setting: "split" }),
  drbdVerb("invalidate", "away", { weight: 2 }),
  drbdVerb("invalidate", "home"),
  drbdVerb("primary", "away", { setting: "down" }),
  drbdVerb("secondary", "home"),
  drbdVerb("detach", "away"),
  drbdVerb("verify", "home"),
  drbdVerb("pause-sync", "home"),
  { weight: 1, ask: (resource, _, away) => ({ action: "drbd rate", args: { resource, rate: "4096", on: away } }) },
  { weight: 4, ask: (_, home) => ({ action: "evacuate", args: { host: home } }) },
  { weight: 2, setting: "emptied", ask: (_, home) => ({ action: "restore", args: { host: home } }) },
  { weight: 3, setting: "dead", ask: (_, home) => ({ action: "failover", args: { host: home, proof: "fence" } }) },
  { weight: 2, setting: "dead", ask: (_, home) => ({ action: "failover", args: { host: home, proof: "attest" } }) },
  { weight: 4, setting: "parted", ask: (_, home) => ({ action: "failover", args: { host: home, proof: "fence" } }) },
  { weight: 1, setting: "dead", ask: (guest, _, away) => ({ action: "guest failover", args: { guest, on: away, proof: "fence" } }) },
  { weight: 2, setting: "dead", ask: (guest, _, away) => ({ action: "guest start", args: { guest, on: away } }) },
  { weight: 3, setting: "returned", ask: (_, home) => ({ action: "rejoin", args: { host: home } }) },
  { weight: 3, setting: "husk", ask: (guest) => ({ action: "guest resolve", args: { guest } }) },
  { weight: 1, setting: "husk", ask: (guest) => ({ action: "migrate", args: { guest } }) },
  { weight: 2, setting: "moving", ask: (guest) => ({ action: "migrate abort", args: { guest } }) },
  { weight: 1, setting: "moving", ask: (guest) => ({ action: "guest resolve", args: { guest } }) },
  onSan("path fail", { path: "sdb", on: "alpha" }, 3),
  onSan("path reinstate", { path: "sdb", on: "alpha" }),
  onSan("storage iscsi logout", { target: ARRAY.target, portal: ARRAY.portals[0], on: "alpha" }),
  onSan("storage nfs remount", { mount: "/srv/nfs/xen", on: "beta" }),
  onSan("storage rescan", { bus: "iscsi", on: "alpha" }),
  onSan("net create", { bridge: "xenbr-dmz", on: "beta", write: "yes" }, 2),
  onSan("net port down", { port: "bond0.200", on: "beta" }),
  {
    weight: 3,
    setting: "split",
    ask: (resource, _, away) => ({ action: "drbd repair", args: { resource, discard: away } }),
  },
  {
    weight: 1,
    setting: "split",
    ask: (resource, home) => ({ action: "drbd repair", args: { resource, discard: home } }),
  },
];

function chosen<T extends { readonly weight: number }>(random: Random, all: readonly T[]): T {
  let left = random.int(
    1,
    all.reduce((sum, { weight }) => sum + weight, 0),
  );
  for (const each of all) {
    left -= each.weight;
    if (left <= 0) return each;
  }
  throw new Error("nothing to choose from");
}

/** Calls of a plan from its leases to its end, about. */
export const CALLS_USUAL = 60;
const JOBS_USUAL = 5;

function whenOf(random: Random): When {
  switch (random.int(0, 9)) {
    case 0:
    case 1:
      return { ms: random.int(0, random.int(0, 1) === 0 ? 6_000 : 20_000) };
    case 2:
      return { phase: phases[random.int(0, phases.length - 1)] ?? "precopy" };
    case 3:
      return { job: random.int(1, JOBS_USUAL), ms: random.int(0, 8) * 250 };
    case 4:
    case 5:
      return { answer: random.int(1, CALLS_USUAL) };
    default:
      return { call: random.int(1, CALLS_USUAL) };
  }
}

/** From a seed: the same one tells the same story. */
export function storyOf(seed: number): Story {
  const random = createRandom(seed * 7919 + 17);
  const [guest, home, away] = random.int(0, 1) === 0 ? ["web01", "alpha", "beta"] : ["db01", "beta", "alpha"];
  const { ask, setting = "well" } = chosen(random, wanted);
  const request = ask(guest ?? "", home ?? "", away ?? "");
  const count = [1, 1, 1, 1, 2, 2, 2, 3, 3, 4][random.int(0, 9)] ?? 1;
  const faults = Array.from(
    { length: count },
    (): Fault => ({
      kind: faultKinds[random.int(0, faultKinds.length - 1)] ?? "console killed",
      when: whenOf(random),
      host: random.int(0, 1) === 0 ? 0 : 1,
    }),
  );
  return { seed, two: random.int(0, 3) > 0, setting, request, faults };
}
