/** What each kind of storage tells of itself on one host, before the hosts are put side by side. */
import type { ReadingId } from "../../xen/read/index.ts";
import type { Judged, StorageRow } from "../view-model.ts";
import type { Cells } from "./cells.ts";
import type { LossesByPath, LossesOf } from "./path-flaps.ts";
import type { Seen } from "./seen.ts";
import type { Side, Sides } from "./sides.ts";
import type { Users } from "./storage-users.ts";

export interface StorageItem {
  /** The same thing has the same key on both hosts. */
  readonly key: string;
  readonly title: string;
  readonly subtitle: string | undefined;
  readonly state: Judged;
  readonly details: readonly string[];
  /** Of what has paths: when which of them was lost. */
  readonly losses?: LossesByPath;
  readonly guests: readonly string[];
}

export interface StorageContext {
  readonly side: Side;
  readonly cells: Cells;
  readonly users: Users;
  readonly history: Sides["history"];
  readonly losses: LossesOf;
}

export interface StorageKind {
  readonly kind: StorageRow["kind"];
  readonly reading: ReadingId;
  /** A guest that has it on one host needs it on the other to move there. */
  readonly needed_on_both: boolean;
  readonly items: (context: StorageContext) => readonly StorageItem[];
}

export const ok = (text: string): Judged => ({ text, severity: "ok" });
export const info = (text: string): Judged => ({ text, severity: "info" });
export const unclear = (text: string): Judged => ({ text, severity: "unknown" });
export const warning = (text: string): Judged => ({ text, severity: "warning" });
export const critical = (text: string): Judged => ({ text, severity: "critical" });

export const told = <Id extends ReadingId>({ side }: StorageContext, reading: Id): Seen<Id> | undefined => side.known(reading);

/** Guests behind any of the tokens, sorted. */
export function guestsOf(users: Users, tokens: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const token of tokens) for (const guest of users.get(token) ?? []) found.add(guest);
  return [...found].sort();
}

/** `12 KiB`, `3.4 GiB` */
export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** `42 s`, `12 min`, `3 h` */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / (24 * 60))} days`;
}
