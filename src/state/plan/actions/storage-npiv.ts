/**
 * NPIV virtual ports. The kernel makes and removes them by what is written to `vport_create` and `vport_delete` of a port: `WWPN:WWNN`, sixteen hex
 * digits each (scsi_transport_fc.c, store_fc_host_vport_create). A fabric lets one WWPN log in once: one that either host has is never made again.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { FcPort, FibreChannel } from "../../../xen/model/storage.ts";
import { type Action, answersCheck, both, check, evidenceOf, type PlanContext, planOf, refuse, step } from "../action.ts";
import type { ActionArg, Given } from "../arguments.ts";
import { freshFacts, lacks, lastFacts, notFound } from "../facts.ts";
import { leaseKey, type PlanCheck, type Refusal } from "../plan.ts";
import { hostSaid, runningOf, taking } from "./storage-target.ts";

const ON = { name: "on", optional: true, kind: "host", prompt: "on which host" } as const;
const PORT: ActionArg = { name: "port", optional: false, kind: "storage", prompt: "on which Fibre Channel port" };
const VPORT: ActionArg = { name: "vport", optional: false, kind: "storage", prompt: "which virtual port" };
const NAMES: ActionArg = { name: "names", optional: false, kind: "text", length_max: 40, prompt: "its names, as WWPN:WWNN" };

const wwn = (text: string): string | undefined => {
  const bare = text.toLowerCase().replace(/^0x/, "");
  return /^[0-9a-f]{16}$/.test(bare) && !/^0+$/.test(bare) ? bare : undefined;
};
const sameName = (a: string | undefined, b: string): boolean => a !== undefined && wwn(a) === b;

/** `fc:0x2100...`, `0x2100...` or `host15`. */
const bare = (word: string): string => word.replace(/^fc:/, "");
export const fitsFc = (_context: PlanContext, object: string): boolean => object.startsWith("fc:");

interface OnHost<T> {
  readonly host: HostId;
  readonly of: T;
}

const portsOf = (context: PlanContext): readonly OnHost<FcPort>[] =>
  both(context.view).flatMap((host) => (lastFacts(context, host, "fc")?.ports ?? []).map((of) => ({ host, of })));
type Vport = FcPort["vports"][number];
const vportsOf = (context: PlanContext): readonly (OnHost<Vport> & { readonly port: FcPort })[] =>
  portsOf(context).flatMap(({ host, of: port }) => port.vports.map((of) => ({ host, of, port })));

/** One of them by its name or its WWPN; where hosts name theirs alike, the host must be said. */
function only<T, F extends OnHost<T>>(
  context: PlanContext,
  found: readonly F[],
  on: HostId | undefined,
  { what, name }: { what: string; name: string },
): F | Refusal {
  const here = on === undefined ? found : found.filter(({ host }) => host === on);
  const [first, second] = here;
  if (first === undefined)
    return notFound(
      context,
      { hosts: on === undefined ? both(context.view) : [on], reading: "fc", what: `which ${what}s it has` },
      refuse(`there is no ${what} ${JSON.stringify(name)}${on === undefined ? "" : ` on ${on}`}`, "`status` names them"),
    );
  return second === undefined
    ? first
    : refuse(`both hosts have a ${what} ${name}`, `say which: --on ${here.map(({ host }) => host).join(" or ")}`);
}

function hostGiven(context: PlanContext, { on }: Given): HostId | undefined | Refusal {
  if (on === undefined || on === "") return undefined;
  return hostSaid(context, on) ?? refuse(`there is no host ${JSON.stringify(on)}`, `the hosts are ${both(context.view).join(" and ")}`);
}

