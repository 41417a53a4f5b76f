/**
 * The operator's own record of what was done (safety rules S5, S10): one journal for each plan and one audit for all, in the state directory, each line on
 * disk before anything goes on. The owner alone may read it.
 */
import { mkdirSync } from "node:fs";
import { type FileHandle, open, readdir, readFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Line } from "../state/plan/journal.ts";
import { type Journal, journalOf } from "../state/plan/journals.ts";
import type { RecordEntry } from "../state/plan/operator.ts";
import { hostId } from "../xen/model/ids.ts";
import { clean, redact } from "../xen/read/clean.ts";

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

/** Makes a name in a directory last: what is in a file that nobody finds after a power cut isn't there. */
async function syncDir(path: string): Promise<void> {
  const dir = await open(path, "r");
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}

/** One line, durable; false: it can't be written. */
async function append(path: string, line: string): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "a", 0o600);
    const { size } = await file.stat();
    await file.appendFile(`${line}\n`);
    await file.datasync();
    if (size === 0) await syncDir(dirname(path));
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

const journalPath = (dir: string, id: string): string => join(dir, "plans", `${id}.journal`);

/** Of one plan `SEQ JSON` on a line each, as on the hosts; of all of them what was done, in the audit. */
export function createRecord(dir: string): RecordEntry {
  return async ({ id, operator, reason }, entry, plan, line) => {
    if (!(await append(journalPath(dir, id), `${line.seq} ${line.text}`))) return false;
    if (entry.kind === "plan" || entry.kind === "steps") return true;
    const step = "step" in entry ? plan?.steps[entry.step] : undefined;
    const what = step === undefined ? {} : { title: step.title, host: step.host, argv: step.argv };
    const audited = { plan: id, operator, reason, goal: plan?.goal, ...entry, ...what };
    return append(
      join(dir, "audit.jsonl"),
      JSON.stringify(audited, (_, value) => (typeof value === "string" ? redact(value) : value)),
    );
  };
}

/** What was done from a console without a plan: typing into a guest, a shell, somebody's console ended. Never what was typed. */
export interface ConsoleRecord {
  readonly kind: "console.typing" | "console.taken" | "shell.opened";
  readonly at_ms: number;
  readonly object: string;
  readonly host: string | undefined;
  readonly domid: number | undefined;
  readonly text: string;
}

const consoleGoals: Readonly<Record<ConsoleRecord["kind"], (object: string) => string>> = {
  "console.typing": (object) => `typing into the console of ${object}`,
  "console.taken": (object) => `somebody else's console of ${object} ended`,
  "shell.opened": (object) => `shell on ${object}`,
};

export const createConsoleRecord =
  (dir: string, operator: string) =>
  ({ kind, at_ms, object, host, domid, text }: ConsoleRecord): Promise<boolean> => {
    const where = domid === undefined ? text : `domain ${domid}: ${text}`;
    const line = { plan: `console-${at_ms}`, operator, goal: consoleGoals[kind](object), kind, host, text: where, at_ms };
    return append(join(dir, "audit.jsonl"), JSON.stringify(line));
  };

function linesOf(text: string): readonly Line[] {
  // What wasn't written to its end (the machine lost its power) isn't a line.
  return text
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      const [, seq, rest] = /^(\d{6}(?:-more)?|end) (\{.*\})$/.exec(line) ?? [];
      return seq === undefined || rest === undefined ? [] : [{ seq, text: rest }];
    });
}

/** What this machine has of a plan. */
export const createRecall =
  (dir: string) =>
  async (id: string): Promise<readonly Line[]> =>
    linesOf(await readFile(journalPath(dir, id), "utf8").catch(() => ""));

/** Adds lines of others to what this machine has of a plan. */
export const createRemember =
  (dir: string) =>
  async (id: string, lines: readonly Line[]): Promise<boolean> =>
    lines.length === 0 || append(journalPath(dir, id), lines.map(({ seq, text }) => `${seq} ${text}`).join("\n"));

/** Newest journals that are looked through for plans that nobody ended. */
const LOOKED_MAX = 200;
const HERE = hostId("this machine");

/** Plans that were begun from this machine and, as far as it knows, never ended. */
export async function unfinishedHere(dir: string): Promise<readonly Journal[]> {
  const names = await readdir(join(dir, "plans")).catch(() => []);
  const recall = createRecall(dir);
  const ids = names.flatMap((name) => (name.endsWith(".journal") ? [name.slice(0, -".journal".length)] : []));
  // Their names begin with when they were made.
  const newest = ids.sort().slice(-LOOKED_MAX);
  const journals = await Promise.all(newest.map(async (id) => journalOf(id, [{ host: HERE, lines: await recall(id) }])));
  return journals.filter(({ header, end }) => header !== undefined && end === undefined);
}

/** That changes were allowed, or are no longer, goes into the audit too. */
export const createModeRecord =
  (dir: string, operator: string) =>
  ({ allowed_until_ms, why, at_ms }: { allowed_until_ms: number | undefined; why: string; at_ms: number }): Promise<boolean> => {
    const until = allowed_until_ms === undefined ? "read-only again" : `until ${new Date(allowed_until_ms).toISOString()}`;
    const line = {
      plan: `mode-${at_ms}`,
      operator,
      reason: why,
      goal: "changes allowed from the screen",
      kind: "mode",
      text: until,
      at_ms,
    };
    return append(join(dir, "audit.jsonl"), JSON.stringify(line));
  };

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
