/**
 * Takes a dead host's guests over to the survivor (safety rule S7). First the proof: its fence agent switches it off and says so afterwards, or a
 * person attests it, by name. Then each guest as a plan of its own, the most important first, a few at a time; what can't be started is named
 * with its reason, and keeps no other from starting.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestRow } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  check,
  drbdUnder,
  evidenceOf,
  guestNamed,
  hostIndex,
  hostNamed,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  settingsOf,
  step,
} from "../action.ts";
import type { Given } from "../arguments.ts";
import { leaseKey, type Plan, type PlanCheck, type PlanStep, type Refusal } from "../plan.ts";
import { ableLooks } from "./able.ts";
import { deadLooks, deathChecks, type Proof } from "./dead.ts";
import { GUESTS_MAX, HOST } from "./evacuate.ts";
import { PROOF, proofOf, takeoverChecks } from "./guest-failover.ts";
import { fileConfig, isActive } from "./guest-parts.ts";
import { inOrder, type Load, neededOn, pack } from "./packing.ts";
import { keepStep, keptPlaces, mergePlaces, type Places, placesOf } from "./places.ts";
import { lossesOn, lossOfRow } from "./stale-copy.ts";

const READINGS = ["xl-list", "xl-info", "drbd-status", "xl-configs", "xenha"] as const;

interface Ran {
  readonly guest: GuestRow;
  /** How it is known that it ran there; undefined: it may have, nothing tells. */
  readonly why: string | undefined;
}

/** Did it run on the dead host? As that told while it lived; else by who wrote its disks when they were lost; else by what starts there by itself. */
function ranOn(context: PlanContext, guest: GuestRow, dead: HostId): Ran | undefined {
  const survivor = otherHost(context, dead);
  if (guest.placements.some((part) => part.host === survivor && isActive(part) && part.migration === "none")) return undefined;
  const told = context.state.hosts.get(dead)?.facts["xl-list"];
  if (guest.placements.some(({ host }) => host === dead)) return { guest, why: "as last told" };
  if (told?.state === "known" || told?.state === "failed") {
    // It told, and didn't name it: of a move that was under way, a part may be here.
    return guest.placements.length > 0 ? { guest, why: "a migration was under way" } : undefined;
  }
  const losses = lossesOn(context, survivor);
  const roles = drbdUnder(context, guest).map((row) => lossOfRow(losses, row, hostIndex(context, survivor))?.peer_role);
  if (roles.length > 0 && roles.every((role) => role === "Secondary")) return undefined;
  if (roles.length > 0 && roles.every((role) => role === "Primary"))
    return { guest, why: "its disks were written there when they were lost" };
  if (guest.autostart.length > 0) return { guest, why: "it starts by itself" };
  return { guest, why: undefined };
}

interface Chosen {
  readonly guests: readonly Ran[];
  readonly notes: readonly string[];
}

/** Those that were named, else those that are known to have run there. */
function chosen(context: PlanContext, dead: HostId, named: string | undefined): Chosen | Refusal {
  const survivor = otherHost(context, dead);
  if (named !== undefined && named !== "") {
    const found = named.split(",").map((name) => guestNamed(context, name.trim()));
    const bad = found.find((each): each is Refusal => "refused" in each);
    if (bad !== undefined) return bad;
    return { guests: (found as readonly GuestRow[]).map((guest) => ({ guest, why: "named" })), notes: [] };
  }
  const all = context.view.guests.flatMap((guest) => ranOn(context, guest, dead) ?? []);
  const unsure = all.filter(({ why }) => why === undefined);
  return {
    guests: all.filter(({ why }) => why !== undefined),
    notes: unsure.map(
      ({ guest }) =>
        `${guest.name}: nothing tells whether it ran on ${dead}; if it did, guest failover ${guest.name} --on ${survivor} starts it`,
    ),
  };
}

interface Judged extends Load {
  readonly why: string;
  /** The first thing that stands against it; undefined: nothing does. */
  readonly against: PlanCheck | undefined;
  readonly loses: readonly string[];
}

function judged(context: PlanContext, { guest, why = "" }: Ran, survivor: HostId): Judged {
  const { checks, loses } = takeoverChecks(context, guest, survivor);
  // Memory is judged for all of them together.
  const against = checks.find(({ id, result }) => id !== "memory" && (result === "fail" || result === "unknown"));
  return { guest, why, against, loses, needed_mib: neededOn(context, fileConfig(context, guest, survivor), survivor) };
}

const fenceStep = (dead: HostId, survivor: HostId, agent: string): PlanStep =>
  step({
    id: "fence",
    title: `switch ${dead} off by ${agent}, and see that it is off`,
    host: survivor,
    argv: [agent, "action=off"],
    power: { of: dead, action: "off" },
    before: [],
    after: [{ kind: "power", host: dead, on: false }],
    undo: `host on ${dead}`,
    risk: "data_loss",
    no_return: true,
    usual_s: 20,
    settle_s: 60,
  });

