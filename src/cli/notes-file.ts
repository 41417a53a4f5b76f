/**
 * The operator's notes on findings, one file a pair in the state directory, for the next console that they open. Never waited for: a note counts whether or not
 * it could be kept, and it is said when it couldn't.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ACKS_MAX, type Ack } from "../state/acks.ts";
import { clean } from "../xen/read/clean.ts";

const FORMAT = "xenha-tui.notes/1";
/** A finding that was noted longer ago than this is looked at anew. */
export const NOTE_AGE_MS_MAX = 30 * 86_400_000;
const severities: readonly string[] = ["ok", "info", "unknown", "warning", "critical"];

/** Names of pairs may hold anything: what can't be in a file's name is told apart by its code. */
export const notesPath = (state_dir: string, pair: string): string =>
  join(
    state_dir,
    "notes",
    `${[...pair]
      .map((char) => (/[A-Za-z0-9_.-]/.test(char) ? char : `%${char.codePointAt(0)?.toString(16)}`))
      .join("")
      .slice(0, 200)}.json`,
  );

function ackOf(value: unknown): Ack | undefined {
  const { key, by, at_ms, until_ms, severity, at_risk } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof key !== "string" || typeof by !== "string" || typeof at_ms !== "number" || !severities.includes(String(severity)))
    return undefined;
  if (!Array.isArray(at_risk) || !at_risk.every((guest) => typeof guest === "string")) return undefined;
  const guests = at_risk.map((guest: string) => clean(guest));
  const until = typeof until_ms === "number" ? until_ms : undefined;
  return { key: clean(key), by: clean(by, 80), at_ms, until_ms: until, severity: severity as Ack["severity"], at_risk: guests };
}

/** Those that still count. A file that can't be read holds none. */
export async function readNotes(path: string, now_ms: number): Promise<readonly Ack[]> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as { format?: unknown; notes?: unknown };
    if (value.format !== FORMAT || !Array.isArray(value.notes)) return [];
    return value.notes
      .flatMap((note) => ackOf(note) ?? [])
      .filter(({ at_ms, until_ms }) => now_ms - at_ms < NOTE_AGE_MS_MAX && (until_ms === undefined || until_ms > now_ms))
      .slice(-ACKS_MAX);
  } catch {
    return [];
  }
}

/** Adds or withdraws one note, leaving those of other consoles. Why it couldn't be kept; undefined: it is. */
export async function keepNote(
  path: string,
  change: { readonly add: Ack } | { readonly remove: string },
  now_ms: number,
): Promise<string | undefined> {
  const fresh = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const key = "add" in change ? change.add.key : change.remove;
    const others = (await readNotes(path, now_ms)).filter((note) => note.key !== key);
    const notes = "add" in change ? [...others, change.add] : others;
    const file = await open(fresh, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ format: FORMAT, notes }, undefined, 1)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
    return undefined;
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    return error instanceof Error ? error.message : String(error);
  }
}
