/** One guest on one host: start, shut down, reboot, pause, unpause, destroy. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestRow, Placement } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  both,
  check,
  drbdUnder,
  guestNamed,
  hostNamed,
  isCheck,
  keysOf,
  onlyPlacement,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  step,
} from "../action.ts";
import type { Expectation } from "../expect.ts";
import type { Plan, PlanCheck, PlanStep, Refusal } from "../plan.ts";
import { ableChecks, ableLooks } from "./able.ts";
import { GUEST, notLeaving, taking } from "./guest-parts.ts";
import { startCheck } from "./mirrors.ts";

/** xl itself would start a guest that runs on the other host (recording xlops/beta): only what both hosts tell guards it. */
export const start: Action = {
  id: "guest start",
  title: "start",
  description: "Start a guest that runs on neither host",
  on: "guest",
  letter: "s",
  risk: "routine",
  marked: true,
  args: [GUEST, { name: "on", optional: true, kind: "host", prompt: "on which host" }],
  looks: (context, args) => {
    const guest = guestNamed(context, args.guest ?? "");
    if ("refused" in guest) return [];
    const host = hostNamed(context, wantedHost(guest, args.on) ?? "");
    return "refused" in host ? [] : ableLooks(context, guest, host.id);
  },
  plan: (context, args) =>
    orRefuse(guestNamed(context, args.guest ?? ""), (guest) => {
      const files = guest.config_files;
      const wanted = wantedHost(guest, args.on);
      if (wanted === undefined)
        return refuse(
          files.length === 0 ? `neither host has a configuration of ${guest.name}` : `on which host ${guest.name} is to start isn't said`,
          `add the host: ${both(context.view).join(" or ")}`,
        );
      return orRefuse(hostNamed(context, wanted), ({ id }) => startOn(context, guest, id));
    }),
};

/** The one that was named, else the only one that has a configuration of it. */
const wantedHost = ({ config_files }: GuestRow, on: string | undefined): string | undefined =>
  on ?? (config_files.length === 1 ? config_files[0]?.host : undefined);

function startOn(context: PlanContext, guest: GuestRow, host: HostId): Plan | Refusal {
  const file = guest.config_files.find((each) => each.host === host);
  const { uuid, name } = guest;
  const rows = drbdUnder(context, guest);
  const where = guest.placements.map((each) =>
    check("guest", "fail", `${each.name} is on ${each.host}: ${each.state.text}`, [each.evidence]),
  );
  const checks: PlanCheck[] = [
    ...where,
    answersCheck(context, host),
    answersCheck(context, otherHost(context, host)),
    ...notLeaving(context, host),
    ...ableChecks(context, guest, host, "start"),
    ...(uuid === undefined ? [check("guest", "unknown", `the UUID of ${name} isn't known`)] : []),
    ...rows.map((row) => startCheck(row, host)),
  ];
  const absent = (at: HostId): Expectation => ({ kind: "guest_absent", host: at, uuid: uuid ?? "", name });
  const steps: PlanStep[] =
    file === undefined || uuid === undefined
      ? []
      : [
          step({
            id: "start",
            title: `start ${name} on ${host}`,
            host,
            argv: ["xl", "create", file.path],
            before: both(context.view).map(absent),
            after: [{ kind: "guest_runs", host, uuid, name }, absent(otherHost(context, host))],
            undo: `shut ${name} down again`,
            risk: "routine",
            usual_s: 30,
          }),
        ];
  return planOf({
    request: { action: "guest start", args: { guest: guest.uuid ?? name, on: host } },
    goal: `start ${name} on ${host}`,
    risk: "routine",
    keys: keysOf(guest, rows),
    hosts: both(context.view),
    checks: file === undefined ? [...checks, check("config", "fail", `${host} has no configuration of ${name}`)] : checks,
    steps,
  });
}

interface Verb extends Pick<Action, "title" | "letter" | "description" | "risk" | "marked"> {
  readonly id: string;
  readonly words: (name: string, host: HostId) => { readonly goal: string; readonly undo: string };
  readonly argv: (domid: string) => readonly string[];
  readonly loses: (name: string) => readonly string[];
  /** `active`: it must run; `paused`; `any`. */
  readonly from: "active" | "paused" | "any";
  /** Also for one of a guest that runs on both hosts: it ends, or stills, what must not be. */
  readonly of_two: boolean;
  readonly after: (guest: { readonly host: HostId; readonly uuid: string; readonly name: string; readonly domid: number }) => Expectation;
  readonly settle_s: number;
}

