/**
 * What a plan keeps on its hosts (safety rules S5, S6): its leases and its journal, the same on each. A host is never told a line without those
 * before it: one that was away catches up first, one that was booted anew gets its leases and everything again.
 */
import type { JobAnswer, JobVerb } from "../../xen/host/job-client.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { hostAnswers } from "../freshness.ts";
import type { PairState } from "../state.ts";
import { type Entry, type Line, lineOf, numberOf, parentId } from "./journal.ts";
import { type About, type DrivePorts, type Driver, LOST, Lost, type Outcome } from "./ports.ts";
import { readAnew } from "./read-anew.ts";

/** How often a call whose answer was lost is said again, and after how long. */
const CALL_TRIES = 4;
const CALL_AGAIN_MS = 1_500;
/** Of a host that is told one thing: boots that are put up with. */
const RESTORES_MAX = 2;
const NEXT_HELD = "look at Jobs: it ends by itself, can be taken over, or let go of";

const isSaid = (answer: JobAnswer, word: string): boolean => answer.kind === "said" && answer.word === word;
const whyOf = (answer: JobAnswer): string => (answer.kind === "said" ? `${answer.word} ${answer.rest}`.trim() : answer.reason);

export interface LedgerOf {
  readonly ports: DrivePorts;
  readonly who: Driver;
  readonly goal: string;
  readonly hosts: readonly HostId[];
  readonly keys: readonly string[];
}

export class Ledger {
  readonly #ports: DrivePorts;
  readonly #who: Driver;
  readonly #text: string;
  readonly hosts: readonly HostId[];
  readonly keys: readonly string[];
  readonly #lines: Line[] = [];
  /** How many of its lines each host has. */
  readonly #has = new Map<HostId, number>();
  /** Lines are written one after the other, whoever writes them. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Guards that have been started. */
  readonly guarded = new Set<string>();
  /** A lease was had by an older driver of the same plan, who may have written something before it was taken from him. */
  inherited = false;
  /** What the plan is, where only its journal tells. */
  about: About | undefined;

  constructor({ ports, who, goal, hosts, keys }: LedgerOf) {
    this.#ports = ports;
    this.#who = who;
    this.#text = JSON.stringify({ by: who.operator, goal, at_ms: ports.now_ms() });
    // All consoles take leases in the same order.
    this.hosts = [...hosts].sort();
    this.keys = [...keys].sort();
  }

  /** Some host has a line of it. */
  get told(): boolean {
    return [...this.#has.values()].some((lines) => lines > 0);
  }

  #answers(host: HostId): boolean {
    return hostAnswers(this.#ports.state().hosts.get(host), this.#ports.now_ms());
  }

  async #call(host: HostId, verb: JobVerb, tries: number = CALL_TRIES): Promise<JobAnswer> {
    for (let at = 1; ; at += 1) {
      const answer = await this.#ports.call(host, verb);
      if ((answer.kind === "said" && answer.word !== "again") || at >= tries) return answer;
      await this.#ports.wait(CALL_AGAIN_MS);
    }
  }

