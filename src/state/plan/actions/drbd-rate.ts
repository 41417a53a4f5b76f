/**
 * How fast a resync may go. Until c-plan-ahead is set to 0, DRBD steers the rate itself, up to c-max-rate; with 0 it keeps to resync-rate, and
 * c-max-rate means nothing (drbd.conf(5)). Either counts on the SyncTarget (VerifyS for a verify), which asks for the blocks (drbd_sender.c,
 * make_resync_request). 8.4 keeps the rates with the disk, 9 with each peer. In effect until the next `drbdadm adjust` or boot.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import { type Action, answersCheck, check, evidenceOf, type PlanContext, planOf, step } from "../action.ts";
import type { ActionArg } from "../arguments.ts";
import type { Expectation } from "../expect.ts";
import { freshFacts } from "../facts.ts";
import type { PlanCheck } from "../plan.ts";
import { drbdadm, drbdVersion, isNine, ON, paceKey, RESOURCE, sideCheck, type Target, taking, targetOf } from "./drbd-target.ts";

/** drbd_limits.h: DRBD_C_MAX_RATE_MIN, _MAX, _DEF; DRBD_RESYNC_RATE_DEF. */
const RATE_MIN_KIB_S = 250;
const RATE_MAX_KIB_S = 4 << 20;
export const C_MAX_RATE_DEFAULT_KIB_S = 102_400;
export const RESYNC_RATE_DEFAULT_KIB_S = 250;

const RATE: ActionArg = {
  name: "rate",
  optional: false,
  kind: "number",
  unit: "KiB/s",
  min: RATE_MIN_KIB_S,
  max: RATE_MAX_KIB_S,
  prompt: "how fast, in KiB/s",
  choices: (context, { resource = "", on = "" }) => {
    const target = targetOf(context, resource, on);
    const now = "refused" in target ? undefined : settingsOf(target)?.rates[0];
    const wanted = now === undefined ? [10_240, 51_200, 102_400] : [now * 2, now * 4, Math.round(now / 2)];
    return wanted
      .filter((rate) => rate >= RATE_MIN_KIB_S && rate <= RATE_MAX_KIB_S)
      .map((rate) => ({ value: String(rate), title: `${(rate / 1024).toFixed(1)} MiB/s` }));
  },
};

interface Settings {
  readonly option: "c-max-rate" | "resync-rate";
  /** One a volume, in their order; KiB/s. */
  readonly rates: readonly number[];
  readonly least_kib_s: number | undefined;
}

/** Fresh ones alone: the former rate is what it is undone to. */
function settingsOf({ context, host, resource }: Target): Settings | undefined {
  const volumes = freshFacts(context, host, "drbd-show")?.resources.find(({ name }) => name === resource)?.volumes ?? [];
  const [first] = volumes;
  if (first === undefined) return undefined;
  const fixed = volumes.every(({ c_plan_ahead }) => c_plan_ahead === 0);
  return {
    option: fixed ? "resync-rate" : "c-max-rate",
    rates: volumes.map(({ c_max_rate_kib_s, resync_rate_kib_s }) =>
      fixed ? (resync_rate_kib_s ?? RESYNC_RATE_DEFAULT_KIB_S) : (c_max_rate_kib_s ?? C_MAX_RATE_DEFAULT_KIB_S),
    ),
    least_kib_s: first.c_min_rate_kib_s,
  };
}

function undoText({ resource, host, rows }: Target, { option, rates }: Settings): string {
  const different = new Set(rates).size > 1;
  if (!different) return `drbd rate ${resource} ${rates[0]} --on ${host}`;
  return `they differed: ${rows.map((row, at) => `${row.key} had --${option}=${rates[at]}`).join(", ")} (KiB/s)`;
}

