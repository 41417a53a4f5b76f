/** Rules about the hosts themselves and about what they can't tell. */
import type { HostId, Pair } from "../../xen/model/ids.ts";
import { type ReadingId, readingIds, readings } from "../../xen/read/index.ts";
import type { HostState } from "../state.ts";
import type { Evidence, HostView } from "../view-model.ts";
import {
  act,
  answering,
  answers,
  claim,
  type Draft,
  draft,
  guestsOf,
  list,
  peerOf,
  type Rule,
  type RuleInput,
  said,
  span,
} from "./rule.ts";

/** DRBD notices a dead peer after 10 to 20 s; its Connected says nothing before that. */
export const DRBD_NOTICES_MS = 20_000;
/** A first connection may take this long before it is worth a word. */
export const CONNECT_GRACE_MS = 15_000;
/** Migration and cluster software want clocks within this (2-domain, preflight 14). */
export const SKEW_MAX_MS = 1000;
/** This machine's clock is on the other end of a network; a second more than between the hosts. */
export const CONSOLE_SKEW_MAX_MS = SKEW_MAX_MS + 1_000;
/** Without these the console sees no guests: no verdict, no action. */
const vital: readonly ReadingId[] = ["xl-list", "xenstore"];

interface Witness {
  readonly verdict: "alive" | "lost" | "silent";
  readonly text: string;
  readonly from: Evidence | undefined;
}

/** What DRBD on the other host says of this one: Connected to it means it is alive. */
function witness(input: RuleInput, host: HostView): Witness {
  const peer = peerOf(input, host.id);
  const sides = input.view.drbd.flatMap(({ sides: both }) => both.filter((side) => side.host === peer && side.present));
  if (!answers(input, peer) || sides.length === 0)
    return { verdict: "silent", text: `${peer} can't say anything of it either`, from: undefined };
  const connected = sides.find((side) => side.connection === "Connected");
  const from = (connected ?? sides[0])?.evidence;
  if (connected === undefined) return { verdict: "lost", text: `DRBD on ${peer} has lost it too, in all ${sides.length} volumes`, from };
  const seen = from?.freshness === "fresh" && (from.at_ms ?? 0) - (host.heard_ms ?? input.state.started_ms) > DRBD_NOTICES_MS;
  return seen
    ? { verdict: "alive", text: `DRBD on ${peer} is Connected to it`, from }
    : { verdict: "silent", text: `DRBD on ${peer} is still Connected, but notices a dead peer only after 20 s`, from };
}

/** The link itself begins anew with every attempt. */
function lostSince({ state }: RuleInput, host: HostView): number | undefined {
  if (host.heard_ms !== undefined) return host.heard_ms;
  const trouble = state.hosts.get(host.id)?.trouble;
  if (trouble !== undefined) return trouble.since_ms;
  return host.link.phase === "idle" ? undefined : host.link.since_ms;
}

function contactLost(input: RuleInput, host: HostView): Draft[] {
  const since_ms = lostSince(input, host);
  const silent_ms = input.now_ms - (since_ms ?? input.now_ms);
  if (host.reach === "connecting" && host.heard_ms === undefined && silent_ms < CONNECT_GRACE_MS) return [];
  const proof = witness(input, host);
  // A command that looks once has only just begun to miss it.
  const lately = silent_ms < 1000 ? "" : ` for ${span(silent_ms)}`;
  const reason = host.reach_reason === undefined ? [] : [said(host.reach_reason)];
  const common = { object: host.id, screen: 1, about: [`host:${host.id}`], since_ms } as const;
  if (proof.verdict === "alive") {
    return [
      draft(input, "host.unreachable", {
        ...common,
        severity: "warning",
        cause: `no contact with ${host.id}${lately}, but it is alive: ${proof.text}`,
        evidence: [said(proof.text, proof.from), ...reason],
        next: `ctrl-r: connect again; check the way to ${host.id} by ssh. Nothing there needs rescue`,
      }),
    ];
  }
  return [
    draft(input, "host.unreachable", {
      ...common,
      severity: "critical",
      cause: `no contact with ${host.id}${lately}; it may be alive`,
      evidence: [said(proof.text, proof.from), ...reason],
      guests: guestsOf(input, host.id).map(({ key }) => key),
      next: `1: look for ${host.id} by its BMC and its other networks; start none of its guests elsewhere until it is proven off`,
      // Not before its peer's DRBD has lost it as well; the plan then asks for the proof, and refuses without.
      act: proof.verdict === "lost" ? act("failover", { host: host.id }) : undefined,
    }),
  ];
}

const unreachable: Rule = {
  id: "host.unreachable",
  explains_restart: true,
  title: "a host doesn't answer (unreachable is not dead)",
  suppresses: ["drbd.connecting", "drbd.outdated", "storage.iscsi", "storage.nfs", "host.failed"],
  judge: (input) =>
    input.view.hosts.flatMap((host) =>
      host.reach === "unreachable" || host.reach === "stale" || host.reach === "connecting" ? contactLost(input, host) : [],
    ),
};