  /** undefined: they are ours on every host. */
  async take(): Promise<Outcome | undefined> {
    for (const host of this.hosts)
      for (const key of this.keys) {
        const answer = await this.#takeOrInherit(host, key);
        if (isSaid(answer, "taken")) continue;
        await this.drop();
        // Whoever else has the leases of this very plan has taken it over, or has ended it.
        if (isSaid(answer, "lost") || (isSaid(answer, "held") && whyOf(answer).split(" ")[1] === this.#who.id)) return LOST;
        if (answer.kind === "said" && answer.word === "held")
          return { result: "held", text: `${key} is held on ${host}: ${holderOf(answer.rest)}`, next: NEXT_HELD };
        return { result: "refused", text: `no lease of ${key} on ${host}: ${whyOf(answer)}`, next: "nothing was done; try again" };
      }
    return undefined;
  }

  #take(host: HostId, key: string): Promise<JobAnswer> {
    return this.#call(host, ["take", key, this.#who.id, this.#who.driver, this.#text]);
  }

  async #takeOrInherit(host: HostId, key: string): Promise<JobAnswer> {
    const { id, driver } = this.#who;
    const answer = await this.#take(host, key);
    if (answer.kind !== "said" || answer.word !== "held") return answer;
    const [plan = "", holder = ""] = answer.rest.split(" ");
    // A plan within one that was taken over: its console died before it wrote a line.
    if (plan === id && (await this.#drivesParent())) {
      this.inherited = true;
      return this.#call(host, ["seize", key, id, holder, driver, this.#text]);
    }
    // What is left of a plan that has ended (its host couldn't be told then) is in nobody's way.
    if (!endedPlans(this.#ports.state()).has(plan)) return answer;
    await this.#call(host, ["drop", key, plan, holder], 2);
    return this.#take(host, key);
  }

  /**
   * Whether this is a step of a plan that is this driver's still, on every host that has its leases, by what they tell from now on: else whoever has the
   * leases of this one has taken it over.
   */
  async #drivesParent(): Promise<boolean> {
    const { id, driver } = this.#who;
    const parent = parentId(id);
    if (parent === undefined) return false;
    const { missing } = await readAnew(
      this.#ports,
      this.hosts.map((host) => ({ host, readings: ["xenha"] })),
    );
    const drivers = [...leasesOf(this.#ports.state(), parent).values()];
    return missing.length < this.hosts.length && drivers.length > 0 && drivers.every((one) => one === driver);
  }

  /** Takes the leases of an older driver of the same plan, on every host. older: `HOST KEY` -> who has it. */
  async seize(older: ReadonlyMap<string, string>): Promise<Outcome | undefined> {
    const { id, driver } = this.#who;
    for (const host of this.hosts)
      for (const key of this.keys) {
        const from = older.get(`${host} ${key}`);
        const seized = from === undefined ? undefined : await this.#call(host, ["seize", key, id, from, driver, this.#text]);
        const answer = seized === undefined || isSaid(seized, "gone") ? await this.#take(host, key) : seized;
        if (isSaid(answer, "taken")) continue;
        const why = answer.kind === "said" ? holderOf(answer.rest) : answer.reason;
        return { result: "held", text: `${key} on ${host} can't be taken over: ${why}`, next: "look at Jobs again" };
      }
    return undefined;
  }

  async #dropOn(host: HostId): Promise<void> {
    const { id, driver } = this.#who;
    await Promise.all(this.keys.map((key) => this.#call(host, ["drop", key, id, driver], 2)));
  }

  async drop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => this.#dropOn(host)));
  }

  /** What each host has of the plan's journal; undefined: it doesn't tell. */
  async fetch(): Promise<readonly { readonly host: HostId; readonly lines: readonly Line[] | undefined }[]> {
    return Promise.all(this.hosts.map(async (host) => ({ host, lines: linesTold(await this.#call(host, ["journal", this.#who.id])) })));
  }

  /** Goes on from what there is: all its lines, and those that each host has. */
  continues(lines: readonly Line[], told: readonly { readonly host: HostId; readonly lines: readonly Line[] }[]): void {
    this.#lines.push(...lines);
    for (const { host, lines: own } of told) {
      const numbers = new Set(own.map(({ seq }) => numberOf(seq)));
      let has = 0;
      while (numbers.has(has)) has += 1;
      this.#has.set(host, has);
    }
  }

  /** On the operator's machine first, then on every host that answers; false where it isn't on all of those, or not on one that must have it. */
  write(entries: readonly Entry[], must: readonly HostId[] = []): Promise<boolean> {
    const mine = this.#turn.then(() => this.#write(entries, must));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #write(entries: readonly Entry[], must: readonly HostId[]): Promise<boolean> {
    for (const entry of entries) {
      const line = lineOf(entry, this.#lines.length);
      if (!(await this.#ports.record(entry, line, this.about))) return false;
      this.#lines.push(line);
    }
    const done = await Promise.all(this.hosts.map((host) => this.#deliver(host, must.includes(host))));
    return done.every(Boolean);
  }

  /** A host that doesn't answer, and needn't have it, is told when it does. */
  async #deliver(host: HostId, must: boolean): Promise<boolean> {
    const { id, driver } = this.#who;
    let restores = 0;
    for (;;) {
      const at = this.#has.get(host) ?? 0;
      const line = this.#lines[at];
      if (line === undefined) return true;
      if (!must && !this.#answers(host)) return true;
      const answer = await this.#call(host, ["note", id, driver, line.seq, line.text, ...this.keys], must ? CALL_TRIES : 2);
      if (answer.kind === "unknown") return !must && !this.#answers(host);
      if (answer.word === "noted") this.#has.set(host, at + 1);
      else if (answer.word === "gap" || answer.word === "unleased") {
        restores += 1;
        if (restores > RESTORES_MAX || !(await this.#restore(host))) return false;
      } else if (answer.word === "lost" || answer.word === "ended" || answer.word === "conflict") throw new Lost(whyOf(answer));
      else return false;
    }
  }

  /** A host that was booted anew has lost everything of ours. */
  async #restore(host: HostId): Promise<boolean> {
    this.#has.set(host, 0);
    // Where one was booted anew, the other may have been: it is told its last line once more, and says so.
    for (const other of this.hosts) if (other !== host) this.#has.set(other, Math.max(0, (this.#has.get(other) ?? 0) - 1));
    for (const key of this.keys) {
      const answer = await this.#take(host, key);
      if (isSaid(answer, "held")) throw new Lost(`${key} on ${host}: ${whyOf(answer)}`);
      if (!isSaid(answer, "taken")) return false;
    }
    return true;
  }

  /** A verb that this driver must have the leases for; a host that was booted anew gets them first. */
  async say(host: HostId, verb: JobVerb, input?: string): Promise<JobAnswer> {
    for (let restores = 0; ; restores += 1) {
      const answer = await this.#ports.call(host, verb, input);
      if (isSaid(answer, "lost")) throw new Lost(whyOf(answer));
      if (!isSaid(answer, "unleased") || restores >= RESTORES_MAX) return answer;
      if (!(await this.#restore(host)) || !(await this.write([], [host]))) return answer;
    }
  }

  /** Ends the journal and lets go, on every host that can be told. */
  async end(entry: Entry): Promise<void> {
    await this.#turn;
    const { id, driver } = this.#who;
    const line = { ...lineOf(entry, this.#lines.length), seq: "end" };
    await this.#ports.record(entry, line, this.about);
    await Promise.all(
      this.hosts.map(async (host) => {
        // A lease that stays where the end couldn't be told says that there is something to tidy up.
        const answer = await this.#call(host, ["end", id, driver, line.text, ...this.keys]);
        if (answer.kind === "said") await this.#dropOn(host);
      }),
    );
  }
}

/** `SEQ JSON` on a line each, and at last that it is all; undefined: it isn't. */
export function linesTold(answer: JobAnswer): readonly Line[] | undefined {
  if (answer.kind !== "said") return undefined;
  if (answer.word === "gone") return [];
  const lines = answer.rest.split("\n").slice(1);
  if (answer.word !== "journal" || lines.at(-1) !== "XHJ1 whole") return undefined;
  return lines.slice(0, -1).map((line) => {
    const at = line.indexOf(" ");
    return { seq: line.slice(0, at), text: line.slice(at + 1) };
  });
}

/** Plans that some host tells the end of. */
const endedPlans = (state: PairState): ReadonlySet<string> =>
  new Set(
    [...state.hosts.values()].flatMap(({ facts: { xenha } }) =>
      xenha.state === "known" ? xenha.value.journal.flatMap(({ plan, seq }) => (seq === "end" ? [plan] : [])) : [],
    ),
  );

/** The leases of a plan as they are told, `HOST KEY` -> driver. */
export const leasesOf = (state: PairState, id: string): ReadonlyMap<string, string> =>
  new Map(
    [...state.hosts].flatMap(([host, { facts }]) => {
      const leases = facts.xenha.state === "known" ? facts.xenha.value.leases : [];
      return leases.filter(({ plan }) => plan === id).map(({ key, driver }) => [`${host} ${key}`, driver] as const);
    }),
  );

/** `PLAN DRIVER {"by":...}` as one phrase. */
export function holderOf(lease: string): string {
  const [plan = "", , ...rest] = lease.split(" ");
  try {
    const told = JSON.parse(rest.join(" ")) as { readonly by?: unknown; readonly goal?: unknown };
    return `${String(told.by ?? "?")}, ${String(told.goal ?? plan)} (${plan})`;
  } catch {
    return plan;
  }
}
