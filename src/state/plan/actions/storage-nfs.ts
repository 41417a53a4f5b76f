/**
 * An NFS mount, mounted (again). Nothing here looks at a mount whose server is silent: `stat`, `df`, a plain `umount` and `mount -o remount` would hang
 * with it (2-domain, signature 41). Such a one is only ever taken out of the tree (`umount -l`), which asks the server nothing: umount(8) then
 * neither resolves the path (--no-canonicalize) nor calls the NFS helper (--internal-only).
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { NfsMount } from "../../../xen/model/storage.ts";
import { nfsTrouble } from "../../select/storage-nfs.ts";
import {
  type Action,
  answersCheck,
  both,
  check,
  evidenceOf,
  hostIndex,
  hostNamed,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  step,
} from "../action.ts";
import type { ActionArg, Given } from "../arguments.ts";
import { freshFacts, lastFacts, notFound } from "../facts.ts";
import { leaseKey, type PlanCheck, type PlanStep, type PlanTrial, type Refusal } from "../plan.ts";
import { ON, runningOf, taking } from "./storage-target.ts";

const MOUNT: ActionArg = { name: "mount", optional: false, kind: "storage", prompt: "which mount, by its mount point" };
const DEVICE: ActionArg = { name: "device", optional: true, kind: "text", length_max: 255, prompt: "from where, as SERVER:/EXPORT" };
const LAZY: ActionArg = {
  name: "lazy",
  optional: true,
  kind: "choice",
  prompt: "take a mount whose server is silent out of the tree first",
  choices: () => [
    { value: "no", title: "wait for the server: a hard mount goes on by itself" },
    { value: "yes", title: "let go of it: whoever has a file open there never gets on" },
  ],
};
/** Seconds that mount may take: a server that is silent after all is given up. */
const LIMIT = ["timeout", "-k", "5", "60"] as const;

export const fitsNfs = (_context: PlanContext, object: string): boolean => object.startsWith("nfs:");

/** What mount.nfs(8) takes back of what the kernel lists; addresses and what is negotiated are left to it. */
const GIVEN_BACK =
  /^(?:ro|rw|hard|soft|softerr|softreval|noresvport|noac|nocto|nolock|nosharecache|noatime|vers=[\d.]+|minorversion=\d|proto=\w+|port=\d+|timeo=\d+|retrans=\d+|nconnect=\d+|sec=[\w:]+|rsize=\d+|wsize=\d+|lookupcache=\w+|ac(?:reg|dir)(?:min|max)=\d+)$/;
const DEVICE_FORM = /^(?:\[[0-9A-Fa-f:]{2,45}\]|[A-Za-z0-9][A-Za-z0-9.-]{0,252}):\/[^\p{Cc}]{0,200}$/u;

interface Place {
  readonly host: HostId;
  readonly mountpoint: string;
  /** As it is mounted here now. */
  readonly here: NfsMount | undefined;
  readonly device: string;
  readonly options: readonly string[];
  readonly fstype: string;
}

const mountsOn = (context: PlanContext, host: HostId): readonly NfsMount[] => lastFacts(context, host, "nfs")?.mounts ?? [];

function placeOf(context: PlanContext, { mount = "", device, on = "" }: Given): Place | Refusal {
  const host = hostNamed(context, on);
  if ("refused" in host) return host;
  const [, from, at] = /^nfs:(.*)\|([^|]*)$/.exec(mount) ?? [undefined, undefined, mount];
  const mountpoint = at ?? "";
  if (!mountpoint.startsWith("/") || /\p{Cc}/u.test(mountpoint))
    return refuse(`${JSON.stringify(mountpoint)} is not a mount point`, "an absolute path");
  const of = (id: HostId): NfsMount | undefined =>
    mountsOn(context, id).findLast((each) => each.mountpoint === mountpoint && (from === undefined || each.device === from));
  const here = of(host.id);
  const like = here ?? of(otherHost(context, host.id));
  const wanted = device ?? like?.device;
  if (wanted === undefined)
    return notFound(
      context,
      { hosts: both(context.view), reading: "nfs", what: "what is mounted there" },
      refuse(`neither host has an NFS mount on ${JSON.stringify(mountpoint)}`, "say where from: --device SERVER:/EXPORT"),
    );
  if (!DEVICE_FORM.test(wanted)) return refuse(`${JSON.stringify(wanted)} is not SERVER:/EXPORT`, "as mount(8) takes it");
  const options = (like?.options ?? []).filter((option) => GIVEN_BACK.test(option));
  return { host: host.id, mountpoint, here, device: wanted, options, fstype: like?.fstype ?? "nfs" };
}