const bothLost: Rule = {
  id: "host.both_lost",
  title: "neither host answers",
  suppresses: ["host.unreachable"],
  judge: (input) => {
    const lost = input.view.hosts.filter(({ reach }) => reach === "unreachable" || reach === "stale");
    if (lost.length < 2) return [];
    const hops = new Set(lost.flatMap(({ link }) => (link.phase === "unreachable" ? [link.hop] : [])));
    const shared = hops.size === 1 ? [...hops][0] : undefined;
    const since = lost.flatMap((host) => lostSince(input, host) ?? []);
    return [
      draft(input, "host.both_lost", {
        severity: "critical",
        object: input.state.name,
        cause:
          shared === undefined
            ? "no contact with either host: this console's own link may be down"
            : `no contact with either host: both fail at ${shared}`,
        next: "ctrl-r: connect again; check this machine's network and the jump host first",
        screen: 1,
        about: lost.map(({ id }) => `host:${id}`),
        since_ms: since.length === 0 ? undefined : Math.max(...since),
      }),
    ];
  },
};

const refused: Rule = {
  id: "host.refused",
  title: "a host's connection was refused, or waits for an answer",
  judge: (input) =>
    input.view.hosts.flatMap((host): Draft[] => {
      const common = { object: host.id, screen: 1, about: [`host:${host.id}`] } as const;
      if (host.link.phase === "refused") {
        const { hop, reason, advice, since_ms } = host.link;
        return [
          draft(input, "host.refused", {
            ...common,
            severity: "critical",
            cause: `${host.id} isn't being watched: ${hop}: ${reason}`,
            next: advice,
            since_ms,
          }),
        ];
      }
      if (host.link.phase !== "needs_auth") return [];
      const { hop, what, since_ms } = host.link;
      return [
        draft(input, "host.refused", {
          ...common,
          severity: "warning",
          cause: `${host.id} isn't being watched: ${hop} wants ${what}`,
          next: "ctrl-r: connect again and answer",
          since_ms,
        }),
      ];
    }),
};

type Late = HostView["hung"][number];

const lateClaims = (input: RuleInput, id: HostId, late: readonly Late[], verb: string) =>
  late.map(({ reading, source, since_ms }) => claim(input, id, reading, `${source}: ${verb} ${span(input.now_ms - since_ms)}`));

const hung: Rule = {
  id: "host.hung",
  title: "a command doesn't answer",
  suppresses: ["host.failed", "host.slow"],
  judge: (input) =>
    input.view.hosts.flatMap((host): Draft[] => {
      const stuck = host.hung;
      const [longest] = stuck;
      if (longest === undefined) return [];
      const grave = stuck.some(({ reading }) => vital.includes(reading));
      return [
        draft(input, "host.hung", {
          severity: grave ? "critical" : "warning",
          object: host.id,
          cause: `${list(
            stuck.map(({ source }) => source),
            2,
          )} on ${host.id}: not answering for ${span(input.now_ms - longest.since_ms)}`,
          evidence: lateClaims(input, host.id, stuck, "no answer for"),
          next: grave
            ? `1: change nothing on ${host.id} until it answers: xenstored or a lock hangs; look at its processes in D state`
            : `1: look at ${host.id}'s processes in D state and its kernel log; storage or a server it uses may hang`,
          screen: 1,
          about: [`late:${host.id}`, ...stuck.map(({ reading }) => `reading:${host.id}:${reading}`)],
          since_ms: longest.since_ms,
        }),
      ];
    }),
};

const slow: Rule = {
  id: "host.slow",
  title: "a host is late with what it should tell",
  judge: (input) =>
    input.view.hosts.flatMap((host): Draft[] => {
      // A slow host isn't a hung one.
      const overdue = host.late;
      const [longest] = overdue;
      if (longest === undefined) return [];
      return [
        draft(input, "host.slow", {
          severity: overdue.some(({ reading }) => vital.includes(reading)) ? "warning" : "info",
          object: host.id,
          cause: `${host.id} is slow: ${overdue.length} ${overdue.length === 1 ? "reading is" : "readings are"} late, for up to ${span(input.now_ms - longest.since_ms)}`,
          evidence: lateClaims(input, host.id, overdue, "last told, or asked for first,"),
          next: `1: look at ${host.id}'s load; what is late is shown with its age`,
          screen: 1,
          // Commands that hang hold up the others.
          about: [`late:${host.id}`],
          since_ms: longest.since_ms,
        }),
      ];
    }),
};

const failedReadings = (host: HostState): { id: ReadingId; error: string; at_ms: number }[] =>
  readingIds.flatMap((id) => {
    const known = host.facts[id];
    return known.state === "failed" ? [{ id, error: known.error, at_ms: known.at_ms }] : [];
  });