const takeStep = ({ guest }: Load, survivor: HostId, proof: Proof, at: number): PlanStep =>
  step({
    id: `start-${at + 1}`,
    title: `start ${guest.name} on ${survivor}`,
    host: survivor,
    argv: ["xenha-tui", "guest", "failover", guest.name, "--on", survivor],
    sub: { action: "guest failover", args: { guest: guest.uuid ?? guest.name, on: survivor, proof } },
    together: true,
    go_on: true,
    before: [],
    after: [],
    undo: `shut ${guest.name} down on ${survivor}`,
    risk: "data_loss",
  });

function planFailover(context: PlanContext, dead: HostId, proof: Proof, named: string | undefined): Plan | Refusal {
  const survivor = otherHost(context, dead);
  const which = chosen(context, dead, named);
  if ("refused" in which) return which;
  const loads = inOrder(
    context,
    which.guests.map((ran) => judged(context, ran, survivor)),
  ) as readonly Judged[];
  const packing = pack(
    context,
    loads.filter(({ against }) => against === undefined),
    survivor,
  );
  const taken = packing.fits as readonly Judged[];
  if (taken.length > GUESTS_MAX)
    return refuse(`${dead} had ${taken.length} guests`, `name those that come first: --guests A,B,... (${GUESTS_MAX} at most)`);
  const left = [
    ...loads.flatMap(({ guest, against }) => (against === undefined ? [] : [`${guest.name} is not started: ${against.text}`])),
    ...[...packing.short, ...packing.unknown].map(
      ({ guest, needed_mib }) => `${guest.name} is not started: it doesn't fit (${needed_mib ?? "?"} MiB)`,
    ),
  ];
  const places: Places = {
    host: dead,
    guests: loads.flatMap(({ guest: { uuid, name } }) => (uuid === undefined ? [] : [{ uuid, name }])),
    held: [],
  };
  const kept = keptPlaces(context, dead)
    .map(({ text }) => placesOf(text))
    .reduce<Places>((all, each) => mergePlaces(each, all), places);
  const agent = settingsOf(context).fence.get(dead)?.agent ?? "its fence agent";
  const death = deathChecks(context, dead, proof);
  // Of a host that lives, what could be started is no question.
  const alive = death.some(({ result }) => result === "fail");
  const losing = [
    `what the guests of ${dead} had in their memory and hadn't written`,
    ...(proof === "attest"
      ? [`all that ${dead} writes from now on, if it isn't off: both copies part, and one has to be given up`]
      : [`all that still runs on ${dead}`]),
    ...taken.flatMap(({ loses }) => loses),
  ];
  return planOf({
    request: { action: "failover", args: { host: dead, proof, ...(named === undefined || named === "" ? {} : { guests: named }) } },
    goal: `fail over ${dead}: ${taken.length} ${taken.length === 1 ? "guest starts" : "guests start"} on ${survivor}`,
    risk: "data_loss",
    typed:
      proof === "attest"
        ? { word: `${dead} is powered off`, what: "what you have seen with your own eyes" }
        : { word: `fail over ${dead}`, what: "what is to be done" },
    loses: losing,
    keys: [leaseKey("host", dead)],
    hosts: [survivor],
    checks: [
      answersCheck(context, survivor),
      ...death,
      ...(alive ? [] : left.map((text) => check("left", "warn", text))),
      ...(proof === "attest" && taken.length === 0
        ? [check("left", "fail", `no guest of ${dead} can be started on ${survivor}: there is nothing to do`)]
        : []),
      check(
        "packing",
        "pass",
        `${taken.length} of ${loads.length} guests start, ${packing.free_mib ?? "an unknown number of"} MiB free on ${survivor}`,
        evidenceOf(context, survivor, "xl-info"),
      ),
    ],
    steps: [
      ...(proof === "fence" ? [fenceStep(dead, survivor, agent)] : []),
      ...(kept.guests.length === 0 ? [] : [keepStep(survivor, 0, kept, dead)]),
      ...taken.map((load, at) => takeStep(load, survivor, proof, at)),
    ],
    silent: [dead],
    also: [{ host: survivor, readings: [...READINGS] }],
    notes: [
      ...taken.map(({ guest, why }, at) => `${at + 1}. ${guest.name} (${why})`),
      ...packing.preview,
      ...(alive ? [] : left),
      ...which.notes,
    ],
    next: `degraded: no redundancy until ${dead} is back; when it is, rejoin ${dead} before anything else`,
  });
}

export const failover: Action = {
  id: "failover",
  title: "fail over",
  description: "Take a dead host's guests over to the other one",
  on: "host",
  letter: "F",
  risk: "data_loss",
  marked: false,
  args: [
    HOST,
    PROOF,
    { name: "guests", optional: true, kind: "text", length_max: 255, prompt: "only these guests, with commas between them" },
  ],
  looks: (context, { host: name = "" }) => {
    const host = hostNamed(context, name);
    if ("refused" in host) return [];
    const able = context.view.guests.flatMap((guest) => ableLooks(context, guest, otherHost(context, host.id)));
    return [...deadLooks(context, host.id), ...able.slice(0, 1)];
  },
  plan: (context, { host: name = "", proof, guests }: Given) =>
    orRefuse(hostNamed(context, name), ({ id }) => {
      const by = proofOf(context, id, proof);
      return typeof by === "string" ? planFailover(context, id, by, guests) : by;
    }),
};
