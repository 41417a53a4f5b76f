/** Processors and Xen of both hosts: a cold start works on any that runs this kind of guest, a live move asks for more (2-domain, preflight 4 and 5). */
import type { XenInfo } from "../../xen/model/xen.ts";
import { missingFeatures } from "../select/hardware.ts";
import { perFacts } from "../select/memo.ts";
import type { Side } from "../select/sides.ts";
import { check, coldOnly, type Fact, onBoth, startConfig } from "./check.ts";
import { type Judgement, judged } from "./judgement.ts";

const XEN = onBoth("xl-info");
const HOST = onBoth("host");

const xenOf = (side: Side): XenInfo | undefined => side.known("xl-info");

/** The same for all guests. */
const lackingOn = perFacts((side: Side) =>
  side.cells.gates((needed: string): number | undefined => {
    const offered = xenOf(side)?.hw_caps;
    return offered === undefined ? undefined : missingFeatures({ needed, offered });
  }),
);
/** What it is told with, its load, is another at every look. */
const modelOf = perFacts((side: Side) => side.cells.gate(() => side.known("host")?.cpu_model));

export const hardware: Fact = (input) => {
  const { here, there } = input;
  const found = hardwareJudged(here, there, startConfig(input)?.type);
  return check("hardware", found, XEN, coldOnly(found, XEN, input));
};

function hardwareJudged(here: Side, there: Side, type: string | undefined): Judgement {
  const [own, other] = [xenOf(here), xenOf(there)];
  if (own === undefined || here.fresh("xl-info") === undefined) return judged("unknown", `${here.id}: Xen not known now`);
  if ((type === "hvm" || type === "pvh") && own.xen_caps.length > 0 && !own.xen_caps.some((cap) => cap.startsWith("hvm-")))
    return judged("fail", `${here.id} can't run ${type} guests`);
  if (type === "pv" && own.xen_caps.length > 0 && !own.xen_caps.some((cap) => cap.startsWith("xen-")))
    return judged("fail", `${here.id} can't run PV guests`);
  const lacking = other?.hw_caps === undefined ? undefined : lackingOn(here)(other.hw_caps);
  if (lacking === undefined) return judged("warn", `CPU features not compared with ${there.id}: no live move`);
  if (lacking > 0) return judged("warn", `${here.id} lacks ${lacking} CPU features of ${there.id}: no live move`);
  return judged("pass", "CPU features suffice");
}

/** Live streams go to the same or the next version (ganeti); a restart works on any. */
export const version: Fact = (input) => {
  const { here, there } = input;
  const [own, other] = [xenOf(here), xenOf(there)];
  const found = ((): Judgement => {
    if (own?.xen_minor === undefined || other?.xen_minor === undefined) return judged("warn", "Xen versions not compared: no live move");
    const step = own.xen_minor - other.xen_minor;
    return own.xen_major === other.xen_major && (step === 0 || step === 1)
      ? judged("pass", `Xen ${own.xen_version ?? ""}`.trimEnd())
      : judged("warn", `Xen ${own.xen_version} on ${here.id}, ${other.xen_version} on ${there.id}: no live move`);
  })();
  return check("version", found, XEN, coldOnly(found, XEN, input));
};

/** What Xen there must be able to do, and whether there is a way back. */
export const abilities: Fact = (input) => {
  const { here, there } = input;
  const [own, other] = [here.fresh("xl-info"), there.fresh("xl-info")];
  if (own === undefined || other === undefined) {
    const found = judged("warn", `what Xen can do isn't compared with ${there.id}: no live move`);
    const move = coldOnly(found, XEN, input);
    return check("xen", found, XEN, move === undefined ? undefined : { ...move, result: "unknown", text: "both hosts' Xen isn't known" });
  }
  const lacking = other.xen_caps.filter((cap) => !own.xen_caps.includes(cap));
  if (lacking.length > 0) {
    const found = judged("warn", `Xen on ${here.id} lacks ${lacking.join(", ")}: no live move`);
    return check("xen", found, XEN, coldOnly(found, XEN, input));
  }
  return own.xen_minor !== other.xen_minor || own.xen_major !== other.xen_major
    ? check("xen", judged("warn", `Xen ${own.xen_version ?? "?"} on ${here.id}: no way back to ${there.id} alive`), XEN)
    : check("xen", judged("pass", "Xen's abilities are the same"), XEN);
};

/** `Intel`, `AMD`: as the model's name begins, or has it. */
const vendorOf = (model: string): string =>
  /\b(Intel|AMD|EPYC|Xeon|Opteron|Ryzen)\b/i.exec(model)?.[1]?.toLowerCase() ?? model.toLowerCase();
const makers: Readonly<Record<string, string>> = { xeon: "intel", epyc: "amd", opteron: "amd", ryzen: "amd" };
const maker = (model: string): string => makers[vendorOf(model)] ?? vendorOf(model);

export const processor: Fact = (input) => {
  const { here, there } = input;
  const [own, other] = [modelOf(here)(), modelOf(there)()];
  if (own === undefined || other === undefined) return check("processor", judged("warn", "the processors' models aren't known"), HOST);
  if (own === other) return check("processor", judged("pass", `both ${own}`), HOST);
  const text = `${own} on ${here.id}, ${other} on ${there.id}`;
  if (maker(own) === maker(other)) return check("processor", judged("warn", text), HOST);
  const found = judged("warn", `${text}: another maker's, no live move`);
  return check("processor", found, HOST, coldOnly(found, HOST, input));
};
