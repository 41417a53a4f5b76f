/** Values as people read them: sizes, rates, ages, shares. Pure; a value that isn't there is the caller's to say (see panes/trust.ts). */
import type { Severity } from "../state/view-model.ts";

/** The word that goes with a severity's symbol where the thing has no word of its own. */
export const severityWord: Readonly<Record<Severity, string>> = {
  ok: "ok",
  info: "info",
  unknown: "unknown",
  warning: "warning",
  critical: "critical",
};

const ranks: readonly Severity[] = ["ok", "info", "unknown", "warning", "critical"];
export const severityRank = (severity: Severity): number => ranks.indexOf(severity);
export const worst = (severities: readonly Severity[]): Severity =>
  severities.reduce<Severity>((bad, each) => (severityRank(each) > severityRank(bad) ? each : bad), "ok");

const sizeUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes with a binary unit, three digits or so: `0 B`, `512 KiB`, `1.5 MiB`, `123 GiB`. */
export function sizeOfBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  // 999.95 would print as 1000.0: the next unit says it shorter.
  while (value >= 999.5 && unit < sizeUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${threeDigits(value)} ${sizeUnits[unit] ?? "B"}`;
}

export const sizeOfKib = (kib: number): string => sizeOfBytes(kib * 1024);

/** KiB per second. */
export const rateOfKib = (kib_s: number): string => `${sizeOfKib(kib_s)}/s`;

/** Free of total in one unit, so that they can be compared at a glance: `552 of 1599 MiB`, `12.5 of 512 GiB`. */
export function sizeOfTotal(part_mib: number, total_mib: number): string {
  if (total_mib < 10_240) return `${Math.round(part_mib)} of ${Math.round(total_mib)} MiB`;
  return `${threeDigits(part_mib / 1024)} of ${threeDigits(total_mib / 1024)} GiB`;
}

function threeDigits(value: number): string {
  if (value >= 99.95 || Number.isInteger(value)) return String(Math.round(value));
  const text = value.toFixed(1);
  return text === "0.0" && value > 0 ? "0.1" : text;
}

/** How long ago, rounded down: `0.4 s`, `42 s`, `3 min`, `2 h`, `4 d`. A time to come is `0.0 s`: clocks differ a little. */
export function age(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** A time to come or a span: `57 s`, `3 min`, `2 h 05 min`, `4 d`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 3_600) return `${Math.round(whole / 60)} min`;
  if (whole < 172_800) return `${Math.floor(whole / 3_600)} h ${String(Math.floor((whole % 3_600) / 60)).padStart(2, "0")} min`;
  return `${Math.floor(whole / 86_400)} d`;
}

/** Rounded down, so that 99.97 never reads as done: `54.3 %`, `100 %`, `0 %`. */
export function percent(value: number): string {
  const tenths = Math.floor(Math.max(0, value) * 10 + 1e-6) / 10;
  return `${Number.isInteger(tenths) ? tenths : tenths.toFixed(1)} %`;
}

/** A host's clock against the console's: `+0.02 s`, `-3.2 s`, `+4 min`. */
export function skew(ms: number): string {
  const sign = ms < 0 ? "-" : "+";
  const size = Math.abs(ms);
  if (size < 1_000) return `${sign}${(size / 1000).toFixed(2)} s`;
  return `${sign}${age(size)}`;
}

export const count = (number: number, noun: string, plural = `${noun}s`): string => `${number} ${number === 1 ? noun : plural}`;

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** Exactly `width` columns. Full only at 100, empty only at 0. */
export function bar(value_percent: number, width: number, ascii: boolean): string {
  const share = Math.min(100, Math.max(0, value_percent)) / 100;
  const steps = ascii ? 1 : 8;
  const most = width * steps;
  let filled = Math.round(share * most);
  if (value_percent < 100 && filled === most) filled = most - 1;
  if (value_percent > 0 && filled === 0 && most > 1) filled = 1;
  const full = Math.floor(filled / steps);
  const part = ascii ? "" : (eighths[filled % steps] ?? "");
  return `${(ascii ? "#" : "█").repeat(full)}${part}`.padEnd(width, ascii ? "." : "░");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const two = (number: number): string => String(number).padStart(2, "0");

/** Local time of day; with the day where that isn't today: `03:14:15`, `21 Nov 22:10`. */
export function localTime(at_ms: number, now_ms: number): string {
  const at = new Date(at_ms);
  if (at.toDateString() === new Date(now_ms).toDateString()) return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${two(at.getDate())} ${months[at.getMonth()] ?? "?"} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The same to the minute: `03:14`, `21 Nov 22:10`. */
export const clockTime = (at_ms: number, now_ms: number): string => localTime(at_ms, now_ms).replace(/^(\d\d:\d\d):\d\d$/, "$1");

const collator = new Intl.Collator("en", { numeric: true });
/** Names as people order them: web2 before web10. */
export const byName = (left: string, right: string): number => collator.compare(left, right);
