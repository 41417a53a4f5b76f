/** A host that has booted lately and isn't yet what it was: incident 2. What it lacks is told as one thing, with the way back. */
import type { HostId } from "../../xen/model/ids.ts";
import type { DrbdRow, GuestRow } from "../view-model.ts";
import { drbdToken } from "./drbd-common.ts";
import {
  act,
  answers,
  claim,
  type Draft,
  draft,
  drbdName,
  list,
  peerOf,
  type Rule,
  type RuleInput,
  said,
  size,
  span,
  unique,
} from "./rule.ts";

/** Booted no longer ago than this. After that its guests' places are somebody's choice. */
export const RETURNED_MS = 30 * 60_000;

/** A host that is first reached this soon after its boot, and not when the console began, was away until then. */
const REACHED_AFTER_BOOT_MS = 120_000;
const AWAY_MIN_MS = 5_000;

interface Lacking {
  readonly copying: readonly DrbdRow[];
  /** At home there, and running on the other host. */
  readonly away: readonly GuestRow[];
  /** At home there, and running nowhere. */
  readonly down: readonly GuestRow[];
}

function lackingOn({ view }: RuleInput, host: HostId): Lacking {
  const home = view.guests.filter(({ autostart }) => autostart.includes(host));
  return {
    copying: view.drbd.filter(({ resync }) => resync?.kind === "resync" && resync.target === host),
    away: home.filter((guest) => guest.host !== undefined && guest.host !== host),
    down: home.filter(({ placements }) => placements.length === 0),
  };
}

/** Seen by this console: it booted since, or wasn't there when the console began. Of one that booted before, its uptime is all that is known. */
function sawAway({ state }: RuleInput, host: HostId, booted_ms: number): boolean {
  if (booted_ms >= state.started_ms) return true;
  const link = state.hosts.get(host)?.link;
  if (link?.phase !== "live") return false;
  return link.since_ms - state.started_ms >= AWAY_MIN_MS && link.since_ms - booted_ms <= REACHED_AFTER_BOOT_MS;
}

function words({ copying, away, down }: Lacking, { host, peer, seen }: { host: HostId; peer: HostId; seen: boolean }): string {
  const left_kib = copying.reduce((sum, { resync }) => sum + (resync?.left_kib ?? 0), 0);
  const verb = (things: readonly unknown[], one: string, many: string): string => (things.length === 1 ? one : many);
  const awayWords = (guests: readonly GuestRow[]): string => {
    const names = list(guests.map(({ name }) => name));
    if (seen) return `${names} still ${verb(guests, "runs", "run")} on ${peer}`;
    return `${names} ${verb(guests, "runs", "run")} on ${peer}, though ${verb(guests, "it starts", "they start")} by ${verb(guests, "itself", "themselves")} on ${host}`;
  };
  return [
    ...(copying.length === 0 ? [] : [`${list(copying.map(drbdName))} ${verb(copying, "catches", "catch")} up, ${size(left_kib)} left`]),
    ...(away.length === 0 ? [] : [awayWords(away)]),
    ...(down.length === 0 ? [] : [`${list(down.map(({ name }) => name))} ${verb(down, "is", "are")} down`]),
  ].join("; ");
}

function returned(input: RuleInput, host: HostId, uptime_s: number | undefined): Draft[] {
  if (uptime_s === undefined || uptime_s * 1000 > RETURNED_MS || !answers(input, host)) return [];
  const lacking = lackingOn(input, host);
  const { copying, away, down } = lacking;
  if (copying.length + away.length + down.length === 0) return [];
  const up_ms = uptime_s * 1000;
  const seen = sawAway(input, host, input.now_ms - up_ms);
  // Whole again, and only not where it was: nothing is at risk.
  const [guest] = copying.length + down.length === 0 ? away : [];
  const next =
    guest === undefined
      ? {
          next: `1: take ${host} back: nothing of it starts by itself, its copies get whole, then its guests go home`,
          act: act("rejoin", { host }),
          screen: 1 as const,
        }
      : {
          next: `2: move ${guest.name} back to ${host}, if it belongs there`,
          act: act("migrate", { guest: guest.name, to: host }),
          screen: 2 as const,
        };
  return [
    draft(input, "host.returned", {
      severity: guest === undefined ? "warning" : "info",
      object: host,
      cause: `${host} ${
        seen ? `has come back, it booted ${span(up_ms)} ago` : `booted ${span(up_ms)} ago by its own count, before this console looked`
      }: ${words(lacking, { host, peer: peerOf(input, host), seen })}`,
      evidence: [
        claim(input, host, "host", `up for ${span(up_ms)}${seen ? "" : ": a machine that was restored or paused counts on from then"}`),
        ...copying.map((row) => said(`${drbdName(row)} is copied to ${host}`, row.sides.find((side) => side.host === host)?.evidence)),
      ],
      guests: unique([...copying.flatMap(({ guests }) => guests), ...down.map(({ key }) => key)]),
      ...next,
      about: [`host:${host}`, ...unique(copying.map(({ resource }) => drbdToken(resource))), ...down.map(({ key }) => `guest:${key}`)],
      since_ms: input.now_ms - up_ms,
    }),
  ];
}

export const returnedRules: readonly Rule[] = [
  {
    id: "host.returned",
    explains_restart: true,
    title: "a host booted lately, and isn't yet what it was",
    suppresses: ["guest.down", "drbd.syncing"],
    judge: (input) => input.view.hosts.flatMap(({ id, uptime_s }) => returned(input, id, uptime_s)),
  },
];
