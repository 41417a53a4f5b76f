/** What the planners share: finding what was named, and making plans of parts. */
import type { HostId, Pair } from "../../xen/model/ids.ts";
import { everTold } from "../../xen/model/known.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import type { PairState } from "../state.ts";
import type { DrbdRow, Evidence, GuestRow, HostView, PairView, Placement } from "../view-model.ts";
import type { ActionArg, Given, ObjectKind } from "./arguments.ts";
import { type Expectation, readingOf } from "./expect.ts";
import { LOOK_FRESH_MS, type Look, type Looked, lookKey } from "./look.ts";
import {
  isRefusal,
  leaseKey,
  type Plan,
  type PlanCheck,
  type PlanRequest,
  type PlanStep,
  type PlanTrial,
  type Refusal,
  type Risk,
  worstFirst,
} from "./plan.ts";
import { noSettings, type PlanSettings } from "./settings.ts";

export interface PlanContext {
  readonly state: PairState;
  readonly view: PairView;
  /** As the config file says; absent: it says nothing. */
  readonly settings?: PlanSettings;
  /** What came of an action's looks, by their keys. */
  readonly looked?: ReadonlyMap<string, Looked>;
}

export const settingsOf = ({ settings }: PlanContext): PlanSettings => settings ?? noSettings;

/** What came of it, where that isn't too long ago. */
export function lookedAt({ looked, view }: PlanContext, look: Look): Looked | undefined {
  const found = looked?.get(lookKey(look));
  return found !== undefined && view.now_ms - found.at_ms <= LOOK_FRESH_MS ? found : undefined;
}

/** One thing that can be done. Each is a value in a file of actions/ and a line in its index; command line, menu, form, palette and docs go by it. */
export interface Action {
  /** `guest start`: the command line's words. */
  readonly id: string;
  /** In the menu, one to three words: `start`. */
  readonly title: string;
  /** One sentence without its full stop. */
  readonly description: string;
  readonly on: ObjectKind;
  /** Its letter in the menu of `on`; none of `menuReserved`. */
  readonly letter: string;
  /** Also without the menu, by this key on a row of `on`; only for what is done most. */
  readonly key?: string;
  /** What it is at its mildest; the plan says what it is now. */
  readonly risk: Risk;
  /** Of several marked rows a plan is made for each, run one after the other, up to the first that isn't done. */
  readonly marked: boolean;
  /** What it needs, in order. The first of kind `on` is the row that it is asked for on. */
  readonly args: readonly ActionArg[];
  /** Whether it has a meaning for this object at all (a path of a multipath map, an NFS mount); undefined: for every one of its kind. */
  readonly fits?: (context: PlanContext, object: string) => boolean;
  /** What must be asked beside the readings before it can be planned (operator.ts, prepare). */
  readonly looks?: (context: PlanContext, given: Given) => readonly Look[];
  readonly plan: (context: PlanContext, given: Given) => Plan | Refusal;
}

/** Letters that no action has: they move, close, answer a plan's question, or destroy something elsewhere. What loses data has a capital one. */
export const menuReserved: ReadonlySet<string> = new Set(["j", "k", "d", "x", "q", "y", "n", "e", "D", "X"]);

/** The argument that the row under the cursor gives; undefined: it is about the pair. */
export const subjectOf = ({ args, on }: Pick<Action, "args" | "on">): ActionArg | undefined => args.find(({ kind }) => kind === on);

export const refuse = (refused: string, advice: string): Refusal => ({ refused, advice });

export function hostNamed({ view }: PlanContext, name: string): HostView | Refusal {
  const found = view.hosts.find(({ id }) => id === name);
  return found ?? refuse(`there is no host ${JSON.stringify(name)}`, `the hosts are ${view.hosts.map(({ id }) => id).join(" and ")}`);
}

export function guestNamed({ view }: PlanContext, name: string): GuestRow | Refusal {
  const found = view.guests.filter((guest) => guest.key === name || guest.uuid === name || guest.name === name);
  const [guest] = found;
  if (guest === undefined) {
    const near = view.guests.map((each) => each.name).slice(0, 12);
    return refuse(`there is no guest ${JSON.stringify(name)}`, near.length === 0 ? "no guest is known yet" : `known: ${near.join(", ")}`);
  }
  if (found.length > 1)
    return refuse(
      `${found.length} guests are named ${JSON.stringify(name)}`,
      `name it by its UUID: ${found.map(({ uuid }) => uuid).join(", ")}`,
    );
  return guest;
}

export function resourceNamed({ state, view }: PlanContext, name: string): readonly DrbdRow[] | Refusal {
  const rows = view.drbd.filter(({ resource, key }) => resource === name || key === name);
  if (rows.length > 0) return rows;
  const all = [...new Set(view.drbd.map(({ resource }) => resource))].slice(0, 12);
  // What a host has that never told it isn't known.
  const told = both(view).every((host) => everTold(state.hosts.get(host)?.facts["drbd-status"]));
  return refuse(
    told ? `there is no DRBD resource ${JSON.stringify(name)}` : `no DRBD resource ${JSON.stringify(name)} is known`,
    all.length === 0 ? "none is known yet" : `known: ${all.join(", ")}`,
  );
}

export const otherHost = ({ view }: PlanContext, host: HostId): HostId => (view.hosts[0].id === host ? view.hosts[1].id : view.hosts[0].id);
export const hostIndex = ({ view }: PlanContext, host: HostId): 0 | 1 => (view.hosts[0].id === host ? 0 : 1);

export const check = (id: string, result: PlanCheck["result"], text: string, evidence: readonly Evidence[] = []): PlanCheck => ({
  id,
  result,
  text,
  evidence,
});