/** Whether its server answers, by the kernel's counters alone. undefined: it isn't mounted. */
function silence(
  { state, view }: PlanContext,
  { host, mountpoint, here }: Place,
): { readonly text: string; readonly certain: boolean } | undefined {
  if (here === undefined) return undefined;
  const trouble = nfsTrouble(state.history.nfs.get(`${host}|${mountpoint}`) ?? []);
  if (trouble === undefined) return undefined;
  const s = Math.max(0, Math.round((view.now_ms - trouble.since_ms) / 1000));
  return { text: `${here.device} hasn't answered ${host} for ${s} s`, certain: trouble.certain };
}

function usersCheck(context: PlanContext, { host, mountpoint, device }: Place): PlanCheck {
  const guests = context.view.storage
    .filter(({ key }) => key.startsWith("nfs:") && key.endsWith(`|${mountpoint}`))
    .flatMap((row) => row.guests);
  const users = runningOf(context, [...new Set(guests)], host).map(({ name }) => name);
  const evidence = (["xl-list", "xenstore"] as const).flatMap((reading) => evidenceOf(context, host, reading));
  const missing = evidence.find(({ freshness }) => freshness !== "fresh");
  if (users.length > 0)
    return check("users", "fail", `${users.join(", ")} on ${host} has its disk on ${mountpoint}: stop it there first`, evidence);
  if (missing !== undefined) return check("users", "unknown", `${host}: what runs there isn't freshly read`, evidence);
  return check("users", "pass", `no guest on ${host} has a disk on ${device}`, evidence);
}

/** A host can't mount what it exports itself: it would wait for itself. */
function serverCheck(context: PlanContext, { host, device }: Place): PlanCheck {
  const server = device.startsWith("[") ? device.slice(1, device.indexOf("]")) : device.slice(0, device.indexOf(":/"));
  const evidence = evidenceOf(context, host, "ip-addr");
  const addresses = freshFacts(context, host, "ip-addr")?.addresses;
  if (addresses === undefined) return check("server", "unknown", `${host}: its addresses aren't freshly read`, evidence);
  const own = addresses.some(({ address }) => address === server) || context.view.hosts[hostIndex(context, host)].hostname === server;
  return own
    ? check("server", "fail", `${device} is served by ${host} itself`, evidence)
    : check("server", "pass", `${device} is served by another machine`, evidence);
}

function stateChecks(context: PlanContext, place: Place, lazy: boolean): readonly PlanCheck[] {
  const { host, mountpoint, here } = place;
  const evidence = evidenceOf(context, host, "nfs");
  if (freshFacts(context, host, "nfs") === undefined)
    return [check("mount", "unknown", `${host}: its mounts aren't freshly read`, evidence)];
  if (here === undefined) return [check("mount", "pass", `nothing of NFS is mounted on ${host}'s ${mountpoint}`, evidence)];
  const silent = silence(context, place);
  if (silent === undefined)
    return lazy
      ? [
          check(
            "mount",
            "fail",
            `the server of ${mountpoint} on ${host} answers: there is no need to let go of it (leave out --lazy)`,
            evidence,
          ),
        ]
      : [check("mount", "pass", `${here.device} is mounted on ${host}'s ${mountpoint}, and answers`, evidence)];
  if (!lazy)
    return [
      check(
        "mount",
        "fail",
        `${silent.text}: any touch of it would hang. It goes on by itself once the server is back, or is let go of with --lazy yes`,
        evidence,
      ),
    ];
  return [
    silent.certain
      ? check("mount", "warn", `${silent.text}: whatever has a file open there never gets on, and can't be ended`, evidence)
      : check("mount", "unknown", `${silent.text}: it may still answer; ask again in a moment`, evidence),
  ];
}