const failed: Rule = {
  id: "host.failed",
  title: "a command fails",
  judge: (input) =>
    answering(input).flatMap((host): Draft[] => {
      const unanswered = input.view.hosts.find(({ id }) => id === host.id)?.hung.map(({ reading }) => reading) ?? [];
      const failures = failedReadings(host).filter(({ id }) => !unanswered.includes(id));
      const [first] = failures;
      if (first === undefined) return [];
      return [
        draft(input, "host.failed", {
          severity: failures.some(({ id }) => vital.includes(id)) ? "critical" : "warning",
          object: host.id,
          cause:
            failures.length === 1
              ? `${host.id}: ${first.error}`
              : `${list(failures.map(({ id }) => readings[id].source))} fail on ${host.id}`,
          evidence: failures.map(({ id, error }) => claim(input, host.id, id, error)),
          next: `1: enter on ${host.id} shows what each command said; what it would tell is unknown until then`,
          screen: 1,
          about: failures.map(({ id }) => `reading:${host.id}:${id}`),
        }),
      ];
    }),
};

function strangeRows(value: unknown): readonly unknown[] {
  if (typeof value !== "object" || value === null || !("not_understood" in value)) return [];
  return Array.isArray(value.not_understood) ? value.not_understood : [];
}

const notUnderstood: Rule = {
  id: "host.not_understood",
  title: "part of an answer wasn't understood",
  judge: (input) =>
    answering(input).flatMap((host) => {
      const strange = readingIds.flatMap((id) => {
        const known = host.facts[id];
        const rows = known.state === "known" ? strangeRows(known.value) : [];
        return rows.length === 0 ? [] : [{ id, rows }];
      });
      if (strange.length === 0) return [];
      const count = strange.reduce((sum, { rows }) => sum + rows.length, 0);
      return [
        draft(input, "host.not_understood", {
          severity: "warning",
          object: host.id,
          cause: `${count} ${count === 1 ? "row" : "rows"} of ${list(strange.map(({ id }) => readings[id].source))} on ${host.id} not understood`,
          evidence: strange.flatMap(({ id, rows }) => rows.slice(0, 3).map((row) => claim(input, host.id, id, String(row)))),
          next: `1: enter on ${host.id}; judge these rows by eye, something may be wrong that no rule sees`,
          screen: 1,
          about: strange.map(({ id }) => `reading:${host.id}:${id}`),
        }),
      ];
    }),
};

/** By how much both hosts differ from this console in the same direction. */
function consoleOff(skews: Pair<number>): number | undefined {
  const [first, second] = skews;
  const least_ms = Math.min(Math.abs(first), Math.abs(second));
  return Math.sign(first) === Math.sign(second) && least_ms > CONSOLE_SKEW_MAX_MS ? least_ms : undefined;
}

const skew: Rule = {
  id: "host.clock_skew",
  title: "the hosts' clocks differ",
  judge: (input) => {
    const [first, second] = input.view.hosts;
    if (first.skew_ms === undefined || second.skew_ms === undefined || !answers(input, first.id) || !answers(input, second.id)) return [];
    const ahead_ms = first.skew_ms - second.skew_ms;
    if (Math.abs(ahead_ms) <= SKEW_MAX_MS) return [];
    const [fast, slow]: readonly [HostId, HostId] = ahead_ms > 0 ? [first.id, second.id] : [second.id, first.id];
    const right = input.view.hosts.filter(({ skew_ms }) => Math.abs(skew_ms ?? 0) <= SKEW_MAX_MS).map(({ id }) => id);
    const agrees =
      right.length === 1 ? `; ${right[0]}'s agrees with this console's` : right.length === 0 ? "; neither agrees with this console's" : "";
    return [
      draft(input, "host.clock_skew", {
        severity: "warning",
        object: `${first.id}, ${second.id}`,
        cause: `${fast}'s clock is ${seconds(ahead_ms)} ahead of ${slow}'s${agrees}`,
        next: "1: look at time synchronisation on both hosts; logs can't be put in order and guests' clocks jump when they move",
        screen: 1,
        about: [],
      }),
    ];
  },
};

const consoleClock: Rule = {
  id: "host.console_clock",
  title: "both hosts' clocks differ from this console's",
  judge: (input) => {
    const [first, second] = input.view.hosts;
    if (first.skew_ms === undefined || second.skew_ms === undefined || !answers(input, first.id) || !answers(input, second.id)) return [];
    const off_ms = consoleOff([first.skew_ms, second.skew_ms]);
    if (off_ms === undefined || Math.abs(first.skew_ms - second.skew_ms) > SKEW_MAX_MS) return [];
    return [
      draft(input, "host.console_clock", {
        severity: "info",
        object: "this console",
        cause: `this console's clock is ${seconds(off_ms)} ${first.skew_ms > 0 ? "behind" : "ahead of"} both hosts', which agree: its own is suspect`,
        evidence: input.view.hosts.map(({ id, skew_ms }) => said(`${id}: ${(skew_ms ?? 0) > 0 ? "+" : "-"}${seconds(skew_ms ?? 0)}`)),
        next: "7: times on the timeline are this console's; look at its time synchronisation before comparing them with the hosts' logs",
        screen: 7,
        about: [],
      }),
    ];
  },
};

const seconds = (ms: number): string => `${(Math.abs(ms) / 1000).toFixed(1)} s`;

export const hostRules: readonly Rule[] = [bothLost, unreachable, refused, hung, slow, failed, notUnderstood, skew, consoleClock];
