/** Facts that are newer than now: every reading asked for again, and what they say of a step, both hosts at one moment as far as that can be had. */
import type { HostId } from "../../xen/model/ids.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import { hostAnswers, hungSince } from "../freshness.ts";
import { type Expectation, judgeAll, lookOf, readingOf, type Verdict } from "./expect.ts";
import { type Look, type Looked, lookKey } from "./look.ts";
import type { DrivePorts } from "./ports.ts";
import { unsure } from "./verdict.ts";

/** How long readings that were asked for are waited for. */
export const READ_LIMIT_MS = 45_000;
/** The same of a host that answers, is only slow, and hangs at none of them. */
export const SLOW_LIMIT_MS = 120_000;
/** Rounds of checking again where a newer plan goes by readings that the one before it didn't. */
export const CHECK_ROUNDS_MAX = 3;
const LOOK_MS = 250;
/** Both hosts' answers come within this time of each other, else they are asked again. */
export const TOGETHER_MS = 10_000;

export interface Asking {
  readonly host: HostId;
  readonly readings: readonly ReadingId[];
}

const unite = (wanted: readonly Asking[]): readonly Asking[] => {
  const hosts = new Map<HostId, Set<ReadingId>>();
  for (const { host, readings } of wanted) hosts.set(host, new Set([...(hosts.get(host) ?? []), ...readings]));
  return [...hosts].map(([host, readings]) => ({ host, readings: [...readings] }));
};

export interface Read {
  readonly since_ms: number;
  /** What hasn't come in time. */
  readonly missing: readonly Asking[];
  /** From asking to the last answer. */
  readonly took_ms: number;
}

/**
 * Asks, and waits until every reading has come that began after now, or for so long; for what a silent host or a hung reading would tell READ_LIMIT_MS at
 * most. An overloaded dom0 that is asked for much beats late: it is waited for as well, so that nobody who has just told everything is taken for silent.
 */
export async function readAnew(ports: DrivePorts, wanted: readonly Asking[], limit_ms: number = SLOW_LIMIT_MS): Promise<Read> {
  // Stamps are whole: what began in this very millisecond counts.
  const since_ms = Math.floor(ports.now_ms());
  const open = unite(wanted);
  for (const { host, readings } of open) ports.ask(host, readings);
  const isMissing = (host: HostId, id: ReadingId): boolean => {
    const known = ports.state().hosts.get(host)?.facts[id];
    if (known === undefined || known.state === "unknown") return true;
    // What failed or is absent has been answered as well.
    return known.state === "known" ? (known.asked_ms ?? 0) < since_ms : known.at_ms < since_ms;
  };
  let took_ms: number | undefined;
  for (;;) {
    const missing = open.flatMap(({ host, readings }) => {
      const left = readings.filter((id) => isMissing(host, id));
      return left.length === 0 ? [] : [{ host, readings: left }];
    });
    const passed_ms = ports.now_ms() - since_ms;
    if (missing.length === 0) took_ms ??= passed_ms;
    const heard = missing.length === 0 && open.every(({ host }) => hostAnswers(ports.state().hosts.get(host), ports.now_ms()));
    const waits_ms = missing.length > 0 && missing.every((each) => isSlow(ports, each)) ? limit_ms : Math.min(limit_ms, READ_LIMIT_MS);
    if (heard || passed_ms >= waits_ms) return { since_ms, missing, took_ms: took_ms ?? passed_ms };
    await ports.wait(LOOK_MS);
  }
}

function isSlow(ports: DrivePorts, { host, readings }: Asking): boolean {
  const told = ports.state().hosts.get(host);
  const now_ms = ports.now_ms();
  return told !== undefined && hostAnswers(told, now_ms) && readings.every((id) => hungSince(told, id, now_ms) === undefined);
}

export const missingText = (missing: readonly Asking[]): string =>
  missing.map(({ host, readings }) => `${readings.join(", ")} of ${host}`).join("; ");

/** What no reading tells. */
async function lookedAnew(ports: DrivePorts, expected: readonly Expectation[]): Promise<ReadonlyMap<string, Looked>> {
  const looks = new Map<string, Look>(expected.flatMap((each) => lookOf(each) ?? []).map((look) => [lookKey(look), look]));
  return new Map(await Promise.all([...looks].map(async ([key, look]) => [key, await ports.look(look)] as const)));
}

const asking = (expected: readonly Expectation[]): readonly Asking[] =>
  expected.flatMap((each) => {
    const reading = readingOf(each);
    return reading === undefined ? [] : [{ host: each.host, readings: [reading] }];
  });

/** Judged on facts that are all newer than now and were told within TOGETHER_MS of each other; where that can't be had, it isn't known. */
export async function judgedAnew(ports: DrivePorts, expected: readonly Expectation[]): Promise<Verdict> {
  const wanted = asking(expected);
  const end_ms = ports.now_ms() + SLOW_LIMIT_MS;
  const looked = await lookedAnew(ports, expected);
  for (;;) {
    const { since_ms, missing, took_ms } = await readAnew(ports, wanted, Math.max(0, end_ms - ports.now_ms()));
    const verdict = judgeAll(ports.state(), expected, since_ms, looked);
    // A no needs no second host, and what is missing is judged as that.
    if (took_ms <= TOGETHER_MS || missing.length > 0 || verdict.result !== "yes") return verdict;
    // What the one host told may have changed while the other was waited for.
    if (ports.now_ms() >= end_ms) return unsure(`what the hosts told lies ${Math.round(took_ms / 1000)} s apart`);
  }
}

/**
 * What must hold before something is begun. Of two hosts' facts the one is always older than the other, and what was on neither may have gone from
 * the second to the first in between: it must hold twice in a row.
 */
export async function holdsNow(ports: DrivePorts, expected: readonly Expectation[]): Promise<Verdict> {
  const first = await judgedAnew(ports, expected);
  const hosts = new Set(expected.map(({ host }) => host));
  return first.result === "yes" && hosts.size > 1 ? judgedAnew(ports, expected) : first;
}
