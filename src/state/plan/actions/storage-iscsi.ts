/**
 * Sessions to iSCSI targets. Logging out takes disks away from whatever is on them, and no tool minds: here nothing may use any of them. A map
 * that would be left without a path is flushed first, else it stays and queues for ever (multipath(8), queue_if_no_path).
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { IscsiSession, MultipathMap } from "../../../xen/model/storage.ts";
import { type Action, answersCheck, check, evidenceOf, hostNamed, type PlanContext, planOf, refuse, step } from "../action.ts";
import type { ActionArg, Given } from "../arguments.ts";
import { checkOn, freshFacts, lacks, lastFacts } from "../facts.ts";
import { leaseKey, type PlanCheck, type PlanStep, type PlanTrial, type Refusal } from "../plan.ts";
import { ON, taking, unusedCheck } from "./storage-target.ts";

/** RFC 3720, 3.2.6: what names a target. iscsiadm gets it as a word of its own. */
const TARGET_NAME = /^(?:iqn\.|eui\.|naa\.)[A-Za-z0-9.:_-]{1,220}$/;
const IPV6 = /^[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8}$/;
const PORTAL = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9][A-Za-z0-9.-]{0,252})(?::(\d{1,5}))?$/;
const PORT_DEFAULT = 3260;
const PORT_MAX = 65_535;

const TARGET: ActionArg = { name: "target", optional: false, kind: "storage", prompt: "which target" };
const VIA: ActionArg = { name: "portal", optional: true, kind: "text", length_max: 255, prompt: "over which portal, as 10.0.0.1:3260" };
export const fitsIscsi = (_context: PlanContext, object: string): boolean => object.startsWith("iscsi:");

interface Place {
  readonly host: HostId;
  readonly target: string;
  readonly portal: string;
}

const sessionsOn = (context: PlanContext, host: HostId): readonly IscsiSession[] => lastFacts(context, host, "iscsi")?.sessions ?? [];

/** `10.0.0.1` and `fe80::1` mean the usual port; undefined: not a portal. */
function portalOf(text: string): string | undefined {
  const [, address, port = String(PORT_DEFAULT)] = PORTAL.exec(IPV6.test(text) ? `[${text}]` : text) ?? [];
  return address === undefined || Number(port) < 1 || Number(port) > PORT_MAX ? undefined : `${address}:${Number(port)}`;
}

/** A row of the screen says both; a name typed needs a portal where the hosts know several. */
function placeOf(context: PlanContext, { target = "", portal, on = "" }: Given): Place | Refusal {
  const host = hostNamed(context, on);
  if ("refused" in host) return host;
  const [, named = target, over] = /^iscsi:([^|]*)\|(.*)$/.exec(target) ?? [];
  if (!TARGET_NAME.test(named)) return refuse(`${JSON.stringify(named)} is not the name of an iSCSI target`, "iqn...., eui.... or naa....");
  const known = [
    ...new Set(
      context.view.hosts.flatMap(({ id }) => sessionsOn(context, id).flatMap((each) => (each.target === named ? (each.portal ?? []) : []))),
    ),
  ];
  const mine = sessionsOn(context, host.id).flatMap((each) => (each.target === named ? (each.portal ?? []) : []));
  const [only, more] = mine.length === 1 ? mine : known;
  const wanted = portal ?? over ?? (more === undefined ? only : undefined);
  if (wanted === undefined)
    return refuse(
      known.length === 0 ? `no session to ${named} is known, so its portal has to be said` : `${named} has several portals`,
      known.length === 0 ? "--portal ADDRESS:3260" : `--portal ${known.join(" or ")}`,
    );
  const whole = portalOf(wanted);
  if (whole === undefined) return refuse(`${JSON.stringify(wanted)} is not a portal`, "ADDRESS or ADDRESS:PORT");
  return { host: host.id, target: named, portal: whole };
}

const node = ({ target, portal }: Place, ...rest: string[]): string[] => ["iscsiadm", "-m", "node", "-T", target, "-p", portal, ...rest];
const keysOf = ({ target }: Place): readonly string[] => [leaseKey("storage", target)];

function sessionCheck(context: PlanContext, { host, target, portal }: Place, wanted: boolean): PlanCheck {
  if (lacks(context, host, "iscsi")) return check("session", "fail", `${host} has no iscsiadm`, evidenceOf(context, host, "iscsi"));
  return checkOn(context, { host, reading: "iscsi", id: "session" }, ({ sessions }) => {
    const found = sessions.find((each) => each.target === target && each.portal === portal);
    if (found === undefined) return [wanted ? "fail" : "pass", `${host} has no session to ${target} over ${portal}`];
    const text = `${host} has session ${found.sid} to ${target} over ${portal}: ${found.connection_state ?? "of unknown state"}`;
    return [wanted ? "pass" : "fail", text];
  });
}

const login: Action = {
  id: "storage iscsi login",
  title: "log in (iSCSI)",
  description: "Log in to an iSCSI target over one of its portals",
  on: "storage",
  letter: "i",
  risk: "routine",
  marked: false,
  args: [TARGET, ON, VIA],
  fits: fitsIscsi,
  plan: (context, given) => {
    const place = placeOf(context, given);
    if ("refused" in place) return place;
    const { host, target, portal } = place;
    const goal = `log ${host} in to ${target} over ${portal}`;
    const trial: PlanTrial = {
      host,
      text: `${host} has a record of ${target} over ${portal} (discovery makes it)`,
      argv: node(place),
      stdout: "node\\.name = ",
    };
    return planOf({
      request: { action: "storage iscsi login", args: { target, on: host, portal } },
      goal,
      risk: "routine",
      keys: keysOf(place),
      hosts: taking(context, host),
      checks: [answersCheck(context, host), sessionCheck(context, place, false)],
      trials: [trial],
      steps: [
        step({
          id: "login",
          title: goal,
          host,
          argv: node(place, "--login"),
          before: [{ kind: "iscsi", host, name: target, portal, there: false }],
          after: [{ kind: "iscsi", host, name: target, portal, there: true }],
          undo: `storage iscsi logout ${target} --on ${host} --portal ${portal}`,
          risk: "routine",
          usual_s: 20,
          settle_s: 30,
        }),
      ],
    });
  },
};

