/** Plans that another console began: taken over, from what the journal and the hosts tell; or let go of, where nobody can find out how they ended. */
import type { HostId } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import { hostAnswers } from "../freshness.ts";
import { goalOf } from "./account.ts";
import { type Entry, JOURNAL_VERSION, parentId } from "./journal.ts";
import { type Journal, journalOf, journalsOf } from "./journals.ts";
import { Ledger, leasesOf } from "./ledger.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { type DrivePorts, type Driver, LOST, Lost, NEXT_NOTHING, NEXT_UNKNOWN, type Outcome, refusedWith } from "./ports.ts";
import { missingText, readAnew } from "./read-anew.ts";
import { batches, guarded, type Run, type RunChild, runOf, runSteps, type Where } from "./run.ts";
import { runStep } from "./run-step.ts";

/**
 * Who has the leases, also on hosts that hadn't told when it was decided to take over: the same driver as elsewhere, whom the operator was shown.
 * Another one has come since, and is left alone.
 */
async function holders(
  shown: ReadonlyMap<string, string>,
  hosts: readonly HostId[],
  { id }: Driver,
  ports: DrivePorts,
): Promise<ReadonlyMap<string, string>> {
  await readAnew(
    ports,
    hosts.map((host) => ({ host, readings: ["xenha"] })),
  );
  const drivers = new Set(shown.values());
  const now = [...leasesOf(ports.state(), id)].filter(
    ([place, driver]) => !shown.has(place) && (drivers.size === 0 || drivers.has(driver)),
  );
  return new Map([...shown, ...now]);
}

/** Where the journal is kept that is no host's. */
const HERE = "this machine" as HostId;

/** Everything that is known of a plan's journal; a text: why it can't be had. */
async function wholeJournal(id: string, { ports, ledger }: Pick<Run, "ports" | "ledger">): Promise<Journal | string> {
  const told = await ledger.fetch();
  const silent = told.find(({ lines }) => lines === undefined);
  if (silent !== undefined) return `${silent.host} doesn't tell its journal`;
  const hosts = told.flatMap(({ host, lines = [] }) => (lines.length === 0 ? [] : [{ host, lines }]));
  // What this machine has counts where the hosts have lost it, or weren't told any more.
  const known = Math.max(0, ...hosts.map(({ lines }) => lines.filter(({ seq }) => seq !== "end").length));
  const own = (await ports.recall()).filter(({ seq }) => (seq === "end" ? hosts.length === 0 : Number(seq.slice(0, 6)) >= known));
  const journal = journalOf(id, own.length === 0 ? hosts : [...hosts, { host: HERE, lines: own }]);
  ledger.continues(journal.lines, hosts);
  return journal;
}

/** What an older driver wrote of a plan before its leases were ours; undefined: nothing. A text: that can't be known. */
export async function begunMeanwhile(id: string, run: Pick<Run, "ledger">): Promise<Journal | string | undefined> {
  if (!run.ledger.inherited) return undefined;
  const told = await run.ledger.fetch();
  const silent = told.find(({ lines }) => lines === undefined);
  if (silent !== undefined) return `${silent.host} doesn't tell its journal`;
  const hosts = told.flatMap(({ host, lines = [] }) => (lines.length === 0 ? [] : [{ host, lines }]));
  return hosts.length === 0 ? undefined : journalOf(id, hosts);
}

export interface Adopting {
  /** As the hosts tell it, or as this machine has it. */
  readonly known: Journal;
  /** `HOST KEY` -> the driver that holds the lease there. */
  readonly older: ReadonlyMap<string, string>;
  readonly who: Driver;
  readonly ports: DrivePorts;
}

/** A plan that another console began, from what its journal and the hosts tell. */
export async function adoptPlan({ known, older, who, ports }: Adopting, runChild: RunChild): Promise<Outcome> {
  const hands_off = (text: string): Outcome => ({
    result: "unknown",
    text,
    next: "hands off: settle it by hand on the hosts, then let go of it",
  });
  if (known.header === undefined && known.lines.length > 0) return hands_off("its journal has no beginning");
  if (known.header === undefined) return neverBegun({ known, older, who, ports }, runChild);
  const { goal, keys, hosts } = known.header;
  const run = runOf(ports, who, { goal, keys, hosts: hosts as readonly HostId[] }, runChild);
  const held = await run.ledger.seize(await holders(older, run.ledger.hosts, who, ports));
  if (held !== undefined) return held;
  return guarded(run, async () => {
    // From here on nobody else writes it.
    const journal = await wholeJournal(who.id, run);
    if (typeof journal === "string") return { result: "unknown", text: journal, next: NEXT_UNKNOWN };
    if (journal.doubt.length > 0) return hands_off(`its journal can't be relied on: ${journal.doubt[0]}`);
    const { body, end } = journal;
    if (end !== undefined) return endEverywhere(run, end);
    if (body !== undefined) run.ledger.about = { goal, steps: body.steps };
    const { driver, operator, reason: why } = who;
    const own = new Set((await ports.recall()).map(({ seq }) => seq));
    const kept = await ports.remember(journal.lines.filter(({ seq }) => !own.has(seq)));
    if (!kept || !(await run.ledger.write([{ kind: "taken_over", driver, operator, at_ms: ports.now_ms(), why }])))
      return { result: "unknown", text: "that it was taken over couldn't be written down", next: NEXT_UNKNOWN };
    // Without its steps nothing can have been started.
    if (body === undefined) return { result: "stopped", text: "it was never begun", next: NEXT_NOTHING };
    return goOn(run, body, journal.entries);
  });
}

