/**
 * Starts on the survivor one guest that ran on a dead host: every disk's local copy must be UpToDate and as new as the death, then Primary, then the
 * guest, then its devices. A part of failover, made and checked at its own turn; also by itself, for what a failover left out.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import { NOT_CONNECTED } from "../../../xen/read/drbd-words.ts";
import type { DrbdRow, GuestRow, Placement } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  check,
  drbdUnder,
  guestNamed,
  hostIndex,
  hostNamed,
  keysOf,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  resourcesUnder,
  settingsOf,
  step,
} from "../action.ts";
import type { ActionArg } from "../arguments.ts";
import type { Expectation } from "../expect.ts";
import type { Plan, PlanCheck, PlanStep, Refusal } from "../plan.ts";
import { ableChecks, ableLooks } from "./able.ts";
import { type Proof, stillDead } from "./dead.ts";
import { GUEST, isActive } from "./guest-parts.ts";
import { copyOn } from "./stale-copy.ts";

export const PROOF: ActionArg = {
  name: "proof",
  optional: true,
  kind: "choice",
  prompt: "by what it is known to be off",
  choices: () => [
    { value: "fence", title: "its fence agent switches it off and says so" },
    { value: "attest", title: "you have seen that it is off" },
  ],
};

export function proofOf(context: PlanContext, dead: HostId, given: string | undefined): Proof | Refusal {
  if (given === "fence" || given === "attest") return given;
  if (given === undefined || given === "") return settingsOf(context).fence.has(dead) ? "fence" : "attest";
  return refuse(`a host is known to be off by fence or attest, not ${JSON.stringify(given)}`, "--proof fence, or --proof attest");
}

interface Taking {
  readonly context: PlanContext;
  readonly guest: GuestRow;
  readonly uuid: string;
  readonly survivor: HostId;
  readonly dead: HostId;
  readonly proof: Proof;
  readonly rows: readonly DrbdRow[];
}

/** What stands against it on the survivor, and what may be lost; shared with failover's preview. */
export function takeoverChecks(
  context: PlanContext,
  guest: GuestRow,
  survivor: HostId,
): { readonly checks: readonly PlanCheck[]; readonly loses: readonly string[] } {
  const dead = otherHost(context, survivor);
  const rows = drbdUnder(context, guest);
  const copies = rows.map((row) => ({ row, copy: copyOn(context, row, survivor, dead) }));
  // DRBD's disks are judged above, for a dead peer; the parts that a migration left here are ended first.
  const mirrored = new Set(
    guest.disks.flatMap(({ kind, object, vdev }) => (kind === "drbd" && rows.some(({ key }) => key === object) ? [vdev] : [])),
  );
  const left = guest.placements.some(({ host }) => host === survivor);
  const able = ableChecks(context, guest, survivor, "start", ({ id, vdev }) =>
    id === "disk" ? vdev === undefined || !mirrored.has(vdev) : !(id === "name" && left),
  );
  return {
    checks: [
      ...copies.map(({ row, copy }) => check("drbd", copy.result, copy.text, [row.sides[hostIndex(context, survivor)].evidence])),
      ...able,
      ...(guest.uuid === undefined ? [check("guest", "unknown", `the UUID of ${guest.name} isn't known`)] : []),
    ],
    loses: copies.flatMap(({ copy }) => copy.loses ?? []),
  };
}

const off = ({ dead, proof }: Taking): readonly Expectation[] => (proof === "fence" ? [{ kind: "power", host: dead, on: false }] : []);

/** What a migration left on the survivor when the other end died. */
function endLeft(taking: Taking, part: Placement, at: number): PlanStep {
  const { uuid, guest, survivor } = taking;
  return step({
    id: `end-${at + 1}`,
    title: `destroy ${part.name} (domid ${part.domid}) on ${survivor}, which doesn't run`,
    host: survivor,
    argv: ["xl", "destroy", String(part.domid)],
    before: [{ kind: "guest_halted", host: survivor, uuid, name: part.name, domid: part.domid }, ...off(taking)],
    after: [{ kind: "guest_absent", host: survivor, uuid, name: guest.name }],
    undo: "can't be undone",
    risk: "data_loss",
    no_return: true,
  });
}

function promote(taking: Taking, resource: string): PlanStep {
  const { survivor } = taking;
  const drbd = { kind: "drbd", host: survivor, resource } as const;
  return step({
    id: `primary-${resource}`.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 80),
    title: `make ${resource} Primary on ${survivor}`,
    host: survivor,
    argv: ["drbdadm", "primary", resource],
    before: [{ ...drbd, disk: ["UpToDate"], connection: NOT_CONNECTED }, ...off(taking)],
    after: [{ ...drbd, role: "Primary", disk: ["UpToDate"] }],
    undo: `drbdadm secondary ${resource}`,
    risk: "disruptive",
  });
}

