/**
 * One path of a multipath map, taken out of use and put back. `multipathd fail path` fails it in the kernel's table and ends its checks, so that
 * it stays failed until `reinstate path` says otherwise (multipath-tools, cli_handlers.c).
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { MultipathMap, MultipathPath } from "../../../xen/model/storage.ts";
import { type Action, answersCheck, check, evidenceOf, hostNamed, type PlanContext, planOf, refuse, step } from "../action.ts";
import type { ActionArg, Given } from "../arguments.ts";
import type { Expectation } from "../expect.ts";
import { flappingPaths, freshFacts, lastFacts, notFound } from "../facts.ts";
import { leaseKey, type Plan, type PlanCheck, type Refusal } from "../plan.ts";
import { ON, runningOf, taking } from "./storage-target.ts";

const PATH: ActionArg = {
  name: "path",
  optional: false,
  kind: "choice",
  prompt: "which path, as sdb",
  choices: (context, { on = "", map = "" }) => {
    const host = hostNamed(context, on);
    const maps = "refused" in host ? [] : (lastFacts(context, host.id, "multipath")?.maps ?? []);
    return maps
      .filter((each) => map === "" || isMap(each, map))
      .flatMap(({ paths, name }) =>
        paths.map(({ dev, dm_state, host_adapter = "" }) => ({ value: dev, title: `${name}: ${dm_state} ${host_adapter}` })),
      );
  },
};
/** A path is named alike by no two maps of a host: the map is there for whoever comes from its row. */
const MAP: ActionArg = { name: "map", optional: true, kind: "storage", prompt: "of which multipath map" };

const isMap = ({ wwid, name }: MultipathMap, word: string): boolean => word === `multipath:${wwid}` || word === wwid || word === name;
export const fitsMap = (_context: PlanContext, object: string): boolean => object.startsWith("multipath:");

interface Found {
  readonly host: HostId;
  readonly map: MultipathMap;
  readonly path: MultipathPath;
}