/** A journal for what has none: a console that comes back to it after its leases were let go would begin it else. */
function lastWords(
  { held, id }: Journal,
  { ports, who, ledger }: Pick<Run, "ports" | "who" | "ledger">,
  hosts: readonly HostId[],
): readonly Entry[] {
  const at_ms = ports.now_ms();
  const { driver, operator, reason: why } = who;
  const about = {
    id,
    goal: goalOf({ id, header: undefined, held }),
    operator: held?.operator ?? "",
    reason: "",
    at_ms: held?.at_ms ?? at_ms,
  };
  return [
    { kind: "header", v: JOURNAL_VERSION, ...about, action: "", keys: ledger.keys, hosts, steps: [] },
    { kind: "taken_over", driver, operator, at_ms, why },
  ];
}

/** By the newest facts: the plan that this one is a step of, where the hosts tell no end of it. */
function openParent(id: string, ports: DrivePorts): string | undefined {
  const parent = parentId(id);
  const told = [...ports.state().hosts].flatMap(([host, { facts }]) => {
    const value = newest(facts.xenha);
    return value === undefined ? [] : [{ host, facts: value }];
  });
  const found = journalsOf(told).find((journal) => journal.id === parent);
  return found === undefined || found.end !== undefined ? undefined : goalOf(found);
}

/** It has leases and no line: its console died before it wrote one. Where every host says so, they are let go; nothing was begun without a line. */
async function neverBegun({ known, older, who, ports }: Adopting, runChild: RunChild): Promise<Outcome> {
  const hosts = [...ports.state().hosts.keys()];
  const silent = hosts.filter((host) => !hostAnswers(ports.state().hosts.get(host), ports.now_ms()));
  const untold = (why: string): Outcome => ({ result: "unknown", text: `whether it was begun isn't known: ${why}`, next: NEXT_UNKNOWN });
  if (silent.length > 0) return untold(`${silent.join(" and ")} doesn't answer`);
  const now = await holders(older, hosts, who, ports);
  const outer = openParent(known.id, ports);
  if (outer !== undefined) return refusedWith(`it is a step of ${outer}: take that over, which goes on with this one`);
  const running = await runningJob(known.id, hosts, ports);
  if (running !== undefined) return untold(running);
  const keys = [...new Set([...now.keys()].map((place) => place.split(" ")[1] ?? ""))];
  if (keys.length === 0) return refusedWith("it holds no lease any more");
  const run = runOf(ports, who, { goal: goalOf(known), keys, hosts }, runChild);
  const held = await run.ledger.seize(now);
  if (held !== undefined) return held;
  return guarded(run, async () => {
    const journal = await wholeJournal(who.id, run);
    if (typeof journal === "string") return untold(journal);
    // That is another thing than what was confirmed. Nobody else can go on with it: its leases are ours.
    if (journal.lines.length > 0 || journal.end !== undefined)
      return {
        result: "unknown",
        text: "it was begun in the meantime",
        next: "look at it in Jobs again: it can be taken over as it stands now",
      };
    if (!(await run.ledger.write(lastWords(known, run, hosts), hosts))) return untold("that it was taken over couldn't be written down");
    return { result: "stopped", text: "it was never begun", next: NEXT_NOTHING };
  });
}

/** Over already, but not on a host that couldn't be told then. */
async function endEverywhere({ ledger }: Run, end: Extract<Entry, { readonly kind: "end" }>): Promise<Outcome> {
  await ledger.end(end);
  const next = end.result === "unknown" ? "look at what there is on both hosts before the next plan" : "";
  return { result: end.result, text: end.text, next, closed: true };
}

function goOn(run: Run, body: Pick<Plan, "steps" | "next">, entries: readonly Entry[]): Promise<Outcome> {
  const outcomes = new Map(entries.flatMap((entry) => (entry.kind === "outcome" ? [[entry.step, entry] as const] : [])));
  for (const entry of entries) if (entry.kind === "guard") run.ledger.guarded.add(entry.guard);
  const intents = entries.flatMap((entry) => (entry.kind === "intent" ? [entry.step] : []));
  const begun = new Set(intents.filter((step) => (outcomes.get(step)?.result ?? "unknown") === "unknown"));
  const from = begun.size > 0 ? Math.min(...begun) : Math.max(-1, ...intents) + 1;
  // What isn't known to be done wasn't, if something after it was begun or its outcome is told: then only what closes is left to do.
  const fine = (step: PlanStep, index: number): boolean =>
    outcomes.get(index)?.result === "done" || step.always || (step.go_on === true && outcomes.has(index));
  const over = (index: number): boolean => !begun.has(index) && (index < from || outcomes.has(index));
  const bad = body.steps.findIndex((step, index) => over(index) && !fine(step, index));
  const settled = new Set(body.steps.flatMap((_, index) => (outcomes.has(index) && !begun.has(index) ? [index] : [])));
  const where = { from, begun, settled };
  return bad < 0 ? runSteps(run, body, where) : afterFailure(run, body.steps, where, { bad, text: outcomes.get(bad)?.text ?? "not run" });
}

