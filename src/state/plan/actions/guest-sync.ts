/**
 * Copies a guest's configuration to the other host, so that it can run and restart there as it does here. The difference is shown before; what was
 * there stays beside it. The text goes from host to host through this console, read by no shell, and is never in a journal: it may hold a password.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestRow } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  check,
  evidenceOf,
  guestNamed,
  hostNamed,
  lookedAt,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  step,
} from "../action.ts";
import type { Given } from "../arguments.ts";
import type { Look, Looked } from "../look.ts";
import { leaseKey, type Plan, type PlanCheck, type PlanStep, type Refusal } from "../plan.ts";
import { textDiff } from "../text-diff.ts";
import { GUEST, isPlainPath } from "./guest-parts.ts";

interface Copy {
  readonly guest: GuestRow;
  readonly source: HostId;
  readonly target: HostId;
  readonly from: string;
  /** As the target calls it, where it has one. */
  readonly to: string;
  readonly replaces: boolean;
}

function copyOf(context: PlanContext, { guest: name = "", to }: Given): Copy | Refusal {
  const guest = guestNamed(context, name);
  if ("refused" in guest) return guest;
  const files = guest.config_files;
  const [only, more] = files;
  const source_by_default =
    guest.host !== undefined && files.some(({ host }) => host === guest.host) ? guest.host : more === undefined ? only?.host : undefined;
  const wanted = to ?? (source_by_default === undefined ? undefined : otherHost(context, source_by_default));
  if (wanted === undefined)
    return files.length === 0
      ? refuse(`neither host has a configuration of ${guest.name}`, "write one first")
      : refuse(`which host's configuration of ${guest.name} counts isn't said`, "add --to HOST: the host that gets the other's");
  const target = hostNamed(context, wanted);
  if ("refused" in target) return target;
  const source = otherHost(context, target.id);
  const from = files.find(({ host }) => host === source)?.path;
  if (from === undefined) return refuse(`${source} has no configuration of ${guest.name}`, `${target.id} is where it would be copied to`);
  const own = files.find(({ host }) => host === target.id)?.path;
  return { guest, source, target: target.id, from, to: own ?? from, replaces: own !== undefined };
}

const read = (host: HostId, path: string): Look => ({ kind: "command", host, argv: ["cat", "--", path] });
const sum = (host: HostId, path: string): Look => ({ kind: "command", host, argv: ["sha256sum", "--", path] });
const hashOf = (looked: Looked | undefined): string | undefined =>
  looked?.code === 0 ? /^[0-9a-f]{64}(?= )/.exec(looked.stdout)?.[0] : undefined;

const asked = (host: HostId, path: string, looked: Looked | undefined): NonNullable<PlanCheck["asked"]> =>
  looked === undefined ? [] : [{ host, command: `cat -- ${path}`, at_ms: looked.at_ms }];

function steps({ guest, target, source, from, to, replaces }: Copy, hash: string, old: string | undefined): readonly PlanStep[] {
  const [before_path, new_path] = [`${to}.before-xenha`, `${to}.new-xenha`];
  const holds = (path: string, what: string) =>
    ({ kind: "answer", host: target, argv: ["sha256sum", "--", path], code: 0, starts: what }) as const;
  const common = { host: target, risk: "routine", usual_s: 2 } as const;
  const keep =
    replaces && old !== undefined
      ? [
          step({
            ...common,
            id: "keep",
            title: `keep what ${target} has as ${before_path}`,
            argv: ["cp", "-p", "--", to, before_path],
            before: [holds(to, old)],
            after: [holds(before_path, old)],
            undo: "nothing is changed by it",
          }),
        ]
      : [];
  return [
    ...keep,
    step({
      ...common,
      id: "write",
      title: `write ${source}'s configuration beside it on ${target}`,
      argv: ["dd", `of=${new_path}`, "conv=fsync", "status=none"],
      input: { kind: "file", host: source, path: from },
      before: [],
      // xl itself understands it there, or it never becomes the configuration.
      after: [holds(new_path, hash), { kind: "answer", host: target, argv: ["xl", "create", "-q", "-n", new_path], code: 0 }],
      undo: `rm ${new_path}`,
    }),
    step({
      ...common,
      id: "place",
      title: `make it ${to} on ${target}`,
      argv: ["mv", "-f", "-T", "--", new_path, to],
      before: [holds(new_path, hash)],
      after: [holds(to, hash), { kind: "config", host: target, path: to, name: guest.name }],
      undo: replaces ? `mv ${before_path} ${to}` : `rm ${to}`,
    }),
    // The guest's own name is not in any of these words: only paths that both hosts told.
  ].map((each) => ({ ...each, title: each.title.replace("configuration", `configuration of ${guest.name}`) }));
}