/** Where the reading of a host stands now. */
export const evidenceOf = ({ view }: PlanContext, host: HostId, reading: ReadingId): readonly Evidence[] =>
  (view.hosts.find(({ id }) => id === host)?.readings ?? []).filter((each) => each.reading === reading);

/** Both hosts must tell: where one is silent, nothing is known of what runs there. */
export function answersCheck(context: PlanContext, host: HostId): PlanCheck {
  const { reach } = context.view.hosts[hostIndex(context, host)];
  const evidence = evidenceOf(context, host, "xl-list");
  if (reach !== "live") return check("host", "unknown", `${host} doesn't answer: what runs there isn't known`, evidence);
  const fresh = evidence.every(({ freshness }) => freshness === "fresh");
  return fresh
    ? check("host", "pass", `${host} answers`, evidence)
    : check("host", "unknown", `${host}: xl list ${evidence[0]?.note ?? "not read"}`, evidence);
}

/** The one domain of the guest, where it is as it should be: named so, of a known UUID, nowhere else. */
export function onlyPlacement(guest: GuestRow): Placement | PlanCheck {
  const [placement, ...more] = guest.placements;
  if (placement === undefined) return check("guest", "fail", `${guest.name} runs on neither host`);
  const evidence = guest.placements.map((each) => each.evidence);
  if (more.length > 0)
    return check(
      "guest",
      "fail",
      `${guest.name} is there ${guest.placements.length} times: ${guest.placements.map(({ host, name }) => `${name} on ${host}`).join(", ")}`,
      evidence,
    );
  if (guest.uuid === undefined) return check("guest", "unknown", `the UUID of ${guest.name} isn't known`, evidence);
  if (placement.migration !== "none")
    return check("guest", "fail", `${placement.name} on ${placement.host} is left from a migration`, evidence);
  return placement;
}
export const isCheck = (value: Placement | PlanCheck): value is PlanCheck => "result" in value;

/** The DRBD volumes that a guest's disks lie on. */
export const drbdUnder = ({ view }: PlanContext, guest: GuestRow): readonly DrbdRow[] =>
  view.drbd.filter(
    (row) => row.guests.includes(guest.key) || guest.disks.some(({ kind, object }) => kind === "drbd" && object === row.key),
  );

export const resourcesUnder = (rows: readonly DrbdRow[]): readonly string[] => [...new Set(rows.map(({ resource }) => resource))];

/** `guest-web01`, `drbd-r0`. */
export const keysOf = (guest: GuestRow, rows: readonly DrbdRow[]): readonly string[] => [
  leaseKey("guest", guest.name),
  ...resourcesUnder(rows).map((name) => leaseKey("drbd", name)),
];

interface Parts {
  readonly request: PlanRequest;
  readonly goal: string;
  readonly risk: Risk;
  /** The word to be typed; undefined: y is enough. */
  readonly typed?: { readonly word: string; readonly what: string };
  readonly loses?: readonly string[];
  readonly keys: readonly string[];
  readonly hosts: readonly HostId[];
  readonly checks: readonly PlanCheck[];
  readonly trials?: readonly PlanTrial[];
  readonly steps: readonly PlanStep[];
  /** Readings that no check names. */
  readonly also?: readonly { readonly host: HostId; readonly readings: readonly ReadingId[] }[];
  readonly notes?: readonly string[];
  readonly next?: string;
  /** Hosts that don't answer, and of which that is what counts: what they last told is shown, and not waited for again. */
  readonly silent?: readonly HostId[];
}

/** A plan of its parts: what it relies on is what its checks and steps go by. */
export function planOf(parts: Parts): Plan {
  const { request, goal, risk, typed, loses = [], keys, hosts, checks, trials = [], steps, also = [], notes, next, silent = [] } = parts;
  const relied = new Map<HostId, Set<ReadingId>>();
  const rely = (host: HostId, reading: ReadingId): void => {
    relied.set(host, new Set([...(relied.get(host) ?? []), reading]));
  };
  for (const { evidence } of checks) for (const { host, reading } of evidence) rely(host, reading);
  for (const { before, after } of steps)
    for (const expected of [...before, ...after] as Expectation[]) {
      const reading = readingOf(expected);
      if (reading !== undefined) rely(expected.host, reading);
    }
  for (const { host, readings } of also) for (const reading of readings) rely(host, reading);
  for (const host of silent) relied.delete(host);
  return {
    request,
    goal,
    risk,
    confirm: typed === undefined ? { kind: "yes" } : { kind: "typed", ...typed },
    loses,
    keys,
    hosts,
    relies_on: [...relied].map(([host, readings]) => ({ host, readings: [...readings].sort() })),
    checks: worstFirst(checks),
    trials,
    steps,
    ...(notes === undefined ? {} : { notes }),
    ...(next === undefined ? {} : { next }),
  };
}

export const step = (
  parts: Pick<PlanStep, "id" | "title" | "host" | "argv" | "before" | "after" | "undo" | "risk"> &
    Partial<Omit<PlanStep, "id" | "title" | "host" | "argv" | "before" | "after" | "undo" | "risk">>,
): PlanStep => ({ no_return: false, always: false, usual_s: 10, settle_s: 20, ...parts });

/** What was said, by whoever said no. */
export const orRefuse = <T>(found: T | Refusal, then: (found: T) => Plan | Refusal): Plan | Refusal =>
  typeof found === "object" && found !== null && "refused" in (found as object) && isRefusal(found as Plan | Refusal)
    ? (found as Refusal)
    : then(found as T);

export const both = (view: PairView): Pair<HostId> => [view.hosts[0].id, view.hosts[1].id];