function paceChecks(target: Target, settings: Settings, rate: number): readonly PlanCheck[] {
  const { context, host, rows } = target;
  const evidence = evidenceOf(context, host, "drbd-show");
  const asking = rows.flatMap(({ resync }) => (resync?.kind === "resync" ? (resync.target ?? []) : []));
  const [other] = asking.filter((id) => id !== host);
  const now = `${settings.option} is ${[...new Set(settings.rates)].join(", ")} KiB/s now`;
  return [
    check("rate", "pass", now, evidence),
    ...(settings.rates.every((each) => each === rate)
      ? [check("rate", "fail", `${settings.option} is ${rate} KiB/s already`, evidence)]
      : []),
    ...(settings.option === "resync-rate"
      ? [
          check("controller", "warn", "c-plan-ahead is 0: resync-rate counts, c-max-rate doesn't", evidence),
          ...(isNine(context, host) === true
            ? [check("controller", "warn", "DRBD 9 doesn't keep well to a fixed rate: better set c-plan-ahead and c-max-rate", evidence)]
            : []),
        ]
      : []),
    ...(settings.least_kib_s !== undefined && settings.least_kib_s > rate
      ? [check("least", "warn", `c-min-rate is ${settings.least_kib_s} KiB/s: below that DRBD doesn't make room for guests`, evidence)]
      : []),
    ...(other !== undefined && !asking.includes(host)
      ? [check("target", "warn", `the resync that runs is asked for by ${other}: its own setting counts, this one doesn't`)]
      : []),
    ...(asking.length === 0 ? [check("target", "pass", `nothing is resynced now: it counts for the next resync to ${host}`)] : []),
    check("lasts", "pass", "it lasts until drbdadm adjust or the next boot; for good, write it into the resource's file"),
  ];
}

/** 8.3 had all of it in one `syncer` section, set as a whole or not at all. */
function versionCheck(context: PlanContext, host: HostId): PlanCheck {
  const evidence = evidenceOf(context, host, "drbd-proc");
  const version = drbdVersion(context, host);
  if (version === undefined) return check("version", "unknown", `${host}: DRBD's version isn't known`, evidence);
  const [major, minor] = version;
  return major > 8 || minor >= 4
    ? check("version", "pass", `${host} has DRBD ${major}.${minor}`, evidence)
    : check("version", "fail", `${host} has DRBD ${major}.${minor}: its rate is set by drbdsetup syncer, by hand`, evidence);
}

export const rate: Action = {
  id: "drbd rate",
  title: "resync rate",
  description: "Set how fast a resync to a host may go",
  on: "resource",
  letter: "w",
  risk: "routine",
  marked: false,
  args: [RESOURCE, RATE, ON],
  plan: (context, args) => {
    const target = targetOf(context, args.resource ?? "", args.on ?? "");
    if ("refused" in target) return target;
    const { resource, host } = target;
    const wanted = Number(args.rate);
    const settings = settingsOf(target);
    const evidence = evidenceOf(context, host, "drbd-show");
    const goal = `let a resync of ${resource} to ${host} go at ${wanted} KiB/s`;
    const nine = isNine(context, host);
    const shown = (option: Settings["option"], kib_s: readonly number[]): Expectation => ({
      kind: "drbd_rate",
      host,
      resource,
      option,
      kib_s,
    });
    return planOf({
      request: { action: "drbd rate", args: { resource, rate: String(wanted), on: host } },
      goal,
      risk: "routine",
      keys: [paceKey(resource)],
      hosts: taking(target),
      checks: [
        answersCheck(context, host),
        versionCheck(context, host),
        sideCheck(target, host, "with a disk", ({ disk }) => disk !== "Diskless" && disk !== "Failed" && disk !== ""),
        ...(settings === undefined
          ? [check("rate", "unknown", `the settings of ${resource} on ${host} aren't freshly read`, evidence)]
          : paceChecks(target, settings, wanted)),
      ],
      steps:
        settings === undefined || nine === undefined
          ? []
          : [
              step({
                id: "rate",
                title: goal,
                host,
                argv: drbdadm(target, nine ? "peer-device-options" : "disk-options", `--${settings.option}=${wanted}`),
                before: [shown(settings.option, settings.rates)],
                after: [
                  shown(
                    settings.option,
                    settings.rates.map(() => wanted),
                  ),
                ],
                undo: undoText(target, settings),
                risk: "routine",
                settle_s: 10,
              }),
            ],
    });
  },
};