const nothing = (): readonly string[] => [];
const verbs: readonly Verb[] = [
  {
    id: "shutdown",
    title: "shut down",
    letter: "h",
    marked: true,
    words: (name, host) => ({ goal: `shut ${name} down on ${host}`, undo: `start ${name} again` }),
    description: "Ask a guest to shut down",
    argv: (domid) => ["xl", "shutdown", "-F", domid],
    risk: "disruptive",
    loses: nothing,
    from: "active",
    of_two: true,
    after: ({ host, uuid, name }) => ({ kind: "guest_absent", host, uuid, name }),
    settle_s: 240,
  },
  {
    id: "reboot",
    title: "reboot",
    letter: "r",
    marked: true,
    words: (name, host) => ({ goal: `reboot ${name} on ${host}`, undo: "can't be undone" }),
    description: "Ask a guest to reboot",
    argv: (domid) => ["xl", "reboot", "-F", domid],
    risk: "disruptive",
    loses: nothing,
    from: "active",
    of_two: false,
    after: (guest) => ({ kind: "guest_anew", ...guest }),
    settle_s: 240,
  },
  {
    id: "pause",
    title: "pause",
    letter: "p",
    marked: true,
    words: (name, host) => ({ goal: `pause ${name} on ${host}`, undo: `unpause ${name}` }),
    description: "Stop a guest's processors",
    argv: (domid) => ["xl", "pause", domid],
    risk: "disruptive",
    loses: nothing,
    from: "active",
    of_two: true,
    after: (guest) => ({ kind: "guest_paused", ...guest }),
    settle_s: 10,
  },
  {
    id: "unpause",
    title: "unpause",
    letter: "u",
    marked: true,
    words: (name, host) => ({ goal: `unpause ${name} on ${host}`, undo: `pause ${name}` }),
    description: "Let a paused guest go on",
    argv: (domid) => ["xl", "unpause", domid],
    risk: "routine",
    loses: nothing,
    from: "paused",
    of_two: false,
    after: (guest) => ({ kind: "guest_runs", ...guest }),
    settle_s: 10,
  },
  {
    id: "destroy",
    title: "destroy",
    letter: "O",
    marked: false,
    words: (name, host) => ({ goal: `destroy ${name} on ${host}`, undo: `start ${name} again: it finds its disks as after a power cut` }),
    description: "End a guest at once, like a power cut",
    argv: (domid) => ["xl", "destroy", domid],
    risk: "data_loss",
    loses: (name) => [`what ${name} has in its memory and hasn't written to its disks`],
    from: "any",
    of_two: true,
    after: ({ host, uuid, name }) => ({ kind: "guest_absent", host, uuid, name }),
    settle_s: 30,
  },
];

/** The one domain that is meant: of a guest that is there twice, the one on the host that was named. */
function placementOn(context: PlanContext, guest: GuestRow, on: string | undefined): Placement | Refusal {
  const named = on === undefined ? undefined : hostNamed(context, on);
  if (named !== undefined && "refused" in named) return named;
  const own = named === undefined ? guest : { ...guest, placements: guest.placements.filter(({ host }) => host === named.id) };
  const placement = onlyPlacement(own);
  if (!isCheck(placement)) return placement;
  const twice = guest.placements.length > 1 && guest.placements.every(({ migration }) => migration === "none");
  return refuse(placement.text, twice ? "name the one that is meant: --on HOST" : "guest resolve clears up what a migration left");
}

function stateCheck({ name }: GuestRow, { flags, host, state, evidence }: Placement, from: Verb["from"]): PlanCheck {
  const fits = from === "any" || (from === "paused" ? /^--p---$/.test(flags) : /^[r-][b-]----$/.test(flags));
  return check("guest", fits ? "pass" : "fail", `${name} on ${host}: ${state.text}`, [evidence]);
}

const actionOf = (verb: Verb): Action => ({
  id: `guest ${verb.id}`,
  title: verb.title,
  description: verb.description,
  on: "guest",
  letter: verb.letter,
  risk: verb.risk,
  marked: verb.marked,
  args: verb.of_two ? [GUEST, { name: "on", optional: true, kind: "host", prompt: "of a guest that is there twice, which one" }] : [GUEST],
  plan: (context, args) =>
    orRefuse(guestNamed(context, args.guest ?? ""), (guest) => {
      const placement = placementOn(context, guest, verb.of_two ? args.on : undefined);
      if ("refused" in placement) return placement;
      const { host, domid } = placement;
      const { name, uuid = "" } = guest;
      const { goal, undo } = verb.words(name, host);
      const own = { host, uuid, name, domid };
      const before: Expectation[] = verb.from === "any" ? [] : [{ kind: verb.from === "paused" ? "guest_paused" : "guest_runs", ...own }];
      return planOf({
        request: { action: `guest ${verb.id}`, args: { guest: uuid, ...(verb.of_two && args.on !== undefined ? { on: host } : {}) } },
        goal,
        risk: verb.risk,
        ...(verb.risk === "routine" ? {} : { typed: { word: name, what: "the guest's name" } }),
        loses: verb.loses(name),
        keys: keysOf(guest, drbdUnder(context, guest)),
        // The other host may be dead just then.
        hosts: taking(context, host),
        checks: [stateCheck(guest, placement, verb.from), answersCheck(context, host)],
        steps: [
          step({
            id: verb.id,
            title: goal,
            host,
            argv: verb.argv(String(domid)),
            before: verb.from === "any" ? [{ kind: "guest_is", ...own }] : before,
            after: [verb.after(own)],
            undo,
            risk: verb.risk,
            no_return: verb.risk === "data_loss",
            usual_s: verb.settle_s,
            settle_s: verb.settle_s,
          }),
        ],
      });
    }),
});

export const guestActions: readonly Action[] = [start, ...verbs.map(actionOf)];
