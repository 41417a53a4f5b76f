/**
 * Takes a host back that was dead or away: first nothing may start by itself on it, then what of DRBD stands apart is connected, in the direction
 * that its generations say, then it is waited until every copy is whole. A disk that has parted is not touched: that is for a person to decide.
 */
import type { DrbdGenerations } from "../../../xen/model/drbd.ts";
import type { HostId } from "../../../xen/model/ids.ts";
import type { DrbdRow } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  both,
  check,
  evidenceOf,
  hostIndex,
  hostNamed,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  resourcesUnder,
  step,
} from "../action.ts";
import { leaseKey, type Plan, type PlanCheck, type PlanStep, type Refusal } from "../plan.ts";
import { autostartCheck, HOST } from "./evacuate.ts";
import { entriesOn, holdStep, keepStep, keptPlaces, mergePlaces, type Places, placesOf } from "./places.ts";

/** A large disk takes hours; whoever waits may end it, the copying goes on. */
const RESYNC_MAX_S = 24 * 3600;
const READINGS = ["xl-list", "drbd-status", "drbd-gi", "drbd-show", "xl-configs", "xen-auto", "xenha"] as const;

/** The lowest bit only says whether the node was Primary (drbd_int.h, UUID_PRIMARY). */
const generation = (hex: string): string => `${hex.slice(0, -1)}${(Number.parseInt(hex.slice(-1), 16) & 14).toString(16).toUpperCase()}`;

/** How two copies stand to each other, by their generations. */
export function relation(
  own: DrbdGenerations | undefined,
  other: DrbdGenerations | undefined,
): "same" | "behind" | "ahead" | "parted" | "unknown" {
  if (own?.current === undefined || other?.current === undefined) return "unknown";
  const [mine, theirs] = [generation(own.current), generation(other.current)];
  if (mine === theirs) return "same";
  const knows = (side: DrbdGenerations, hex: string): boolean =>
    [side.bitmap, ...side.history].some((known) => known !== undefined && generation(known) === hex);
  const [own_knows, other_knows] = [knows(own, theirs), knows(other, mine)];
  if (own_knows === other_knows) return "parted";
  return other_knows ? "behind" : "ahead";
}

function generationsOf({ state }: PlanContext, host: HostId, { resource, volume }: DrbdRow): DrbdGenerations | undefined {
  const known = state.hosts.get(host)?.facts["drbd-gi"];
  return known?.state === "known" ? known.value.generations.find((each) => each.name === resource && each.volume === volume) : undefined;
}

/** One volume: what will happen to it, or why nothing may. */
function copyCheck(context: PlanContext, row: DrbdRow, host: HostId): PlanCheck {
  const other = otherHost(context, host);
  const [side, peer] = [row.sides[hostIndex(context, host)], row.sides[hostIndex(context, other)]];
  const evidence = [side.evidence, peer.evidence, ...evidenceOf(context, host, "drbd-gi"), ...evidenceOf(context, other, "drbd-gi")];
  const { key } = row;
  if (side.evidence.freshness !== "fresh" || peer.evidence.freshness !== "fresh")
    return check("drbd", "unknown", `${key}: not freshly read on both hosts`, evidence);
  if (row.split_brain !== undefined)
    return check("drbd", "fail", `${key} has parted: drbd repair ${row.resource} --discard HOST, before ${host} is taken back`, evidence);
  if (!side.present) return check("drbd", "fail", `${key} isn't up on ${host}: drbdadm up ${row.resource}`, evidence);
  if (side.role === "Primary" && peer.role === "Primary") return check("drbd", "fail", `${key} is Primary on both hosts`, evidence);
  if (side.connection === "Connected" && peer.connection === "Connected") {
    const copying = side.disk === "UpToDate" && peer.disk === "UpToDate" ? "both UpToDate" : `${host} ${side.disk}, ${other} ${peer.disk}`;
    return check("drbd", "pass", `${key} Connected, ${copying}`, evidence);
  }
  if (side.connection === "Connected" || peer.connection === "Connected")
    return check(
      "drbd",
      "warn",
      `${key}: ${host} says ${side.connection || "StandAlone"}, ${other} ${peer.connection || "StandAlone"}`,
      evidence,
    );
  switch (relation(generationsOf(context, host, row), generationsOf(context, other, row))) {
    case "same":
      return check("drbd", "pass", `${key}: the same generation on both, it connects without copying`, evidence);
    case "behind":
      return check("drbd", "pass", `${key}: ${host} has an older generation that ${other} knows: it is copied from ${other}`, evidence);
    case "ahead":
      return peer.role === "Primary"
        ? check(
            "drbd",
            "fail",
            `${key}: ${host} has newer data than ${other}, which writes: connecting would part them or lose it`,
            evidence,
          )
        : check("drbd", "warn", `${key}: ${other} has an older generation: it is copied from ${host}`, evidence);
    case "parted":
      return check(
        "drbd",
        "fail",
        `${key}: each host has a generation that the other doesn't know: they have parted (drbd repair)`,
        evidence,
      );
    case "unknown":
      return check("drbd", "warn", `${key}: its generations can't be compared; DRBD itself decides, and refuses what has parted`, evidence);
  }
}

