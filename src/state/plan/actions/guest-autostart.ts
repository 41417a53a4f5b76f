/** Whether a guest starts when its host does: a link in /etc/xen/auto (xendomains). Never on both hosts: after a power cut it would start twice. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestRow } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  check,
  evidenceOf,
  guestNamed,
  hostNamed,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  step,
} from "../action.ts";
import { leaseKey, type Plan, type PlanCheck, type PlanStep, type Refusal } from "../plan.ts";
import { autoEntries, baseName, GUEST, isPlainPath, taking } from "./guest-parts.ts";

export const AUTO = "/etc/xen/auto";

const isEntry = (name: string): boolean => /^[\w+@=~][\w.+@=~ -]{0,199}$/.test(name);

function peerCheck(context: PlanContext, guest: GuestRow, host: HostId): PlanCheck {
  const peer = otherHost(context, host);
  const evidence = evidenceOf(context, peer, "xen-auto");
  const path = guest.config_files.find((each) => each.host === peer)?.path;
  const entries = path === undefined ? [] : autoEntries(context, peer, path);
  if (entries === undefined || evidence.some(({ freshness }) => freshness !== "fresh" && freshness !== "absent"))
    return check("autostart", "unknown", `whether ${guest.name} starts by itself on ${peer} isn't known`, evidence);
  return entries.length === 0
    ? check("autostart", "pass", `it doesn't start by itself on ${peer}`, evidence)
    : check(
        "autostart",
        "fail",
        `it starts by itself on ${peer}: after a power cut of both it would run twice; turn that off first`,
        evidence,
      );
}

const common = { risk: "routine", usual_s: 2 } as const;

function turnOn(guest: GuestRow, host: HostId, path: string): PlanStep {
  const entry = baseName(path);
  return step({
    ...common,
    id: "autostart-on",
    title: `link ${path} into ${AUTO} on ${host}`,
    host,
    argv: ["ln", "-s", "--", path, `${AUTO}/${entry}`],
    before: [{ kind: "autostart", host, has: [], has_not: [entry] }],
    after: [{ kind: "autostart", host, has: [entry], has_not: [] }],
    undo: `turn the autostart of ${guest.name} off`,
  });
}

const turnOff = (host: HostId, { name, target }: { readonly name: string; readonly target: string | undefined }, at: number): PlanStep =>
  step({
    ...common,
    id: `autostart-off-${at + 1}`,
    title: `take ${name} out of ${AUTO} on ${host}`,
    host,
    argv: ["rm", "--", `${AUTO}/${name}`],
    before: [{ kind: "autostart", host, has: [name], has_not: [] }],
    after: [{ kind: "autostart", host, has: [], has_not: [name] }],
    undo: `ln -s ${target ?? ""} ${AUTO}/${name}`,
  });

function planAutostart(context: PlanContext, guest: GuestRow, host: HostId, on: boolean): Plan | Refusal {
  const { name } = guest;
  const path = guest.config_files.find((each) => each.host === host)?.path;
  if (path === undefined) return refuse(`${host} has no configuration of ${name}`, "guest sync-config copies it there");
  const evidence = evidenceOf(context, host, "xen-auto");
  const entries = autoEntries(context, host, path);
  if (entries === undefined) return refuse(`what starts by itself on ${host} isn't known`, "wait until it is read");
  if (on === entries.length > 0)
    return refuse(`${name} ${on ? "starts" : "doesn't start"} by itself on ${host} already`, "there is nothing to do");
  const checks: PlanCheck[] = [answersCheck(context, host)];
  if (evidence.some(({ freshness }) => freshness === "absent"))
    checks.push(check("autostart", "fail", `there is no ${AUTO} on ${host}`, evidence));
  if (on) checks.push(peerCheck(context, guest, host));
  if (!isPlainPath(path) || !entries.every((entry) => isEntry(entry.name)))
    checks.push(check("path", "fail", `${path} is no name that can be linked safely: do it by hand`));
  const file = entries.find(({ target }) => target === undefined);
  if (file !== undefined)
    checks.push(check("autostart", "fail", `${AUTO}/${file.name} is the file itself, not a link: move it by hand`, evidence));
  return planOf({
    request: { action: "guest autostart", args: { guest: guest.uuid ?? name, state: on ? "on" : "off", on: host } },
    goal: on ? `start ${name} whenever ${host} starts` : `don't start ${name} any more when ${host} starts`,
    risk: "routine",
    keys: [leaseKey("guest", name)],
    hosts: taking(context, host),
    checks,
    steps: on ? [turnOn(guest, host, path)] : entries.map((entry, at) => turnOff(host, entry, at)),
  });
}

export const guestAutostart: Action = {
  id: "guest autostart",
  title: "autostart",
  description: "Let a guest start when its host does, or no longer",
  on: "guest",
  letter: "a",
  risk: "routine",
  marked: true,
  args: [
    GUEST,
    {
      name: "state",
      optional: false,
      kind: "choice",
      prompt: "on or off",
      choices: () => [
        { value: "on", title: "it starts with its host" },
        { value: "off", title: "it doesn't" },
      ],
    },
    { name: "on", optional: true, kind: "host", prompt: "on which host" },
  ],
  plan: (context, { guest: name = "", state = "", on }) =>
    orRefuse(guestNamed(context, name), (guest) => {
      if (state !== "on" && state !== "off")
        return refuse(`autostart is on or off, not ${JSON.stringify(state)}`, "guest autostart GUEST on");
      const [only, more] = guest.config_files;
      const wanted = on ?? guest.host ?? (more === undefined ? only?.host : undefined);
      if (wanted === undefined) return refuse(`on which host ${guest.name} is to start isn't said`, "add --on HOST");
      return orRefuse(hostNamed(context, wanted), ({ id }) => planAutostart(context, guest, id, state === "on"));
    }),
};
