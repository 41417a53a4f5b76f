/** A host's power, by its fence agent: off and reboot like a power cut, on as by its button. What it takes with it is said before. */
import type { HostId } from "../../../xen/model/ids.ts";
import {
  type Action,
  both,
  check,
  evidenceOf,
  hostIndex,
  hostNamed,
  lookedAt,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  settingsOf,
  step,
} from "../action.ts";
import { powerOf } from "../look.ts";
import { leaseKey, type Plan, type PlanCheck, type PowerAction, type Refusal } from "../plan.ts";
import { powerCheck } from "./dead.ts";
import { HOST } from "./evacuate.ts";
import { isActive } from "./guest-parts.ts";

/** What ends with its power, as far as is known. */
function lossesOf(context: PlanContext, host: HostId): readonly string[] {
  const { view } = context;
  const { reach } = view.hosts[hostIndex(context, host)];
  const index = hostIndex(context, host);
  const guests = view.guests.filter(({ placements }) => placements.some((part) => part.host === host));
  const running = guests.map(({ name }) => `${name} on ${host} ends as by a power cut`);
  const primary = view.drbd.filter(({ sides }) => sides[index].role === "Primary").map(({ key }) => `${key} is Primary on ${host}`);
  const only = view.drbd
    .filter(({ sides }) => sides[index].disk === "UpToDate" && sides[index === 0 ? 1 : 0].disk !== "UpToDate")
    .map(({ key }) => `${host} has the only copy of ${key} that is known to be whole`);
  const unknown = reach === "live" ? [] : [`${host} doesn't answer: what else runs there isn't known`];
  return [...new Set([...running, ...primary, ...only, ...unknown])];
}

/** What would start on it by itself while it runs on the other host: xl would let it. */
function twiceOn(context: PlanContext, host: HostId): readonly string[] {
  const other = otherHost(context, host);
  return context.view.guests
    .filter(({ autostart, placements }) => autostart.includes(host) && placements.some((part) => part.host === other && isActive(part)))
    .map(({ name }) => `${name} may start by itself on ${host} while it runs on ${other}: both would write`);
}

function autostartKnown(context: PlanContext, host: HostId): readonly PlanCheck[] {
  const known = context.state.hosts.get(host)?.facts["xen-auto"];
  if (known !== undefined && known.state !== "unknown") return [];
  return [
    check(
      "autostart",
      "warn",
      `what starts by itself on ${host} was never told: look as soon as it is back (rejoin ${host})`,
      evidenceOf(context, host, "xen-auto"),
    ),
  ];
}

interface Verb extends Pick<Action, "title" | "letter" | "description" | "risk"> {
  readonly id: PowerAction;
  readonly goal: (host: HostId) => string;
  readonly undo: (host: HostId) => string;
  /** What must not be so before. */
  readonly already: "on" | "off" | undefined;
  readonly after: "on" | "off";
}

const verbs: readonly Verb[] = [
  {
    id: "off",
    title: "power off",
    letter: "o",
    risk: "disruptive",
    description: "Switch a host off by its fence agent, like a power cut",
    goal: (host) => `switch ${host} off`,
    undo: (host) => `host on ${host}`,
    already: "off",
    after: "off",
  },
  {
    id: "on",
    title: "power on",
    letter: "p",
    risk: "routine",
    description: "Switch a host on by its fence agent",
    goal: (host) => `switch ${host} on`,
    undo: (host) => `host off ${host}`,
    already: "on",
    after: "on",
  },
  {
    id: "reboot",
    title: "power cycle",
    letter: "c",
    risk: "disruptive",
    description: "Switch a host off and on by its fence agent",
    goal: (host) => `switch ${host} off and on again`,
    undo: () => "can't be undone",
    already: "off",
    after: "on",
  },
];

function planPower(context: PlanContext, verb: Verb, host: HostId): Plan | Refusal {
  const setting = settingsOf(context).fence.get(host);
  if (setting === undefined)
    return refuse(`no fence agent is configured for ${host}`, `pairs.NAME.fence.${host} in the config file names one`);
  const taking = both(context.view).filter((id) => context.view.hosts[hostIndex(context, id)].reach === "live");
  const [first] = taking;
  if (first === undefined) return refuse("neither host answers: nothing can be written down", "switch it by hand");
  const loses = verb.id === "on" ? twiceOn(context, host) : lossesOf(context, host);
  const risk = loses.length > 0 ? "data_loss" : verb.id === "on" ? "routine" : "disruptive";
  const power = powerOf(lookedAt(context, { kind: "power", of: host }));
  const already = power !== undefined && power === verb.already ? [check("power", "fail", `${host} is ${power} already`)] : [];
  return planOf({
    request: { action: `host ${verb.id}`, args: { host } },
    goal: verb.goal(host),
    risk,
    ...(risk === "routine"
      ? {}
      : {
          typed:
            risk === "data_loss"
              ? { word: `power ${verb.id} ${host}`, what: "what is to be done" }
              : { word: host, what: "the host's name" },
        }),
    loses,
    keys: [leaseKey("host", host)],
    hosts: taking,
    silent: both(context.view).filter((id) => !taking.includes(id)),
    checks: [powerCheck(context, host, "fence"), ...already, ...(verb.id === "off" ? [] : autostartKnown(context, host))],
    steps: [
      step({
        id: verb.id,
        title: `${verb.goal(host)} by ${setting.agent}`,
        // Where it is written down: the agent runs where the config file says.
        host: taking.find((id) => id !== host) ?? first,
        argv: [setting.agent, `action=${verb.id}`],
        power: { of: host, action: verb.id },
        before: [],
        after: [{ kind: "power", host, on: verb.after === "on" }],
        undo: verb.undo(host),
        risk,
        no_return: verb.id !== "on",
        usual_s: 20,
        settle_s: 60,
      }),
    ],
    ...(verb.id === "off" ? {} : { next: `when ${host} answers: rejoin ${host}` }),
  });
}

const actionOf = (verb: Verb): Action => ({
  id: `host ${verb.id}`,
  title: verb.title,
  description: verb.description,
  on: "host",
  letter: verb.letter,
  risk: verb.risk,
  marked: false,
  args: [HOST],
  looks: (context, { host: name = "" }) => {
    const host = hostNamed(context, name);
    return "refused" in host ? [] : [{ kind: "power", of: host.id }];
  },
  plan: (context, { host: name = "" }) => orRefuse(hostNamed(context, name), ({ id }) => planPower(context, verb, id)),
});

export const hostPower: readonly Action[] = verbs.map(actionOf);
