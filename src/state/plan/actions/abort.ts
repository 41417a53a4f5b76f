/** Ends a migration that is still copying: the guest goes on where it runs. After it stands still there is nothing to abort any more. */
import type { GuestRow, Placement } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  both,
  check,
  guestNamed,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  step,
} from "../action.ts";
import { leaseKey, type Plan, type PlanCheck, type Refusal } from "../plan.ts";
import { GUEST, isActive } from "./guest-parts.ts";
import { asksProcesses, endTransport, isSender, processLook, xlProcesses } from "./xl-sender.ts";

interface Moving {
  readonly source: Placement;
  readonly shell: Placement;
}

/** Still copying, as far as the two lists tell; or why there is nothing to abort. */
function movingOf({ name, placements }: GuestRow): Moving | Refusal {
  const shell = placements.find(({ migration }) => migration === "incoming");
  const source = placements.find((each) => each.migration !== "incoming");
  if (shell === undefined || source === undefined || placements.length !== 2 || source.host === shell.host)
    return refuse(`${name} isn't being moved`, "guest resolve clears up what a migration left");
  if (source.migration === "migrated_away")
    return refuse(
      `${name} is being handed over: ${source.host} has given it away, ${shell.host} may have begun`,
      "past the point of no return it can't be aborted: wait, or guest resolve",
    );
  if (!isActive(source))
    return refuse(
      `${name} stands still on ${source.host}: the target may have it whole`,
      "whether it is past the point of no return isn't known: wait, or guest resolve",
    );
  return { source, shell };
}

function senderCheck(context: PlanContext, guest: GuestRow, source: Placement): PlanCheck {
  const found = xlProcesses(context, source.host);
  const own = found?.filter((each) => isSender(each, source, guest.name)) ?? [];
  const [sender] = own;
  const made =
    found === undefined
      ? check("xl", "unknown", `whether an xl migrate lives on ${source.host} isn't known`)
      : own.length === 1 && sender !== undefined
        ? check("xl", "pass", `xl migrate runs on ${source.host} (pid ${sender.pid})`)
        : check("xl", "fail", `${own.length} processes on ${source.host} migrate it: guest resolve clears up what is left`);
  return asksProcesses(context, source.host, made);
}

function planAbort(context: PlanContext, guest: GuestRow, { source, shell }: Moving): Plan {
  const { name, uuid = "" } = guest;
  const own = { uuid, name };
  return planOf({
    request: { action: "migrate abort", args: { guest: uuid } },
    goal: `abort the migration of ${name}: it goes on on ${source.host}`,
    risk: "disruptive",
    typed: { word: name, what: "the guest's name" },
    // The migration's own plan has the guest's lease, and closes what it opened when its command ends.
    keys: [leaseKey("abort", name)],
    hosts: both(context.view),
    checks: [
      check("guest", "pass", `${name} runs on ${source.host}, ${shell.name} takes it in on ${shell.host}`, [
        source.evidence,
        shell.evidence,
      ]),
      answersCheck(context, source.host),
      answersCheck(context, otherHost(context, source.host)),
      senderCheck(context, guest, source),
    ],
    steps: [
      step({
        id: "abort",
        title: `end xl's connection to ${shell.host}, if ${name} still runs`,
        host: source.host,
        argv: endTransport(source.domid, name, "running"),
        before: [{ kind: "guest_runs", host: source.host, ...own, domid: source.domid }],
        after: [
          { kind: "guest_runs", host: source.host, ...own, domid: source.domid },
          { kind: "guest_absent", host: shell.host, ...own },
        ],
        undo: `move ${name} again, a plan of its own`,
        risk: "disruptive",
        settle_s: 90,
      }),
    ],
  });
}

export const abort: Action = {
  id: "migrate abort",
  title: "abort migration",
  description: "End a migration before its point of no return; the guest goes on where it runs",
  on: "guest",
  letter: "t",
  risk: "disruptive",
  marked: false,
  args: [GUEST],
  looks: (context, { guest: name = "" }) => {
    const guest = guestNamed(context, name);
    const moving = "refused" in guest ? guest : movingOf(guest);
    return "refused" in moving ? [] : [processLook(moving.source.host)];
  },
  plan: (context, { guest: name = "" }) =>
    orRefuse(guestNamed(context, name), (guest) => {
      const moving = movingOf(guest);
      return "refused" in moving ? moving : planAbort(context, guest, moving);
    }),
};