function planSync(context: PlanContext, copy: Copy): Plan | Refusal {
  const { guest, source, target, from, to, replaces } = copy;
  const [theirs, ours] = [lookedAt(context, read(source, from)), lookedAt(context, read(target, to))];
  const [hash, old] = [hashOf(lookedAt(context, sum(source, from))), hashOf(lookedAt(context, sum(target, to)))];
  if (hash !== undefined && hash === old)
    return refuse(`${guest.name}'s configuration is the same on both hosts`, "there is nothing to do");
  const checks: PlanCheck[] = [answersCheck(context, source), answersCheck(context, target)];
  const plain = isPlainPath(from) && isPlainPath(to);
  if (!plain) checks.push(check("path", "fail", `${from} is no name that can be written safely: do it by hand`));
  if (theirs?.code !== 0 || hash === undefined) {
    const why = theirs?.said === undefined || theirs.said === "" ? "" : `: ${theirs.said}`;
    checks.push({ ...check("config", "unknown", `${from} on ${source} can't be read${why}`), asked: asked(source, from, theirs) });
  } else if (theirs.stdout.includes("\ufffd")) checks.push(check("config", "fail", `${from} on ${source} isn't text`));
  else checks.push({ ...check("config", "pass", `${from} on ${source} was read`), asked: asked(source, from, theirs) });
  if (replaces && (ours?.code !== 0 || old === undefined))
    checks.push({ ...check("config", "unknown", `${to} on ${target} can't be read`), asked: asked(target, to, ours) });
  // A file of that name that isn't known as this guest's is somebody else's.
  if (!replaces && ours?.code === 0) checks.push(check("config", "fail", `${target} has ${to} already, and it isn't ${guest.name}'s`));
  const drift = guest.config_drift;
  const diff = theirs?.code === 0 ? textDiff(replaces ? (ours?.stdout ?? "") : "", theirs.stdout) : [];
  return planOf({
    request: { action: "guest sync-config", args: { guest: guest.uuid ?? guest.name, to: target } },
    goal: `copy the configuration of ${guest.name} from ${source} to ${target}`,
    risk: "disruptive",
    typed: { word: guest.name, what: "the guest's name" },
    keys: [leaseKey("guest", guest.name)],
    hosts: [source, target],
    checks,
    steps: plain && hash !== undefined ? steps(copy, hash, old) : [],
    also: [source, target].map((host) => ({ host, readings: evidenceOf(context, host, "xl-configs").map(({ reading }) => reading) })),
    notes: [
      ...drift.map((text) => `as xl understands them: ${text}`),
      ...(replaces ? [`${to} on ${target}, what goes (-) and what comes (+):`] : [`${to} on ${target} is new:`]),
      ...diff,
    ],
  });
}

export const guestSync: Action = {
  id: "guest sync-config",
  title: "copy configuration",
  description: "Copy a guest's configuration to the other host",
  on: "guest",
  letter: "c",
  risk: "disruptive",
  marked: true,
  args: [GUEST, { name: "to", optional: true, kind: "host", prompt: "to which host" }],
  looks: (context, given) => {
    const copy = copyOf(context, given);
    if ("refused" in copy) return [];
    const { source, target, from, to } = copy;
    return isPlainPath(from) && isPlainPath(to) ? [read(source, from), sum(source, from), read(target, to), sum(target, to)] : [];
  },
  plan: (context, given) => {
    const copy = copyOf(context, given);
    return "refused" in copy ? copy : planSync(context, copy);
  },
};