function found(context: PlanContext, given: Given): Found | Refusal {
  const host = hostNamed(context, given.on ?? "");
  if ("refused" in host) return host;
  const maps = lastFacts(context, host.id, "multipath")?.maps ?? [];
  const wanted = given.map ?? "";
  const among = wanted === "" ? maps : maps.filter((map) => isMap(map, wanted));
  if (among.length === 0)
    return notFound(
      context,
      { hosts: [host.id], reading: "multipath", what: "which multipath maps it has" },
      refuse(`${host.id} has no multipath map${wanted === "" ? "" : ` ${JSON.stringify(wanted)}`}`, "`status` names them"),
    );
  const name = (given.path ?? "").replace(/^\/dev\//, "");
  for (const map of among) {
    const path = map.paths.find(({ dev }) => dev === name);
    if (path !== undefined) return { host: host.id, map, path };
  }
  const known = among.flatMap(({ paths }) => paths.map(({ dev }) => dev)).slice(0, 12);
  return refuse(`${host.id} has no path ${JSON.stringify(given.path ?? "")}`, `known: ${known.join(", ")}`);
}

const stateText = ({ dm_state, checker_state, dev_state }: MultipathPath): string => `${dm_state}, ${checker_state}, ${dev_state}`;

/** Maps freshly read, or nothing can be said of what is left. */
function freshCheck(context: PlanContext, host: HostId): readonly PlanCheck[] {
  if (freshFacts(context, host, "multipath") !== undefined) return [];
  const evidence = evidenceOf(context, host, "multipath");
  return [check("paths", "unknown", `${host}: ${evidence[0]?.source ?? "multipath"} ${evidence[0]?.note ?? "not freshly read"}`, evidence)];
}

/** What is in use beside the path, the ways that hold first. */
function leftOf(
  context: PlanContext,
  found: Found,
): { readonly holding: readonly MultipathPath[]; readonly flapping: readonly MultipathPath[] } {
  const flapping = flappingPaths(context, found.host, found.map.wwid);
  const left = found.map.paths.filter(({ dev, usable }) => usable && dev !== found.path.dev);
  return { holding: left.filter(({ dev }) => !flapping.includes(dev)), flapping: left.filter(({ dev }) => flapping.includes(dev)) };
}

/** The last way to a disk is never taken away: whatever waits on it would hang, or fail. One that comes and goes is no way that is left. */
function leftChecks(context: PlanContext, where: Found): readonly PlanCheck[] {
  const { host, map, path } = where;
  const evidence = evidenceOf(context, host, "multipath");
  const { holding, flapping } = leftOf(context, where);
  const shaky = flapping.map(({ dev }) => dev).join(", ");
  const guests = runningOf(context, context.view.storage.find(({ key }) => key === `multipath:${map.wwid}`)?.guests ?? [], host);
  const who = guests.length === 0 ? "no guest on it runs here" : `${guests.map(({ name }) => name).join(", ")} goes on over them`;
  if (holding.length === 0) {
    const last = `${path.dev} is the last ready path of ${map.name} on ${host}`;
    return [check("paths", "fail", shaky === "" ? last : `${last} that holds: ${shaky} comes and goes`, evidence)];
  }
  return [
    check("paths", "pass", `${map.name} on ${host} keeps ${holding.map(({ dev }) => dev).join(", ")}; ${who}`, evidence),
    ...(holding.length === 1 ? [check("redundancy", "warn", `then one path is left: ${holding[0]?.dev}`, evidence)] : []),
    ...(shaky === "" ? [] : [check("flapping", "warn", `not counted: ${shaky} comes and goes`, evidence)]),
  ];
}

/** multipathd goes on saying `running` of a disk whose session is gone (recording pathfail): the session knows better. */
function deviceChecks(context: PlanContext, { host, path }: Found): readonly PlanCheck[] {
  const sessions = lastFacts(context, host, "iscsi")?.sessions ?? [];
  const session = sessions.find(({ devices }) => devices.some(({ dev }) => dev === path.dev));
  const told = session?.devices.find(({ dev }) => dev === path.dev)?.state;
  const evidence = [...evidenceOf(context, host, "multipath"), ...(session === undefined ? [] : evidenceOf(context, host, "iscsi"))];
  const gone = [path.dev_state, told].find((state) => state !== undefined && state !== "running");
  const again = "it will fail again until its session or cable is back";
  if (gone !== undefined) return [check("device", "warn", `${path.dev} is ${gone}: ${again}`, evidence)];
  const down = session?.connection_state;
  return down === undefined || down === "LOGGED IN"
    ? []
    : [check("device", "warn", `the session of ${path.dev} is ${down}: ${again}`, evidence)];
}

interface Parts {
  readonly id: "fail" | "reinstate";
  readonly goal: string;
  readonly checks: readonly PlanCheck[];
  readonly before: readonly Expectation[];
  readonly after: "failed" | "usable";
  readonly settle_s: number;
}

function planFor(context: PlanContext, where: Found, { id, goal, checks, before, after, settle_s }: Parts): Plan {
  const { host, map, path } = where;
  const other = id === "fail" ? "reinstate" : "fail";
  const risk = id === "fail" ? "disruptive" : "routine";
  return planOf({
    request: { action: `path ${id}`, args: { on: host, path: path.dev, map: map.wwid } },
    goal,
    risk,
    ...(risk === "routine" ? {} : { typed: { word: path.dev, what: "the path's name" } }),
    keys: [leaseKey("storage", map.wwid)],
    hosts: taking(context, host),
    checks: [answersCheck(context, host), ...freshCheck(context, host), ...checks],
    steps: [
      step({
        id,
        title: goal,
        host,
        argv: ["multipathd", id, "path", path.dev],
        before,
        after: [{ kind: "path", host, name: path.dev, wwid: map.wwid, state: after }],
        undo: `path ${other} ${path.dev} --on ${host}`,
        risk,
        settle_s,
      }),
    ],
  });
}

const fail: Action = {
  id: "path fail",
  title: "fail a path",
  description: "Take one path of a multipath map out of use",
  on: "storage",
  letter: "f",
  risk: "disruptive",
  marked: false,
  args: [ON, PATH, MAP],
  fits: fitsMap,
  plan: (context, given) => {
    const where = found(context, given);
    if ("refused" in where) return where;
    const { host, map, path } = where;
    const already = path.dm_state === "failed" ? [check("path", "fail", `${path.dev} has failed already: ${stateText(path)}`)] : [];
    // At least one that was in use and holds is so still when it is done.
    const [kept] = leftOf(context, where).holding;
    return planFor(context, where, {
      id: "fail",
      goal: `take path ${path.dev} of ${map.name} on ${host} out of use`,
      checks: [...already, ...leftChecks(context, where)],
      before: kept === undefined ? [] : [{ kind: "path", host, name: kept.dev, wwid: map.wwid, state: "usable" }],
      after: "failed",
      settle_s: 20,
    });
  },
};

const reinstate: Action = {
  id: "path reinstate",
  title: "reinstate a path",
  description: "Put a path of a multipath map back into use",
  on: "storage",
  letter: "r",
  risk: "routine",
  marked: false,
  args: [ON, PATH, MAP],
  fits: fitsMap,
  plan: (context, given) => {
    const where = found(context, given);
    if ("refused" in where) return where;
    const { host, map, path } = where;
    const evidence = evidenceOf(context, host, "multipath");
    return planFor(context, where, {
      id: "reinstate",
      goal: `put path ${path.dev} of ${map.name} on ${host} back into use`,
      checks: [
        path.usable
          ? check("path", "fail", `${path.dev} is in use: ${stateText(path)}`, evidence)
          : check("path", "pass", `${path.dev}: ${stateText(path)}`, evidence),
        ...deviceChecks(context, where),
        ...(flappingPaths(context, host, map.wwid).includes(path.dev)
          ? [check("flapping", "warn", `${path.dev} comes and goes: each loss holds up the I/O that is on its way`, evidence)]
          : []),
      ],
      before: [],
      after: "usable",
      // Its checker runs at its own interval (polling_interval, up to 20 s).
      settle_s: 45,
    });
  },
};

export const pathActions: readonly Action[] = [fail, reinstate];