function umountStep({ host, mountpoint, here }: Place, lazy: boolean): PlanStep {
  const device = here?.device ?? "";
  return step({
    id: "umount",
    title: lazy ? `take ${mountpoint} on ${host} out of the tree` : `unmount ${mountpoint} on ${host}`,
    host,
    argv: lazy ? ["umount", "--lazy", "--internal-only", "--no-canonicalize", mountpoint] : [...LIMIT, "umount", mountpoint],
    before: [{ kind: "nfs", host, name: mountpoint, device, there: true }],
    after: [{ kind: "nfs", host, name: mountpoint, device, there: false }],
    undo: `mount ${device} ${mountpoint}`,
    risk: "disruptive",
    usual_s: 10,
    settle_s: 15,
  });
}

function mountStep({ host, mountpoint, device, options, fstype }: Place): PlanStep {
  // It doesn't go on trying behind everybody's back: retry=0.
  const all = [...options, "retry=0"].join(",");
  return step({
    id: "mount",
    title: `mount ${device} on ${host}'s ${mountpoint}`,
    host,
    argv: [...LIMIT, "mount", "-t", fstype, "-o", all, device, mountpoint],
    before: [{ kind: "nfs", host, name: mountpoint, device, there: false }],
    after: [{ kind: "nfs", host, name: mountpoint, device, there: true }],
    undo: `umount ${mountpoint} on ${host}`,
    risk: "routine",
    usual_s: 20,
    settle_s: 15,
  });
}

export const remount: Action = {
  id: "storage nfs remount",
  title: "mount again (NFS)",
  description: "Mount an NFS export again, or as the other host has it",
  on: "storage",
  letter: "m",
  risk: "routine",
  marked: false,
  args: [MOUNT, ON, LAZY, DEVICE],
  fits: fitsNfs,
  plan: (context, given) => {
    const lazy = given.lazy === "yes";
    if (given.lazy !== undefined && !["yes", "no"].includes(given.lazy))
      return refuse(`--lazy is yes or no, not ${JSON.stringify(given.lazy)}`, "no: a silent server is waited for");
    const place = placeOf(context, given);
    if ("refused" in place) return place;
    const { host, mountpoint, here, device } = place;
    const goal = `mount ${device} on ${host}'s ${mountpoint}${here === undefined ? "" : " again"}`;
    const risk = here === undefined ? "routine" : "disruptive";
    // Only where nothing is mounted: else it would be the server's own folder that is looked at.
    const folder: PlanTrial = { host, text: `${host} has the folder ${mountpoint}`, argv: ["test", "-d", mountpoint], stdout: "" };
    return planOf({
      request: {
        action: "storage nfs remount",
        args: {
          mount: mountpoint,
          on: host,
          ...(given.lazy === undefined ? {} : { lazy: given.lazy }),
          ...(given.device === undefined ? {} : { device }),
        },
      },
      goal,
      risk,
      ...(risk === "routine" ? {} : { typed: { word: mountpoint, what: "the mount point" } }),
      keys: [leaseKey("storage", `${host} ${mountpoint}`)],
      hosts: taking(context, host),
      checks: [
        answersCheck(context, host),
        ...stateChecks(context, place, lazy),
        serverCheck(context, place),
        ...(here === undefined ? [] : [usersCheck(context, place)]),
      ],
      trials: here === undefined ? [folder] : [],
      steps: [...(here === undefined ? [] : [umountStep(place, lazy)]), mountStep(place)],
    });
  },
};