function start(taking: Taking, path: string): PlanStep {
  const { uuid, guest, survivor, rows } = taking;
  const own = { host: survivor, uuid, name: guest.name } as const;
  const primary = resourcesUnder(rows).map(
    (resource) => ({ kind: "drbd", host: survivor, resource, role: "Primary", disk: ["UpToDate"] }) as const,
  );
  return step({
    id: "start",
    title: `start ${guest.name} on ${survivor}`,
    host: survivor,
    argv: ["xl", "create", path],
    before: [{ kind: "guest_absent", ...own }, ...primary, ...off(taking)],
    after: [{ kind: "guest_runs", ...own }, { kind: "guest_wired", ...own }, ...primary],
    undo: `shut ${guest.name} down on ${survivor}`,
    risk: "disruptive",
    no_return: true,
    usual_s: 30,
    settle_s: 60,
  });
}

function planTakeover(taking: Taking): Plan {
  const { context, guest, uuid, survivor, dead, proof, rows } = taking;
  const file = guest.config_files.find(({ host }) => host === survivor);
  const here = guest.placements.filter(({ host }) => host === survivor);
  const runs = here.find(isActive);
  const { checks, loses } = takeoverChecks(context, guest, survivor);
  const resources = resourcesUnder(rows);
  return planOf({
    request: { action: "guest failover", args: { guest: uuid, on: survivor, proof } },
    goal: `start ${guest.name} on ${survivor}: ${dead} is dead`,
    risk: "data_loss",
    typed:
      proof === "attest"
        ? { word: `${dead} is powered off`, what: "what you have seen" }
        : { word: `fail over ${guest.name}`, what: "what is to be done" },
    loses: [`what ${guest.name} had in its memory on ${dead} and hadn't written`, ...loses],
    keys: keysOf(guest, rows),
    hosts: [survivor],
    checks: [
      answersCheck(context, survivor),
      ...stillDead(context, dead, proof),
      ...(runs === undefined ? [] : [check("guest", "fail", `${runs.name} runs on ${survivor}`, [runs.evidence])]),
      ...checks,
      ...(file === undefined ? [check("config", "fail", `${survivor} has no configuration of ${guest.name}`)] : []),
    ],
    steps: [
      ...here.map((part, at) => endLeft(taking, part, at)),
      ...resources.map((resource) => promote(taking, resource)),
      ...(file === undefined ? [] : [start(taking, file.path)]),
    ],
    silent: [dead],
    also: [{ host: survivor, readings: ["xl-list", "drbd-status"] }],
    next: `it runs without a second copy until ${dead} is back: rejoin ${dead}`,
  });
}

export const guestFailover: Action = {
  id: "guest failover",
  title: "fail over",
  description: "Start a guest of a dead host on the other one",
  on: "guest",
  letter: "F",
  risk: "data_loss",
  marked: false,
  args: [GUEST, { name: "on", optional: true, kind: "host", prompt: "on which host it is started" }, PROOF],
  looks: (context, { on, guest: name = "" }) => {
    const survivor = survivorOf(context, name, on);
    if (typeof survivor !== "string") return [];
    const dead = otherHost(context, survivor);
    const guest = guestNamed(context, name);
    const able = "refused" in guest ? [] : ableLooks(context, guest, survivor);
    return settingsOf(context).fence.has(dead) ? [{ kind: "power", of: dead }, ...able] : able;
  },
  plan: (context, { guest: name = "", on, proof }) =>
    orRefuse(guestNamed(context, name), (guest) => {
      const survivor = survivorOf(context, name, on);
      if (typeof survivor !== "string") return survivor;
      const dead = otherHost(context, survivor);
      const by = proofOf(context, dead, proof);
      if (typeof by !== "string") return by;
      if (guest.uuid === undefined)
        return refuse(`the UUID of ${guest.name} isn't known`, "nothing is started that can't be told for certain");
      return planTakeover({ context, guest, uuid: guest.uuid, survivor, dead, proof: by, rows: drbdUnder(context, guest) });
    }),
};

/** The host that was named, else the only one that answers. */
function survivorOf(context: PlanContext, _guest: string, on: string | undefined): HostId | Refusal {
  if (on !== undefined && on !== "") {
    const named = hostNamed(context, on);
    return "refused" in named ? named : named.id;
  }
  const live = context.view.hosts.filter(({ reach }) => reach === "live");
  const [only] = live;
  return only !== undefined && live.length === 1
    ? only.id
    : refuse("on which host it is to be started isn't said", "add --on HOST: where one host is dead, the other");
}
