/**
 * The operator's own record of what was done (safety rules S5, S10): one journal for each plan and one audit for all, in the state directory, each line on
 * disk before anything goes on. The owner alone may read it.
 */
import { mkdirSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { RecordEntry } from "../state/plan/operator.ts";
import { clean } from "../xen/read/clean.ts";

/** `$XDG_STATE_HOME/xenha-tui`, which must be absolute (XDG base directory specification), else `~/.local/state/xenha-tui`. */
export function stateDir(env: NodeJS.ProcessEnv, home: string): string {
  const given = env.XDG_STATE_HOME ?? "";
  return join(given.startsWith("/") ? given : join(home, ".local/state"), "xenha-tui");
}

/** `ana@workstation`: who sudo was called by, where it was. */
export function operatorName(env: NodeJS.ProcessEnv): string {
  let user = env.SUDO_USER ?? "";
  try {
    user ||= userInfo().username;
  } catch {
    user ||= `uid-${process.getuid?.() ?? "unknown"}`;
  }
  return clean(`${user}@${hostname()}`, 80);
}

/** One line, durable; false: it can't be written. */
async function append(path: string, line: string): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "a", 0o600);
    await file.appendFile(`${line}\n`);
    await file.datasync();
    return true;
  } catch {
    return false;
  } finally {
    await file?.close().catch(() => undefined);
  }
}

/** Why nothing can be recorded there, before anything is done; undefined: it can. */
export function makeStateDir(dir: string): string | undefined {
  try {
    mkdirSync(join(dir, "plans"), { recursive: true, mode: 0o700 });
    return undefined;
  } catch (error) {
    return `${dir} can't be made: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function createRecord(dir: string): RecordEntry {
  return async ({ id, operator, reason }, entry, plan) => {
    if (!(await append(join(dir, "plans", `${id}.jsonl`), JSON.stringify(entry)))) return false;
    if (entry.kind === "plan") return true;
    const step = "step" in entry ? plan?.steps[entry.step] : undefined;
    const what = step === undefined ? {} : { title: step.title, host: step.host, argv: step.argv };
    return append(join(dir, "audit.jsonl"), JSON.stringify({ plan: id, operator, reason, goal: plan?.goal, ...entry, ...what }));
  };
}

export interface AuditLine {
  readonly plan: string;
  readonly operator: string;
  readonly at_ms: number;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** A line that isn't whole (the machine lost power while it was written) is left out. */
export async function readAudit(dir: string): Promise<readonly AuditLine[]> {
  const text = await readFile(join(dir, "audit.jsonl"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const value = JSON.parse(line) as AuditLine;
      return typeof value.plan === "string" && typeof value.at_ms === "number" && typeof value.kind === "string" ? [value] : [];
    } catch {
      return [];
    }
  });
}

const stamp = (ms: number): string => new Date(ms).toISOString().replace("T", " ").slice(0, 19);

/** For the incident report. Times are UTC. */
export function auditMarkdown(lines: readonly AuditLine[]): string {
  const plans = new Map<string, AuditLine[]>();
  for (const line of lines) plans.set(line.plan, [...(plans.get(line.plan) ?? []), line]);
  if (plans.size === 0) return "Nothing was done from this machine.\n";
  const text = (value: unknown): string => clean(String(value ?? ""), 400).replaceAll("|", "\\|");
  return [...plans]
    .map(([plan, own]) => {
      const [first] = own;
      const reason = text(first?.reason);
      const rows = own.map((line) => {
        const argv = Array.isArray(line.argv) ? `\`${text(line.argv.join(" "))}\`` : "";
        return `| ${stamp(line.at_ms)} | ${text(line.kind)} | ${text(line.host)} | ${text(line.title)} | ${argv} | ${text(line.result)} | ${text(line.text)} |`;
      });
      const head = `## ${text(first?.goal)} (${plan})\n\n${text(first?.operator)}${reason === "" ? "" : `: ${reason}`}\n`;
      return [
        head,
        "| UTC | what | host | step | command | result | facts |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        ...rows,
        "",
      ].join("\n");
    })
    .join("\n");
}
