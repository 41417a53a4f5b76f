/**
 * `check`: the pair as one line for Nagios, Icinga and their kin.
 *
 * Format and exit statuses: Monitoring Plugins Development Guidelines (plugin output for Nagios, performance data, return codes).
 * docs/exit-codes.md says which state comes when; in short: what isn't known is never OK.
 */
import type { Evidence, Finding, HostView, LoseHost, PairView, Severity, StorageRow } from "../state/view-model.ts";
import { clean } from "../xen/read/clean.ts";
import type { CheckConfig } from "./config.ts";
import { type CheckWord, checkCodes } from "./exit-codes.ts";
import type { Collected } from "./status-json.ts";
import { plural } from "./units.ts";

/** Text before the `|`; NRPE cuts at 1,024 bytes in its older protocol, perfdata included. */
const TEXT_LENGTH_MAX = 400;
/** Problems told one by one; more are counted. */
const PROBLEMS_SHOWN_MAX = 4;
const LABEL_LENGTH_MAX = 40;

export interface CheckResult {
  /** One line without its end. */
  readonly line: string;
  readonly code: number;
}

interface Problem {
  readonly word: CheckWord;
  readonly text: string;
}

export function checkResult(
  { view, took_ms, timeout_s }: Pick<Collected, "view" | "took_ms" | "timeout_s">,
  config: CheckConfig,
): CheckResult {
  const problems = problemsOf(view, config).sort((a, b) => rank.indexOf(a.word) - rank.indexOf(b.word));
  const word = problems[0]?.word ?? "OK";
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).map(({ text }) => text);
  const more = problems.length - shown.length;
  const text = problems.length === 0 ? healthy(view) : shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
  return { line: `${checkLine(word, text)} | ${perfdata({ view, took_ms, timeout_s }).join(" ")}`, code: checkCodes[word].code };
}

/** What can't even be tried (bad arguments, no such pair) is UNKNOWN to a monitor, not CRITICAL. */
export function checkRefused(reason: string): CheckResult {
  return { line: checkLine("UNKNOWN", reason), code: checkCodes.UNKNOWN.code };
}

/** `|` starts the perfdata and a line's end starts long output: neither may come from a name. */
function checkLine(word: CheckWord, text: string): string {
  return `XENHA ${word} - ${clean(text.replaceAll("|", "/"), TEXT_LENGTH_MAX)}`;
}

/** Worst first. UNKNOWN hides neither a CRITICAL nor a WARNING. */
const rank: readonly CheckWord[] = ["CRITICAL", "WARNING", "UNKNOWN", "OK"];

function problemsOf(view: PairView, { one_host_unreachable, ignore }: CheckConfig): Problem[] {
  const silent = view.hosts.filter(({ reach }) => reach !== "live");
  if (silent.length === view.hosts.length) {
    return [{ word: "UNKNOWN", text: `neither host answers: ${silent.map(silence).join("; ")}` }];
  }
  const words = { critical: "CRITICAL", warning: "WARNING", unknown: "UNKNOWN" } as const;
  const findings = view.findings.filter(({ rule, object }) => !ignore.includes(rule) && !isAbout(silent, rule, object));
  const told: readonly Problem[] = [
    ...silent.map((host): Problem => ({ word: words[one_host_unreachable], text: silence(host) })),
    ...findings.flatMap((finding) => problem(finding.severity, findingText(finding))),
    ...view.lose.flatMap((lose) => [
      ...(view.findings.some(({ rule, object }) => rule === LOSE_RULE && object === lose.lost) ? [] : loseProblem(lose)),
      ...(view.findings.some(({ rule, object }) => rule === STOPS_RULE && object === lose.survivor) ? [] : stopsProblem(lose)),
    ]),
    ...untoldProblem(notFresh(view).filter((item) => !ignore.includes(`reading.${item.reading}`) && isUntold(item, view, findings))),
  ];
  // With a host out of sight, what its rows look like is a consequence and told above.
  const rows = silent.length === 0 ? rowProblems(view) : [];
  return [...told, ...rows.filter(({ word }) => told.every((other) => rank.indexOf(word) < rank.indexOf(other.word)))];
}

