/** A DRBD volume: each host's own view, its opinion of the other, and what lies below and above. */
import type { DrbdRow, DrbdSide, HostView } from "../../state/view-model.ts";
import { sizeOfKib } from "../format.ts";
import type { Line, PaneRow } from "../pane.ts";
import { severityTone } from "../symbols.ts";
import { type DetailContext, type Fact, fact, readingOf, section } from "./detail-parts.ts";
import { concernLines, oldestSide, trustOfSide } from "./drbd-concerns.ts";
import { trustOfGuest } from "./guest-cells.ts";
import { guestOf } from "./lookup.ts";
import { blank } from "./parts.ts";
import { judged, none, oldest, type Trust, told, toldOr, trustOf, trustOfHost } from "./trust.ts";

export function drbdRows(context: DetailContext, row: DrbdRow): PaneRow[] {
  const concerns = concernLines(context, row).map((line, index): PaneRow => ({ key: `concern ${index}`, line, object: undefined }));
  return [
    ...(concerns.length === 0 ? [] : [blank("concerns"), ...concerns]),
    ...section(context, "volume", "Volume", volumeFacts(context, row)),
    ...row.sides.flatMap((side, index) =>
      section(context, `side ${index}`, `As ${side.host} sees it`, sideFacts(context, row, side, index === 0 ? 0 : 1)),
    ),
    ...section(
      context,
      "split",
      "Evidence of the split",
      (row.split_brain?.evidence ?? []).map((said, index) => fact(String(index + 1), [{ text: said }])),
    ),
    ...section(context, "guests", "Guests on it", guestFacts(context, row.guests)),
  ];
}

/** That there are none is known only where these hosts' own lists are. */
function noGuests({ view, ascii }: DetailContext, hosts: readonly HostView[]): Fact {
  const from = hosts.map((host) => readingOf(view, host.id, "xl-list"));
  const doubts = hosts.flatMap((host, index) => {
    const trust = oldest([trustOf(from[index], view.now_ms), trustOfHost(host, ["xl-list"], view.now_ms)]);
    return from[index] === undefined ? [{ age_ms: undefined }] : trust === undefined ? [] : [trust];
  });
  const doubt = oldest(doubts);
  if (doubt === undefined) return fact("none", [none(ascii)], from);
  return fact("guests", [doubt.age_ms === undefined ? toldOr(undefined, undefined) : told("none", doubt, { aged: true })], from);
}

/** Guests, each leading to its own detail; by the lists of these hosts, else of both. */
export function guestFacts(context: DetailContext, keys: readonly string[], hosts: readonly HostView[] = context.view.hosts): Fact[] {
  const { view, ascii } = context;
  if (keys.length === 0) return [noGuests(context, hosts)];
  return keys.map((key) => {
    const guest = guestOf(view, key);
    if (guest === undefined) return fact(key, [toldOr(undefined, undefined)]);
    const from = guest.placements.map(({ evidence }) => evidence);
    return fact(guest.name, judged(guest.state, trustOfGuest(view, guest), ascii, { aged: true }), from, { kind: "guest", key: guest.key });
  });
}

function volumeFacts({ view, ascii }: DetailContext, row: DrbdRow): Fact[] {
  const sides = row.sides.map(({ evidence }) => evidence);
  return [
    fact("state", judged(row.state, oldestSide(view, row), ascii, { aged: true }), sides),
    fact("size", [toldOr(row.size_kib === undefined ? undefined : sizeOfKib(row.size_kib), oldestSide(view, row))], sides),
  ];
}

function yesNo(value: boolean | undefined, trust: Trust): Line {
  return [toldOr(value === undefined ? undefined : value ? "yes" : "no", trust)];
}

/** A healthy word plain, any other in the side's tone. */
function stated(side: DrbdSide, value: string, trust: Trust): Line {
  const healthy = ["UpToDate", "Connected", "Established", "Primary", "Secondary", "no", ""].includes(value);
  return [
    toldOr(value === "" ? undefined : value, trust, {
      tone: healthy || side.severity === "ok" ? "plain" : severityTone[side.severity],
      aged: true,
    }),
  ];
}

function sideFacts({ view, ascii }: DetailContext, row: DrbdRow, side: DrbdSide, index: 0 | 1): Fact[] {
  const trust = trustOfSide(view, side);
  const from = [side.evidence];
  const host = view.hosts[index];
  const show = readingOf(view, side.host, "drbd-show");
  const settings = trustOfHost(host, ["drbd-show"], view.now_ms);
  const generation = trustOfHost(host, ["drbd-gi"], view.now_ms);
  const backing = fact("backing device", [toldOr(row.backing[index], settings)], [show]);
  if (!side.present) return [fact("resource", [none(ascii, "not up here")], from), backing];
  const other = row.sides[index === 0 ? 1 : 0].host;
  return [
    fact("role", stated(side, side.role, trust), from),
    fact("disk", stated(side, side.disk, trust), from),
    fact("connection", stated(side, side.connection, trust), from),
    fact("replication", stated(side, side.replication, trust), from),
    fact(`${other}'s role`, stated(side, side.peer_role, trust), from),
    fact(`${other}'s disk`, stated(side, side.peer_disk, trust), from),
    fact(
      "out-of-sync",
      [toldOr(side.out_of_sync_kib === undefined ? undefined : `${sizeOfKib(side.out_of_sync_kib)} (${side.out_of_sync_kib} KiB)`, trust)],
      from,
    ),
    fact("I/O suspended", stated(side, side.suspended, trust), from),
    fact("resync suspended", stated(side, side.resync_suspended, trust), from),
    fact("minor", [toldOr(row.minor[index]?.toString(), trust)], from),
    backing,
    fact("allow-two-primaries", yesNo(row.allow_two_primaries[index], settings), [show]),
    fact(
      "generation",
      [row.generations[index] === undefined ? toldOr(undefined, undefined) : told(row.generations[index], generation)],
      [readingOf(view, side.host, "drbd-gi")],
    ),
  ];
}
