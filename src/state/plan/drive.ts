/**
 * Runs a plan (safety rules S2-S6): leases, checks again on newer facts, then each step in turn (run-step.ts). It decides nothing by exit status and
 * does nothing twice; where it can't know, it says so and stops with everything left as it is.
 */
import { hostAnswers } from "../freshness.ts";
import { type Adopting, adoptPlan, begunMeanwhile } from "./adopt.ts";
import { bodyOf, checkedOf, type Entry, headerOf, unwritable } from "./journal.ts";
import { type Journal, journalsOf } from "./journals.ts";
import { leasesOf } from "./ledger.ts";
import { fingerprint, isRefusal, obstacles, type Plan, type PlanCheck, type PlanRequest, type Refusal, unsound } from "./plan.ts";
import { type DrivePorts, type Driver, NEXT_NOTHING, NEXT_UNKNOWN, type Outcome, type Progress, refusedWith } from "./ports.ts";
import { CHECK_ROUNDS_MAX, missingText, readAnew } from "./read-anew.ts";
import { fromStart, guarded, type RunChild, runOf, runSteps } from "./run.ts";

export { letGo } from "./adopt.ts";
export { holderOf, leasesOf } from "./ledger.ts";
export type { DrivePorts, Driver, Outcome, Progress } from "./ports.ts";
export { READ_LIMIT_MS } from "./read-anew.ts";
export { TOGETHER_MAX } from "./run.ts";
export { UNKNOWN_AFTER_MS } from "./run-step.ts";

/** A plan that another console began. older: `HOST KEY` -> the driver that holds the lease there. */
export const adopt = (known: Journal, older: ReadonlyMap<string, string>, who: Driver, ports: DrivePorts): Promise<Outcome> =>
  adoptPlan({ known, older, who, ports } satisfies Adopting, runChild);

/** Goes on with the plan of that name where an older console began it, else makes it on the facts of now. */
const runChild: RunChild = async (request, who, hosts, portsFor) => {
  const ports = portsFor(undefined);
  const { missing } = await readAnew(
    ports,
    hosts.map((host) => ({ host, readings: ["xenha"] })),
  );
  const state = ports.state();
  // A host that answers and doesn't tell may have more of it.
  if (missing.some(({ host }) => hostAnswers(state.hosts.get(host), ports.now_ms())))
    return refusedWith(`whether it was begun isn't known: ${missingText(missing)} not told`);
  const told = [...state.hosts].flatMap(([host, { facts }]) => (facts.xenha.state === "known" ? [{ host, facts: facts.xenha.value }] : []));
  // One that has leases and nothing else is begun now.
  const begun = journalsOf(told).find(({ id, lines, end }) => id === who.id && (lines.length > 0 || end !== undefined));
  if (begun !== undefined) return adopt(begun, leasesOf(state, who.id), who, ports);
  await ports.prepare(request);
  const plan = await plannedNow(request, ports);
  if (isRefusal(plan)) return refusedWith(plan.refused);
  const [worst] = obstacles(plan);
  return worst === undefined ? drive(plan, who, portsFor(plan)) : refusedWith(worst.text);
};

/** Where something stands against it, judged once more on facts that are newer than now: what it relies on may be old by now. */
async function plannedNow(request: PlanRequest, ports: DrivePorts): Promise<Plan | Refusal> {
  const plan = ports.plan(request);
  if (isRefusal(plan) || obstacles(plan).length === 0) return plan;
  await readAnew(ports, plan.relies_on);
  return ports.plan(request);
}

/** What was confirmed, run from its beginning. */
export async function drive(plan: Plan, who: Driver, ports: DrivePorts): Promise<Outcome> {
  const wrong = unsound(plan) ?? unwritable(plan);
  if (wrong !== undefined) return refusedWith(wrong);
  const run = runOf(ports, who, plan, runChild);
  const tell = (phase: Progress["phase"], text: string): void => ports.tell({ phase, step: undefined, text });
  tell("leases", "");
  const held = await run.ledger.take();
  if (held !== undefined) return held;
  const begun = await begunMeanwhile(who.id, run);
  if (typeof begun === "string") return { result: "unknown", text: begun, next: NEXT_UNKNOWN };
  if (begun !== undefined) return adopt(begun, new Map(), who, ports);
  tell("checks", "reading the hosts again");
  const checked = await checkAgain(plan, ports);
  if ("result" in checked) {
    await run.ledger.drop();
    return checked;
  }
  return guarded(run, async () => {
    const { id, operator, reason } = who;
    const at_ms = ports.now_ms();
    const begin: readonly Entry[] = [headerOf(plan, { id, operator, reason, at_ms }), ...bodyOf(plan), ...checkedOf(checked.checks, at_ms)];
    if (!(await run.ledger.write(begin, plan.hosts)))
      return { result: "stopped", text: "the journal couldn't be written to every host that answers", next: NEXT_NOTHING };
    return runSteps(run, plan, fromStart);
  });
}

/** Safety rule S3: on what is read after the confirmation, and it must be the same plan. What was found, or why not. */
async function checkAgain(plan: Plan, ports: DrivePorts): Promise<Outcome | { readonly checks: readonly PlanCheck[] }> {
  const tried = await Promise.all(plan.trials.map((trial) => tryOut(trial, ports)));
  const bad = tried.find(({ result }) => result !== "pass");
  if (bad !== undefined) return refusedWith(bad.text);
  let relies_on = plan.relies_on;
  for (let round = 1; round <= CHECK_ROUNDS_MAX; round += 1) {
    const { missing } = await readAnew(ports, relies_on);
    if (missing.length > 0) return refusedWith(`not everything that the checks rely on could be read again: ${missingText(missing)}`);
    if (round === 1) await ports.prepare(plan.request);
    const again = ports.plan(plan.request);
    if (isRefusal(again)) return refusedWith(again.refused);
    const [worst] = obstacles(again);
    if (worst !== undefined) return refusedWith(worst.text);
    if (fingerprint(again) !== fingerprint(plan)) return refusedWith("what would be done now isn't what was confirmed");
    if (isWithin(again.relies_on, relies_on)) return { checks: [...again.checks, ...tried] };
    // What it goes by now wasn't read again yet.
    relies_on = again.relies_on;
  }
  return refusedWith("what the checks rely on changes faster than it can be read");
}

const isWithin = (some: Plan["relies_on"], all: Plan["relies_on"]): boolean =>
  some.every(({ host, readings }) => {
    const read = all.flatMap((each) => (each.host === host ? each.readings : []));
    return readings.every((id) => read.includes(id));
  });

async function tryOut({ host, text, argv, stdout: wanted }: Plan["trials"][number], ports: DrivePorts): Promise<PlanCheck> {
  const { code, stdout, said } = await ports.run(host, argv);
  const passed = code === 0 && new RegExp(wanted).test(stdout);
  const how = code === undefined ? "no answer" : code === 0 ? "it said something else" : `exit ${code}`;
  return {
    id: "trial",
    result: passed ? "pass" : "fail",
    text: passed ? text : `${text}: ${how}${said === "" ? "" : `: ${said}`}`,
    evidence: [],
    asked: [{ host, command: argv.join(" "), at_ms: ports.now_ms() }],
  };
}