/** Both hosts have to say which names they use; one that has no Fibre Channel uses none. */
function unusedNameChecks(context: PlanContext, wwpn: string): readonly PlanCheck[] {
  return both(context.view).map((host) => {
    const evidence = evidenceOf(context, host, "fc");
    const fc = freshFacts(context, host, "fc");
    if (fc === undefined)
      return lacks(context, host, "fc")
        ? check("name", "pass", `${host} has no Fibre Channel`, evidence)
        : check("name", "unknown", `${host}: which names its ports have isn't known`, evidence);
    const user = nameUser(fc, wwpn);
    return user === undefined
      ? check("name", "pass", `${host} uses ${wwpn} nowhere`, evidence)
      : check("name", "fail", `${wwpn} is ${user} on ${host}: a fabric lets one name log in once`, evidence);
  });
}
function nameUser({ ports }: FibreChannel, wwpn: string): string | undefined {
  for (const port of ports) {
    if (sameName(port.port_name, wwpn)) return port.host;
    const found = port.vports.find(({ port_name }) => sameName(port_name, wwpn));
    if (found !== undefined) return found.name;
  }
  return undefined;
}

function portChecks(context: PlanContext, { host, of }: OnHost<FcPort>): readonly PlanCheck[] {
  const evidence = evidenceOf(context, host, "fc");
  const { host: name, port_state, max_npiv_vports: most, npiv_vports_inuse: used = 0 } = of;
  return [
    port_state === "Online"
      ? check("port", "pass", `${name} on ${host} is Online`, evidence)
      : check(
          "port",
          port_state === undefined ? "unknown" : "fail",
          `${name} on ${host} is ${port_state ?? "in a state that isn't told"}`,
          evidence,
        ),
    most === undefined || most === 0
      ? check("npiv", "fail", `${name} on ${host} has no NPIV (its driver or its setting)`, evidence)
      : check("npiv", used < most ? "pass" : "fail", `${name} on ${host} has ${used} of ${most} virtual ports`, evidence),
  ];
}

/** What is written; both in the kernel's own spelling. */
const write = (host: HostId, port: string, verb: "create" | "delete", names: string) => ({
  host,
  argv: ["tee", `/sys/class/fc_host/${port}/vport_${verb}`],
  input: { kind: "text", text: `${names}\n` } as const,
});

const create: Action = {
  id: "storage npiv create",
  title: "create virtual port",
  description: "Create an NPIV virtual port on a Fibre Channel port",
  on: "storage",
  letter: "v",
  risk: "routine",
  marked: false,
  args: [PORT, NAMES, ON],
  fits: fitsFc,
  plan: (context, given) => {
    const on = hostGiven(context, given);
    if (typeof on === "object") return on;
    const word = bare(given.port ?? "");
    const named = portsOf(context).filter(
      ({ of }) => of.host === word || (wwn(word) !== undefined && sameName(of.port_name, wwn(word) ?? "")),
    );
    const port = only<FcPort, OnHost<FcPort>>(context, named, on, { what: "Fibre Channel port", name: word });
    if ("refused" in port) return port;
    const [wwpn, wwnn, ...more] = (given.names ?? "").split(":").map(wwn);
    if (wwpn === undefined || wwnn === undefined || more.length > 0)
      return refuse(
        `${JSON.stringify(given.names ?? "")} is not WWPN:WWNN`,
        "two names of sixteen hexadecimal digits, with a colon between",
      );
    const { host, of } = port;
    const goal = `create the virtual port ${wwpn} on ${of.host} of ${host}`;
    const made = { kind: "vport", host, name: `0x${wwpn}` } as const;
    return planOf({
      request: { action: "storage npiv create", args: { port: of.host, names: `${wwpn}:${wwnn}`, on: host } },
      goal,
      risk: "routine",
      keys: [leaseKey("storage", `wwpn ${wwpn}`)],
      hosts: taking(context, host),
      checks: [answersCheck(context, host), ...portChecks(context, port), ...unusedNameChecks(context, wwpn)],
      steps: [
        step({
          ...write(host, of.host, "create", `${wwpn}:${wwnn}`),
          id: "create",
          title: goal,
          before: both(context.view)
            .filter((id) => lastFacts(context, id, "fc") !== undefined)
            .map((id) => ({ ...made, host: id, there: false })),
          after: [{ ...made, there: true }],
          undo: `storage npiv delete ${wwpn} --on ${host}`,
          risk: "routine",
          usual_s: 10,
          settle_s: 40,
        }),
      ],
    });
  },
};