/** The finding that says what loseProblem would say. */
const LOSE_RULE = "lose.cannot_restart";
/** The finding that says what stopsProblem would say. */
const STOPS_RULE = "lose.stops_survivor";
/** Findings that name the readings that hang or fail. */
const READING_RULES: readonly string[] = ["host.hung", "host.failed"];

/** What there is to say of a host that can't be seen, its own line says. */
function isAbout(silent: readonly HostView[], rule: string, object: string): boolean {
  return rule.startsWith("host.") && silent.some(({ id }) => id === object);
}

/** Stricter than `status`: an answer that has grown old is no ground for an OK. */
function notFresh({ hosts }: PairView): readonly Evidence[] {
  return hosts.flatMap(({ readings }) => readings.filter(({ freshness }) => freshness !== "fresh" && freshness !== "absent"));
}

function isUntold({ host, freshness }: Evidence, { hosts }: PairView, findings: readonly Finding[]): boolean {
  const named = findings.some(({ rule, object }) => object === host && READING_RULES.includes(rule));
  return hosts.some(({ id, reach }) => id === host && reach === "live") && !(named && (freshness === "hung" || freshness === "failed"));
}

function problem(severity: Severity, text: string): Problem[] {
  if (severity === "critical") return [{ word: "CRITICAL", text }];
  if (severity === "warning") return [{ word: "WARNING", text }];
  return severity === "unknown" ? [{ word: "UNKNOWN", text }] : [];
}

function findingText({ object, cause }: Finding): string {
  return object.split(":").every((part) => cause.includes(part)) ? cause : `${object}: ${cause}`;
}

function silence({ id, reach, reach_reason }: HostView): string {
  const reason = reach_reason?.startsWith(`${id}: `) === true ? reach_reason.slice(id.length + 2) : reach_reason;
  return `${id} ${reach.replace("_", " ")}${reason === undefined ? "" : `: ${reason}`}`;
}

/** Redundancy that isn't there is a warning: nothing is down yet. A guest that can't be judged is never OK. */
function loseProblem({ lost, survivor, answer, restart, cannot, unknown }: LoseHost): Problem[] {
  const all = restart.length + cannot.length + unknown.length;
  if (answer === "some" || answer === "none") {
    const first = cannot[0];
    const why = first === undefined ? "" : ` (${first.name}: ${first.reason})`;
    return [{ word: "WARNING", text: `if ${lost} is lost ${cannot.length} of ${all} can't restart on ${survivor}${why}` }];
  }
  return answer === "unknown" ? [{ word: "UNKNOWN", text: `whether ${lost}'s guests can restart on ${survivor} is not known` }] : [];
}

function stopsProblem({ lost, survivor, stops }: LoseHost): Problem[] {
  const first = stops[0];
  if (first === undefined) return [];
  return [
    {
      word: "WARNING",
      text: `if ${lost} is lost ${plural(stops.length, "guest")} on ${survivor} stop as well (${first.name}: ${first.reason})`,
    },
  ];
}

/** What is wrong by itself but of which no finding tells: the plugin never says OK beside a red row. */
function rowProblems(view: PairView): Problem[] {
  const told = new Set(view.findings.flatMap(({ object, at_risk }) => [object, ...at_risk]));
  const rows: readonly { readonly names: readonly string[]; readonly severity: Severity; readonly text: string }[] = [
    ...view.guests.map(({ key, name, state }) => ({ names: [key, name], severity: state.severity, text: `${name} ${state.text}` })),
    ...view.drbd.map(({ key, resource, state }) => ({ names: [key, resource], severity: state.severity, text: `${key} ${state.text}` })),
    ...view.storage.map(({ key, title, severity, cells }) => ({ names: [key, title], severity, text: `${title} ${worstCell(cells)}` })),
    ...view.bridges.map(({ name, state }) => ({ names: [name], severity: state.severity, text: `${name} ${state.text}` })),
  ];
  // What isn't known is told by the readings that are missing, not row by row.
  return rows
    .filter(({ names, severity }) => severity !== "unknown" && !names.some((name) => told.has(name)))
    .flatMap(({ severity, text }) => problem(severity, text));
}

