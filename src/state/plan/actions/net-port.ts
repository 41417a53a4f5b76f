/** An interface set down, or up again. What this console, the mirrors or mounted disks come over is never set down; whom else it cuts off is said. */

import type { HostId } from "../../../xen/model/ids.ts";
import { type Action, answersCheck, check, evidenceOf, hostNamed, type PlanContext, planOf, refuse, step } from "../action.ts";
import type { ActionArg } from "../arguments.ts";
import { checkOn, notFound } from "../facts.ts";
import { cutBy, guestsCut, isIfname, netOn, relianceChecks, setupLook, setupOf } from "../net-setup.ts";
import { leaseKey, type PlanCheck } from "../plan.ts";
import { ON } from "./net-target.ts";
import { taking } from "./storage-target.ts";

const PORT: ActionArg = { name: "port", optional: false, kind: "network", prompt: "which interface" };

function cutChecks(context: PlanContext, host: HostId, name: string): readonly PlanCheck[] {
  const net = netOn(context, host);
  const cut = cutBy(net, name);
  const guests = guestsCut(context, host, net, cut);
  const evidence = (["ip-link", "xenstore"] as const).flatMap((reading) => evidenceOf(context, host, reading));
  const over = cut.bridges.length === 0 ? "" : ` (${cut.bridges.join(", ")})`;
  return [
    guests.length === 0
      ? check("guests", "pass", `no guest on ${host} has its network over it`, evidence)
      : check("guests", "warn", `${guests.join(", ")} on ${host} are cut off${over}`, evidence),
    ...relianceChecks(context, host, cut, setupOf(context, host)),
  ];
}

interface Verb {
  readonly word: "up" | "down";
  readonly letter: string;
  readonly description: string;
}

const portAction = ({ word, letter, description }: Verb): Action => {
  const up = word === "up";
  const risk = up ? "routine" : "disruptive";
  return {
    id: `net port ${word}`,
    title: `set ${word}`,
    description,
    on: "network",
    letter,
    risk,
    marked: false,
    args: [PORT, ON],
    looks: (context, { on = "" }) => {
      const host = hostNamed(context, on);
      return up || "refused" in host ? [] : [setupLook(host.id)];
    },
    plan: (context, given) => {
      const host = hostNamed(context, given.on ?? "");
      if ("refused" in host) return host;
      const { id } = host;
      const net = netOn(context, id);
      const link = net.links.get(given.port ?? "");
      if (link === undefined || !isIfname(link.name) || link.loopback)
        return notFound(
          context,
          { hosts: [id], reading: "ip-link", what: "which interfaces it has" },
          refuse(`${id} has no interface ${JSON.stringify(given.port ?? "")} that can be set ${word}`, "`ip link` there names them"),
        );
      const goal = `set ${link.name} on ${id} ${word}`;
      return planOf({
        request: { action: `net port ${word}`, args: { port: link.name, on: id } },
        goal,
        risk,
        ...(up ? {} : { typed: { word: link.name, what: "the interface's name" } }),
        keys: [leaseKey("net", `${id} ${link.name}`)],
        hosts: taking(context, id),
        checks: [
          answersCheck(context, id),
          checkOn(context, { host: id, reading: "ip-link", id: "link" }, () => [
            link.admin_up === up ? "fail" : "pass",
            `${link.name} on ${id} is ${link.admin_up ? "up" : "down"}${link.admin_up && link.carrier === false ? ", without carrier" : ""}`,
          ]),
          ...(up ? [] : cutChecks(context, id, link.name)),
        ],
        steps: [
          step({
            id: word,
            title: goal,
            host: id,
            argv: ["ip", "link", "set", "dev", link.name, word],
            before: [{ kind: "link", host: id, name: link.name, there: true, up: !up }],
            after: [{ kind: "link", host: id, name: link.name, there: true, up }],
            undo: `net port ${up ? "down" : "up"} ${link.name} --on ${id}`,
            risk,
            usual_s: 2,
            settle_s: 15,
          }),
        ],
      });
    },
  };
};

export const portActions: readonly Action[] = [
  portAction({ word: "down", letter: "h", description: "Set an interface of a host down" }),
  portAction({ word: "up", letter: "u", description: "Set an interface of a host up again" }),
];