/** Neither a guest nor a path of a map goes through it. */
function unusedChecks(context: PlanContext, host: HostId, wwpn: string): readonly PlanCheck[] {
  const row = context.view.storage.find(({ key }) => sameName(key.replace(/^fc:/, ""), wwpn));
  const guests = runningOf(context, row?.guests ?? [], host).map(({ name }) => name);
  const evidence = evidenceOf(context, host, "multipath");
  const told = freshFacts(context, host, "multipath") !== undefined || lacks(context, host, "multipath");
  const paths = (lastFacts(context, host, "multipath")?.maps ?? []).flatMap((map) =>
    map.paths.filter(({ host_adapter }) => sameName(host_adapter, wwpn)).map(({ dev }) => `${dev} of ${map.name}`),
  );
  const users = [...guests, ...paths];
  if (users.length > 0) return [check("users", "fail", `it is used by ${users.join(", ")}`, evidence)];
  return [
    told
      ? check("users", "pass", `no guest and no path of ${host} goes through it`, evidence)
      : check("users", "unknown", `${host}: which paths go through it isn't known`, evidence),
  ];
}

const remove: Action = {
  id: "storage npiv delete",
  title: "delete virtual port",
  description: "Delete an NPIV virtual port that nothing uses",
  on: "storage",
  letter: "w",
  risk: "disruptive",
  marked: false,
  args: [VPORT, ON],
  fits: fitsFc,
  plan: (context, given) => {
    const on = hostGiven(context, given);
    if (typeof on === "object") return on;
    const word = bare(given.vport ?? "");
    const named = vportsOf(context).filter(
      ({ of }) => of.name === word || (wwn(word) !== undefined && sameName(of.port_name, wwn(word) ?? "")),
    );
    const found = only<Vport, OnHost<Vport> & { readonly port: FcPort }>(context, named, on, { what: "virtual port", name: word });
    if ("refused" in found) return found;
    const { host, of, port } = found;
    const [wwpn, wwnn] = [wwn(of.port_name ?? ""), wwn(of.node_name ?? "")];
    if (wwpn === undefined || wwnn === undefined)
      return refuse(`${host} doesn't tell the names of ${of.name}`, "they are needed to delete it");
    const goal = `delete the virtual port ${wwpn} on ${port.host} of ${host}`;
    const gone = { kind: "vport", host, name: of.port_name ?? "" } as const;
    return planOf({
      request: { action: "storage npiv delete", args: { vport: wwpn, on: host } },
      goal,
      risk: "disruptive",
      typed: { word: wwpn, what: "the virtual port's WWPN" },
      keys: [leaseKey("storage", `wwpn ${wwpn}`)],
      hosts: taking(context, host),
      checks: [
        answersCheck(context, host),
        freshFacts(context, host, "fc") === undefined
          ? check("port", "unknown", `${host}: its ports aren't freshly read`, evidenceOf(context, host, "fc"))
          : check("port", "pass", `${of.name} on ${host} is ${of.state ?? "in a state that isn't told"}`, evidenceOf(context, host, "fc")),
        ...unusedChecks(context, host, wwpn),
      ],
      steps: [
        step({
          ...write(host, port.host, "delete", `${wwpn}:${wwnn}`),
          id: "delete",
          title: goal,
          before: [],
          after: [{ ...gone, there: false }],
          undo: `storage npiv create ${port.host} ${wwpn}:${wwnn} --on ${host}`,
          risk: "disruptive",
          usual_s: 10,
          settle_s: 40,
        }),
      ],
    });
  },
};

export const npivActions: readonly Action[] = [create, remove];