/** What would go with the session: its disks, and the maps that have paths over it. */
interface Carried {
  readonly devs: readonly string[];
  readonly maps: readonly MultipathMap[];
  /** Of those, the maps that have no other path. */
  readonly last: readonly MultipathMap[];
}

function carriedBy(context: PlanContext, { host, target, portal }: Place): Carried {
  const devs = sessionsOn(context, host).flatMap((each) =>
    each.target === target && each.portal === portal ? each.devices.map(({ dev }) => dev) : [],
  );
  const maps = (lastFacts(context, host, "multipath")?.maps ?? []).filter(({ paths }) => paths.some(({ dev }) => devs.includes(dev)));
  return { devs, maps, last: maps.filter(({ paths }) => paths.every(({ dev }) => devs.includes(dev))) };
}

/** Disks that multipath holds can't be told from those it doesn't while it isn't freshly read. */
function mapsCheck(context: PlanContext, host: HostId, { maps, devs }: Carried): PlanCheck {
  const evidence = evidenceOf(context, host, "multipath");
  const told = freshFacts(context, host, "multipath") !== undefined || lacks(context, host, "multipath");
  const text = `${devs.length === 0 ? "no disk" : devs.join(", ")} of ${host} go with it${maps.length === 0 ? "" : `, paths of ${maps.map(({ name }) => name).join(", ")}`}`;
  return told ? check("maps", "pass", text, evidence) : check("maps", "unknown", `${host}: multipath maps not freshly read`, evidence);
}

/** dm counts who has a map open: what no reading knows of (a process, a guest's backend) counts there. */
const openTrial = (host: HostId, { name }: MultipathMap): PlanTrial => ({
  host,
  text: `nobody on ${host} has ${name} open`,
  argv: ["dmsetup", "info", "-c", "--noheadings", "-o", "open", name],
  stdout: "^\\s*0\\s*$",
});

function flushStep(host: HostId, { name, wwid }: MultipathMap, index: number): PlanStep {
  return step({
    id: `flush-${index}`,
    title: `flush the map ${name} on ${host}: it would be left without a path`,
    host,
    argv: ["multipath", "-f", name],
    before: [{ kind: "map", host, name: wwid, there: true }],
    after: [{ kind: "map", host, name: wwid, there: false }],
    undo: `log in again: multipathd makes it again`,
    risk: "routine",
    settle_s: 20,
  });
}

const logout: Action = {
  id: "storage iscsi logout",
  title: "log out (iSCSI)",
  description: "End a session to an iSCSI target, where nothing uses its disks",
  on: "storage",
  letter: "o",
  risk: "disruptive",
  marked: false,
  args: [TARGET, ON, VIA],
  fits: fitsIscsi,
  plan: (context, given) => {
    const place = placeOf(context, given);
    if ("refused" in place) return place;
    const { host, target, portal } = place;
    const carried = carriedBy(context, place);
    const lsblk = lastFacts(context, host, "lsblk")?.devices ?? [];
    const knames = [
      ...carried.devs,
      ...carried.maps.flatMap(({ dm_device, name }) => dm_device ?? lsblk.find((each) => each.name === name)?.kname ?? []),
    ];
    const rows = context.view.storage.filter(
      ({ key, kind }) =>
        (kind === "iscsi" && key.startsWith(`iscsi:${target}|`)) || carried.maps.some(({ wwid }) => key === `multipath:${wwid}`),
    );
    const guests = [...new Set(rows.flatMap((row) => row.guests))];
    const goal = `log ${host} out of ${target} over ${portal}`;
    return planOf({
      request: { action: "storage iscsi logout", args: { target, on: host, portal } },
      goal,
      risk: "disruptive",
      typed: { word: portal, what: "the portal" },
      keys: [...keysOf(place), ...carried.maps.map(({ wwid }) => leaseKey("storage", wwid))],
      hosts: taking(context, host),
      checks: [
        answersCheck(context, host),
        sessionCheck(context, place, true),
        mapsCheck(context, host, carried),
        ...unusedCheck(context, host, { what: target, guests, knames }),
      ],
      trials: carried.maps.map((map) => openTrial(host, map)),
      steps: [
        ...carried.last.map((map, index) => flushStep(host, map, index)),
        step({
          id: "logout",
          title: goal,
          host,
          argv: node(place, "--logout"),
          before: [
            { kind: "iscsi", host, name: target, portal, there: true },
            ...carried.last.map(({ wwid }) => ({ kind: "map", host, name: wwid, there: false }) as const),
          ],
          after: [{ kind: "iscsi", host, name: target, portal, there: false }],
          undo: `storage iscsi login ${target} --on ${host} --portal ${portal}`,
          risk: "disruptive",
          usual_s: 20,
          settle_s: 30,
        }),
      ],
    });
  },
};

export const iscsiActions: readonly Action[] = [login, logout];