const severities: readonly Severity[] = ["critical", "warning", "unknown", "info", "ok"];
function worstCell(cells: StorageRow["cells"]): string {
  const sorted = cells
    .filter((cell) => cell !== undefined)
    .sort((a, b) => severities.indexOf(a.state.severity) - severities.indexOf(b.state.severity));
  const worst = sorted[0];
  return worst === undefined ? "not known" : `on ${worst.host}: ${worst.state.text}`;
}

function untoldProblem(missing: readonly Evidence[]): Problem[] {
  const first = missing[0];
  if (first === undefined) return [];
  const note = first.note ?? "not told in time";
  const more = missing.length === 1 ? "" : `, and ${missing.length - 1} more`;
  return [{ word: "UNKNOWN", text: `${plural(missing.length, "reading")} missing: ${first.host} ${first.source} (${note})${more}` }];
}

function healthy({ hosts: [a, b], guests }: PairView): string {
  const running = guests.filter(({ host }) => host !== undefined).length;
  return `${a.id} and ${b.id} live, ${plural(running, "guest")} running, either host can be lost`;
}

/** As many values as a pair has hosts, however many guests: see perfdata in the guidelines. `U`: can't be told. */
function perfdata({ view, took_ms, timeout_s }: Pick<Collected, "view" | "took_ms" | "timeout_s">): string[] {
  const live = view.hosts.filter(({ reach }) => reach === "live").length;
  const running = view.guests.filter(({ host }) => host !== undefined).length;
  const outOfSync = view.drbd.map(({ sides }) => sides.map(({ out_of_sync_kib }) => out_of_sync_kib));
  const found = (severity: Severity): number => view.findings.filter((finding) => finding.severity === severity).length;
  const anyLive = live > 0;
  return [
    value("hosts_live", live, "", ["", "", "0", String(view.hosts.length)]),
    value("guests_running", anyLive ? running : undefined, "", ["", "", "0"]),
    value("findings_warning", found("warning"), "", ["", "", "0"]),
    value("findings_critical", found("critical"), "", ["", "", "0"]),
    value("drbd_out_of_sync", anyLive ? sum(outOfSync.map(largest)) : undefined, "KB", ["", "", "0"]),
    ...view.lose.map(({ lost, cannot, answer }) =>
      value(`${lost}_lost_cannot_restart`, answer === "unknown" ? undefined : cannot.length, "", ["", "", "0"]),
    ),
    ...view.hosts.flatMap(({ id, memory_free_mib, memory_total_mib, skew_ms, reach }) => [
      value(`${id}_memory_free`, reach === "live" ? memory_free_mib : undefined, "MB", [
        "",
        "",
        "0",
        memory_total_mib === undefined ? "" : String(memory_total_mib),
      ]),
      value(`${id}_clock_skew`, reach === "live" && skew_ms !== undefined ? skew_ms / 1000 : undefined, "s", []),
    ]),
    value("took", took_ms / 1000, "s", ["", "", "0", String(timeout_s)]),
  ];
}

/** `'label'=value[UOM];[warn];[crit];[min];[max]` */
function value(
  label: string,
  measured: number | undefined,
  unit: string,
  [warn = "", crit = "", min = "", max = ""]: readonly string[],
): string {
  const name = label.replace(/[^A-Za-z0-9._@-]/g, "_").slice(-LABEL_LENGTH_MAX);
  const figure = measured === undefined || !Number.isFinite(measured) ? "U" : `${Math.round(measured * 1000) / 1000}${unit}`;
  return `'${name}'=${[figure, warn, crit, min, max].join(";").replace(/;+$/, "")}`;
}

const sum = (figures: readonly (number | undefined)[]): number => figures.reduce<number>((total, figure) => total + (figure ?? 0), 0);
function largest(figures: readonly (number | undefined)[]): number | undefined {
  const told = figures.filter((figure) => figure !== undefined);
  return told.length === 0 ? undefined : Math.max(...told);
}