/** What closes, of a plan that had failed when its console died. bad: the step that failed. */
async function afterFailure(
  run: Run,
  steps: readonly PlanStep[],
  where: Where,
  { bad, text }: { readonly bad: number; readonly text: string },
): Promise<Outcome> {
  for (const one of batches(steps, where).flat()) {
    const { step, begun } = one;
    if (!step.always && !begun) continue;
    const what = await runStep(run, one);
    if (what.result === "unknown") return { result: "unknown", text: `${step.title}: ${what.text}`, next: NEXT_UNKNOWN };
  }
  return { result: "failed", text: `${steps[bad]?.title ?? ""}: ${text}`, next: "look at what there is before the next plan" };
}

/**
 * Ends a plan whose outcome nobody can find out: its leases are let go on every host that answers, and its journal says by whom and why. Nothing else
 * is done. Refused while a host that answers tells of a job of it that runs.
 */
export async function letGo({ known, older, who, ports }: Adopting): Promise<Outcome> {
  const state = ports.state();
  const answering = [...state.hosts.keys()].filter((host) => hostAnswers(state.hosts.get(host), ports.now_ms()));
  const having = answering.filter((host) => known.hosts.includes(host) || [...older.keys()].some((place) => place.startsWith(`${host} `)));
  if (having.length === 0) return refusedWith("no host that answers has anything of it");
  // A console that is still taking its leases comes to the other host next: that one must know as well that it is over.
  const hosts = known.lines.length === 0 ? answering : having;
  const running = await runningJob(who.id, answering, ports);
  if (running !== undefined) return refusedWith(running);
  const keys = known.header?.keys ?? [...new Set([...older.keys()].map((place) => place.split(" ")[1] ?? ""))];
  const goal = goalOf(known);
  const ledger = new Ledger({ ports, who, goal, hosts, keys });
  const held = await ledger.seize(older);
  if (held !== undefined) return held;
  const journal = await wholeJournal(who.id, { ports, ledger });
  if (typeof journal === "string") return { result: "unknown", text: journal, next: NEXT_UNKNOWN };
  const said = `let go of by ${who.operator}${who.reason === "" ? "" : ` (${who.reason})`}: ${openText(journal)}`;
  if (journal.body !== undefined) ledger.about = { goal, steps: journal.body.steps };
  try {
    const words = journal.lines.length === 0 && journal.end === undefined ? lastWords(known, { ports, who, ledger }, hosts) : [];
    if (!(await ledger.write(words, hosts)))
      return { result: "unknown", text: "that it was let go of couldn't be written down", next: NEXT_UNKNOWN };
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    return LOST;
  }
  await ledger.end({ kind: "end", result: journal.end?.result ?? "unknown", text: journal.end?.text ?? said, at_ms: ports.now_ms() });
  return { result: "stopped", text: said, next: "look at what there is on both hosts before the next plan" };
}

/** Why it isn't certain that no job of it runs on these hosts; undefined: none does. */
async function runningJob(id: string, hosts: readonly HostId[], ports: DrivePorts): Promise<string | undefined> {
  const { missing } = await readAnew(
    ports,
    hosts.map((host) => ({ host, readings: ["xenha"] })),
  );
  if (missing.length > 0) return `whether a job of it runs isn't known: ${missingText(missing)} not told`;
  for (const host of hosts) {
    const xenha = ports.state().hosts.get(host)?.facts.xenha;
    if (xenha?.state !== "known") return `whether a job of it runs on ${host} isn't known`;
    const job = xenha.value.jobs.find(({ plan, state }) => plan === id && (state === "running" || state === "made"));
    if (job !== undefined) return `its job ${job.step} runs on ${host}: it can be taken over`;
  }
  return undefined;
}

/** What isn't known of a plan that nobody goes on with. */
function openText({ header, entries }: Journal): string {
  const last = new Map<number, Entry>();
  for (const entry of entries) if ("step" in entry) last.set(entry.step, entry);
  const open = [...last].filter(([, entry]) => entry.kind === "intent" || (entry.kind === "outcome" && entry.result === "unknown"));
  const titles = open.map(([step]) => `step ${step + 1}: ${header?.steps[step] ?? "?"}`);
  return titles.length === 0 ? "no step of it was open" : `not known how it ended: ${titles.join("; ")}`;
}
