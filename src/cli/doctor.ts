/** `doctor`: connects to both hosts, looks at everything on the way and behind it, and says what to fix. Never longer than the timeout. */
import type { Clock } from "../state/runtime.ts";
import { initialState, update } from "../state/update.ts";
import type { ConnectStep, OnStep } from "../xen/host/ssh/steps.ts";
import { hostId, type Pair } from "../xen/model/ids.ts";
import { clean } from "../xen/read/clean.ts";
import { collect, settled } from "./collect.ts";
import { type DoctorLine, type DoctorResult, hostLines, pairLines } from "./doctor-checks.ts";
import { exitCodes } from "./exit-codes.ts";
import type { OpenPair, Printed } from "./headless.ts";
import { paint, type Style, type Tint } from "./table.ts";
import { plural } from "./units.ts";

/** What the links tell on their way, kept for doctor. `onStep` goes to the links when they are made. */
export interface StepLog {
  readonly onStep: Pair<OnStep>;
  readonly steps: Pair<readonly ConnectStep[]>;
}

/** Steps kept per host: a dozen per hop and attempt; a host that is tried again and again needs no more. */
const STEPS_MAX = 1_000;

export function createStepLog(): StepLog {
  const steps: Pair<ConnectStep[]> = [[], []];
  const keep = (list: ConnectStep[]) => (step: ConnectStep) => {
    if (list.length < STEPS_MAX) list.push(step);
  };
  return { onStep: [keep(steps[0]), keep(steps[1])], steps };
}

export interface DoctorRequest {
  readonly pair: OpenPair;
  readonly log: StepLog;
  readonly clock: Clock;
  /** By the clock: when the command was given. */
  readonly started_ms: number;
  readonly timeout_s: number;
  readonly version: string;
}

export interface DoctorReport {
  readonly pair: string;
  readonly hosts: Pair<string>;
  readonly simulated: boolean;
  readonly lines: readonly DoctorLine[];
  /** `failed`: at least one line has to be fixed. */
  readonly result: "ok" | "failed";
}

/** 0: nothing has to be fixed. 1: something has. */
export async function runDoctor(request: DoctorRequest, { json, style }: { json: boolean; style: Style }): Promise<Printed> {
  const report = await examine(request);
  const text = json ? `${JSON.stringify(doctorJson(report, request.version), undefined, 2)}\n` : doctorText(report, style);
  return { text, code: (report.result === "ok" ? exitCodes.ok : exitCodes.failed).code };
}

export async function examine({ pair, log, clock, started_ms, timeout_s }: DoctorRequest): Promise<DoctorReport> {
  const hosts: Pair<ReturnType<typeof hostId>> = [hostId(pair.hosts[0]), hostId(pair.hosts[1])];
  const state = await collect({
    initial: initialState({ name: pair.name, hosts, now_ms: started_ms }),
    update,
    links: [
      { host: hosts[0], link: pair.links[0] },
      { host: hosts[1], link: pair.links[1] },
    ],
    clock,
    deadline_ms: started_ms + timeout_s * 1000,
    until: settled,
  });
  const now_ms = clock.now_ms();
  const of = (index: 0 | 1): DoctorLine[] => {
    const host = state.hosts.get(hosts[index]);
    return host === undefined ? [] : hostLines({ host, steps: log.steps[index], now_ms, waited_s: timeout_s });
  };
  const lines = [...of(0), ...of(1), ...pairLines(state)];
  const result = lines.some((line) => line.result === "fail") ? "failed" : "ok";
  return { pair: pair.name, hosts: pair.hosts, simulated: pair.simulated, lines, result };
}

/** Its schema is schema/doctor.schema.json. Fields may be added within version 1, never removed or given another meaning. */
export const DOCTOR_SCHEMA = "xenha-tui.doctor/1";

function doctorJson({ pair, hosts, simulated, lines, result }: DoctorReport, version: string) {
  return {
    schema: DOCTOR_SCHEMA,
    xenha_tui: version,
    pair,
    hosts,
    simulated,
    result,
    lines: lines.map(({ host, hop, check, result: found, text, fix }) => ({
      host: host ?? null,
      hop: hop ?? null,
      check,
      result: found,
      text,
      fix: fix ?? null,
    })),
  };
}

const words: Readonly<Record<DoctorResult, readonly [word: string, tint: Tint]>> = {
  ok: ["ok", "ok"],
  info: ["info", "dim"],
  warn: ["warn", "warning"],
  fail: ["FAIL", "critical"],
};
const TEXT_LENGTH_MAX = 2_000;
const WIDTH = 100;
const INDENT = 20;

/** Words in lines of at most `width` characters; a longer word has a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function lineText({ hop, check, result, text, fix }: DoctorLine, style: Style): string[] {
  const [word, tint] = words[result];
  const said = clean(hop === undefined ? text : `${hop}: ${text}`, TEXT_LENGTH_MAX);
  const [first = "", ...rest] = wrap(said, WIDTH - INDENT);
  const more = rest.map((line) => " ".repeat(INDENT) + paint(line, undefined, style));
  const fixes = fix === undefined || result === "ok" ? [] : wrap(`fix: ${clean(fix, TEXT_LENGTH_MAX)}`, WIDTH - INDENT);
  return [
    `  ${paint(word, tint, style)}${" ".repeat(6 - word.length)}${paint(check.padEnd(12), undefined, style)}${paint(first, undefined, style)}`,
    ...more,
    ...fixes.map((line) => " ".repeat(INDENT) + paint(line, "info", style)),
  ];
}

export function doctorText({ pair, hosts, simulated, lines }: DoctorReport, style: Style): string {
  const sections = [...hosts, undefined].flatMap((host) => {
    const own = lines.filter((line) => line.host === host);
    if (own.length === 0) return [];
    return ["", paint(host ?? "both", "title", style), ...own.flatMap((line) => lineText(line, style))];
  });
  const count = (result: DoctorResult) => lines.filter((line) => line.result === result).length;
  const verdict =
    count("fail") > 0
      ? paint(`${plural(count("fail"), "thing")} to fix`, "critical", style)
      : paint(count("warn") > 0 ? `nothing has to be fixed, ${plural(count("warn"), "thing")} could be` : "nothing to fix", "ok", style);
  const title = `${paint(clean(pair), "title", style)}${simulated ? paint(" (simulated)", "dim", style) : ""}`;
  return `${[title, ...sections, "", verdict].join("\n")}\n`;
}
