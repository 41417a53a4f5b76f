/** `xl mem-set`: gives a running guest more memory or less, between what it needs to live and the most it was started with. */

import type { GuestRow, Placement } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  check,
  drbdUnder,
  evidenceOf,
  guestNamed,
  isCheck,
  keysOf,
  onlyPlacement,
  orRefuse,
  type PlanContext,
  planOf,
  refuse,
  step,
} from "../action.ts";
import type { Plan, PlanCheck, Refusal } from "../plan.ts";
import { freeMib, GUEST, isActive, liveConfig, mib as mibOf, taking } from "./guest-parts.ts";

const LEAST_MIB = 32;
const MOST_MIB = 16 * 1024 * 1024;
/** A guest that is left less than this part of its maximum may well not live on. */
const LEAST_PART = 1 / 4;
/** Its driver gives memory back, or takes it, a little at a time. */
const SETTLE_S = 60;

function sizeChecks(context: PlanContext, placement: Placement, now_mib: number | undefined, wanted_mib: number): readonly PlanCheck[] {
  const { host } = placement;
  const live = evidenceOf(context, host, "xl-list-long");
  const max_mib = mibOf(liveConfig(context, placement)?.max_memory_kib);
  const free_mib = freeMib(context, host);
  const grows_mib = now_mib === undefined ? undefined : wanted_mib - now_mib;
  const bounds =
    max_mib === undefined
      ? check("maximum", "unknown", "the most it may have isn't known", live)
      : wanted_mib > max_mib
        ? check("maximum", "fail", `${wanted_mib} MiB are more than the ${max_mib} it was started with at most`, live)
        : wanted_mib < max_mib * LEAST_PART
          ? check("maximum", "fail", `${wanted_mib} MiB are less than a quarter of its ${max_mib}: it would hardly live on`, live)
          : check("maximum", "pass", `${wanted_mib} of at most ${max_mib} MiB`, live);
  const info = evidenceOf(context, host, "xl-info");
  if (grows_mib === undefined || (grows_mib > 0 && free_mib === undefined))
    return [bounds, check("memory", "unknown", `how much memory is free on ${host} isn't known`, info)];
  if (grows_mib > (free_mib ?? 0)) return [bounds, check("memory", "fail", `${grows_mib} MiB more, ${free_mib} free on ${host}`, info)];
  return [
    bounds,
    check("memory", "pass", grows_mib > 0 ? `${grows_mib} MiB more, ${free_mib} free on ${host}` : "it gives memory back", info),
  ];
}

function planMemory(context: PlanContext, guest: GuestRow, placement: Placement, wanted_mib: number): Plan | Refusal {
  const { host, domid, state, evidence } = placement;
  const { name, uuid = "", memory_mib } = guest;
  if (wanted_mib === memory_mib) return refuse(`${name} has ${wanted_mib} MiB already`, "say another size");
  const shrinks = memory_mib === undefined || wanted_mib < memory_mib;
  const own = { host, uuid, name };
  return planOf({
    request: { action: "guest memory", args: { guest: uuid, mib: String(wanted_mib) } },
    goal: `give ${name} on ${host} ${wanted_mib} MiB of memory`,
    risk: shrinks ? "disruptive" : "routine",
    ...(shrinks ? { typed: { word: name, what: "the guest's name" } } : {}),
    keys: keysOf(guest, drbdUnder(context, guest)),
    hosts: taking(context, host),
    checks: [
      check("guest", isActive(placement) ? "pass" : "fail", `${name} on ${host}: ${state.text}`, [evidence]),
      answersCheck(context, host),
      ...sizeChecks(context, placement, memory_mib, wanted_mib),
    ],
    steps: [
      step({
        id: "memory",
        title: `set the memory of ${name} to ${wanted_mib} MiB`,
        host,
        argv: ["xl", "mem-set", String(domid), `${wanted_mib}m`],
        before: [{ kind: "guest_runs", ...own, domid }],
        after: [{ kind: "guest_memory", ...own, mib: wanted_mib }],
        undo: memory_mib === undefined ? "set it back" : `xl mem-set ${domid} ${memory_mib}m`,
        risk: shrinks ? "disruptive" : "routine",
        settle_s: SETTLE_S,
      }),
    ],
    notes: ["what its configuration says stays: after its next start it has that again"],
  });
}

export const guestMemory: Action = {
  id: "guest memory",
  title: "set memory",
  description: "Give a running guest more memory or less",
  on: "guest",
  letter: "b",
  risk: "routine",
  marked: false,
  args: [
    GUEST,
    {
      name: "mib",
      optional: false,
      kind: "number",
      unit: "MiB",
      min: LEAST_MIB,
      max: MOST_MIB,
      prompt: "how many MiB",
      choices: (context, given) => {
        const guest = guestNamed(context, given.guest ?? "");
        if ("refused" in guest) return [];
        const placement = onlyPlacement(guest);
        const max_mib = isCheck(placement) ? undefined : mibOf(liveConfig(context, placement)?.max_memory_kib);
        return max_mib === undefined
          ? []
          : [1, 3 / 4, 1 / 2].map((part) => ({ value: String(Math.floor(max_mib * part)), title: `${part * 100} % of its maximum` }));
      },
    },
  ],
  plan: (context, { guest: name = "", mib = "" }) =>
    orRefuse(guestNamed(context, name), (guest) => {
      const placement = onlyPlacement(guest);
      return isCheck(placement)
        ? refuse(placement.text, "only a guest that is there once can be acted on")
        : planMemory(context, guest, placement, Number(mib));
    }),
};
