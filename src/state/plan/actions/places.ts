/**
 * Where guests belong while their host is away, and what started by itself on it: kept on both hosts' disks, because the host that is emptied is
 * switched off. Written by evacuate and failover, read by restore. And how plans keep files there, and hold what would start by itself.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import { both, evidenceOf, type PlanContext, step } from "../action.ts";
import { leaseKey, type PlanStep } from "../plan.ts";

export interface Places {
  readonly host: string;
  readonly guests: readonly { readonly uuid: string; readonly name: string }[];
  /** Entries taken out of /etc/xen/auto. */
  readonly held: readonly string[];
}

const VERSION = 1;

/** The name that it is kept under. */
export const placesName = (host: HostId): string => leaseKey("placement", host);

/** One line in ASCII: nothing in it is changed on its way. */
export const placesText = ({ host, guests, held }: Places): string =>
  JSON.stringify({ v: VERSION, host, guests: guests.map(({ uuid, name }) => ({ uuid, name })), held }).replace(
    /[^\u0020-\u007e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((each) => typeof each === "string");

/** undefined: not a line of ours. */
export function placesOf(text: string): Places | undefined {
  try {
    const value = JSON.parse(text) as { v?: unknown; host?: unknown; guests?: unknown; held?: unknown };
    const { v, host, guests, held } = value;
    if (v !== VERSION || typeof host !== "string" || !Array.isArray(guests) || !isTexts(held)) return undefined;
    const known = guests.every((each) => typeof each?.uuid === "string" && typeof each?.name === "string");
    return known ? { host, guests: guests as Places["guests"], held } : undefined;
  } catch {
    return undefined;
  }
}

/** What each host keeps for `host`; a host that keeps nothing, or doesn't tell, isn't there. */
export function keptPlaces(context: PlanContext, host: HostId): readonly { readonly on: HostId; readonly text: string }[] {
  return both(context.view).flatMap((on) => {
    const known = context.state.hosts.get(on)?.facts.xenha;
    const found = known?.state === "known" ? known.value.kept.find(({ name }) => name === placesName(host)) : undefined;
    return found === undefined ? [] : [{ on, text: found.text }];
  });
}

/** What was kept before, and what is to be now. */
export function mergePlaces(old: Places | undefined, added: Places): Places {
  const guests = [...(old?.guests ?? []), ...added.guests];
  return {
    host: added.host,
    guests: guests.filter(({ uuid }, at) => guests.findIndex((each) => each.uuid === uuid) === at),
    held: [...new Set([...(old?.held ?? []), ...added.held])],
  };
}

const KEEP = `# xenha: keep a line
set -u
umask 077
dir=\${XENHA_KEEP:-/var/lib/xenha}/kept
mkdir -p "$dir" && { cat; echo; } >"$dir/$1.new" && sync && mv -f "$dir/$1.new" "$dir/$1"
`;
const FORGET = `# xenha: forget a line
rm -f "\${XENHA_KEEP:-/var/lib/xenha}/kept/$1"
`;
/** An entry that was put back meanwhile stays as it is. */
const MOVE_ENTRIES = `# xenha: move autostart entries
set -u
from=$1 to=$2
shift 2
mkdir -p "$to" || exit 1
for entry; do
  if [ -e "$from/$entry" ] || [ -L "$from/$entry" ]; then mv -n -- "$from/$entry" "$to/" || exit 1; fi
done
`;

const AUTO = "/etc/xen/auto";
const HELD = "/etc/xen/auto.held";
const run = (text: string, ...words: readonly string[]): readonly string[] => ["sh", "-c", text, "sh", ...words];
const quiet = { risk: "routine", usual_s: 2 } as const;

export const keepStep = (on: HostId, at: number, places: Places, of: HostId): PlanStep =>
  step({
    ...quiet,
    id: `keep-${at + 1}`,
    title: `keep on ${on} where the guests of ${of} belong`,
    host: on,
    argv: run(KEEP, placesName(of)),
    input: { kind: "text", text: placesText(places) },
    before: [],
    after: [{ kind: "kept", host: on, name: placesName(of), text: placesText(places) }],
    undo: `rm /var/lib/xenha/kept/${placesName(of)}`,
  });

export const forgetStep = (on: HostId, at: number, of: HostId): PlanStep =>
  step({
    ...quiet,
    id: `forget-${at + 1}`,
    title: `forget on ${on} where the guests of ${of} belong`,
    host: on,
    argv: run(FORGET, placesName(of)),
    before: [],
    after: [{ kind: "kept", host: on, name: placesName(of) }],
    undo: "evacuate keeps it anew",
  });

/** Names that a path can be made of. */
export const isEntry = (name: string): boolean => /^[\w+@=~][\w.+@=~ -]{0,199}$/.test(name);

export const holdStep = (host: HostId, entries: readonly string[]): PlanStep =>
  step({
    ...quiet,
    id: "hold",
    title: `let nothing start by itself on ${host} (${entries.length} ${entries.length === 1 ? "entry" : "entries"} to ${HELD})`,
    host,
    argv: run(MOVE_ENTRIES, AUTO, HELD, ...entries),
    before: [],
    after: [{ kind: "autostart", host, has: [], has_not: entries }],
    undo: `mv ${HELD}/* ${AUTO}/`,
  });

export const releaseStep = (host: HostId, entries: readonly string[]): PlanStep =>
  step({
    ...quiet,
    id: "release",
    title: `let start by itself on ${host} again what did before (${entries.length})`,
    host,
    argv: run(MOVE_ENTRIES, HELD, AUTO, ...entries),
    before: [],
    after: [{ kind: "autostart", host, has: entries, has_not: [] }],
    undo: `mv ${AUTO}/* ${HELD}/`,
  });

/** Entries of /etc/xen/auto now; undefined: not freshly told. */
export function entriesOn(context: PlanContext, host: HostId): readonly string[] | undefined {
  const known = context.state.hosts.get(host)?.facts["xen-auto"];
  const fresh = evidenceOf(context, host, "xen-auto").every(({ freshness }) => freshness === "fresh" || freshness === "absent");
  if (!fresh || known === undefined) return undefined;
  if (known.state === "absent") return [];
  return known.state === "known" ? known.value.map(({ name }) => name) : undefined;
}