/** Nothing of the survivor's may run on it as well, and nothing on it may be Primary that the survivor uses. */
function guestChecks(context: PlanContext, host: HostId): readonly PlanCheck[] {
  const twice = context.view.guests.filter(({ placements }) => new Set(placements.map((part) => part.host)).size > 1);
  const evidence = evidenceOf(context, host, "xl-list");
  if (twice.length === 0) return [check("guest", "pass", `no guest is on both hosts`, evidence)];
  return twice.map(({ name, placements }) =>
    check(
      "guest",
      "fail",
      `${name} is on both hosts: guest resolve ${name} stops both`,
      placements.map((part) => part.evidence),
    ),
  );
}

const drifts = ({ view }: PlanContext): readonly string[] =>
  view.guests.flatMap(({ name, config_drift }) => config_drift.map((text) => `${name}: ${text}`));

function driftChecks(context: PlanContext, host: HostId): readonly PlanCheck[] {
  const evidence = evidenceOf(context, host, "xl-configs");
  return context.view.guests
    .filter(({ config_drift }) => config_drift.length > 0)
    .map(({ name, config_drift }) =>
      check(
        "config",
        "warn",
        `${name} is configured differently: ${config_drift[0]}; guest sync-config ${name} --to ${host} copies it`,
        evidence,
      ),
    );
}

const connectStep = (resource: string, host: HostId, at: number): PlanStep =>
  step({
    id: `connect-${at + 1}`,
    title: `connect ${resource}`,
    host,
    argv: ["xenha-tui", "drbd", "connect", resource],
    sub: { action: "drbd connect", args: { resource } },
    go_on: true,
    before: [],
    after: [],
    undo: `drbd disconnect ${resource}`,
    risk: "routine",
  });

const wholeStep = (host: HostId, hosts: readonly HostId[]): PlanStep =>
  step({
    id: "whole",
    title: "every copy is whole on both hosts",
    host,
    argv: ["true"],
    before: [],
    after: hosts.map((each) => ({ kind: "drbd_whole", host: each }) as const),
    undo: "nothing is done by it",
    risk: "routine",
    waits: true,
    usual_s: 600,
    settle_s: RESYNC_MAX_S,
  });

const backStep = (host: HostId): PlanStep =>
  step({
    id: "put-back",
    title: `put its guests back on ${host}`,
    host,
    argv: ["xenha-tui", "restore", host],
    sub: { action: "restore", args: { host } },
    before: [],
    after: [],
    undo: `evacuate ${host}`,
    risk: "disruptive",
  });

function planRejoin(context: PlanContext, host: HostId, put_back: boolean): Plan {
  const hosts = both(context.view);
  const entries = entriesOn(context, host);
  const own: Places = { host, guests: [], held: entries ?? [] };
  const places = keptPlaces(context, host)
    .map(({ text }) => placesOf(text))
    .reduce<Places>((all, each) => mergePlaces(each, all), own);
  const apart = resourcesUnder(
    context.view.drbd.filter(
      ({ sides }) =>
        sides.every(({ present }) => present) && sides.some(({ connection }) => connection === "StandAlone" || connection === ""),
    ),
  );
  const holds = (entries ?? []).length > 0;
  return planOf({
    request: { action: "rejoin", args: { host, ...(put_back ? { "put-back": "yes" } : {}) } },
    goal: `take ${host} back${put_back ? ", and its guests to it" : ""}`,
    risk: "disruptive",
    typed: { word: host, what: "the host's name" },
    // Not the host's own: putting its guests back, a plan within this one, takes that.
    keys: [leaseKey("rejoin", host)],
    hosts,
    checks: [
      ...hosts.map((each) => answersCheck(context, each)),
      ...guestChecks(context, host),
      autostartCheck(context, host, entries),
      ...context.view.drbd.map((row) => copyCheck(context, row, host)),
      ...driftChecks(context, host),
    ],
    steps: [
      ...(holds ? [holdStep(host, entries ?? []), ...hosts.map((each, at) => keepStep(each, at, places, host))] : []),
      ...apart.map((resource, at) => connectStep(resource, host, at)),
      wholeStep(host, hosts),
      ...(put_back ? [backStep(host)] : []),
    ],
    also: hosts.map((each) => ({ host: each, readings: [...READINGS] })),
    notes: drifts(context),
    next: put_back
      ? `${host} is back`
      : `every copy is whole again; restore ${host} puts its guests back and lets start by itself what did`,
  });
}

export const rejoin: Action = {
  id: "rejoin",
  title: "take back",
  description: "Take a host back that was dead or away: nothing starts by itself, its disks catch up",
  on: "host",
  letter: "r",
  risk: "disruptive",
  marked: false,
  args: [
    HOST,
    {
      name: "put-back",
      optional: true,
      kind: "choice",
      prompt: "put its guests back as well",
      choices: () => [
        { value: "no", title: "they stay where they run" },
        { value: "yes", title: "they are moved back to it" },
      ],
    },
  ],
  plan: (context, { host: name = "", "put-back": put_back = "" }) =>
    orRefuse(hostNamed(context, name), ({ id }): Plan | Refusal =>
      put_back === "" || put_back === "yes" || put_back === "no"
        ? planRejoin(context, id, put_back === "yes")
        : refuse(`put-back is yes or no, not ${JSON.stringify(put_back)}`, "rejoin HOST --put-back yes"),
    ),
};
