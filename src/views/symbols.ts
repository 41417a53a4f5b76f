/** Symbols, each one column, in Unicode or ASCII. A severity is always a symbol and a word (see format.ts); colour only adds to them. */
import type { Reach, Severity } from "../state/view-model.ts";
import type { Tone } from "./pane.ts";

export interface Symbols {
  readonly severity: Readonly<Record<Severity, string>>;
  readonly stale: string;
  readonly reach: Readonly<Record<Reach, string>>;
  readonly vertical: string;
  readonly horizontal: string;
  readonly tree: { readonly branch: string; readonly last: string; readonly through: string };
  readonly corner: { readonly top_left: string; readonly top_right: string; readonly bottom_left: string; readonly bottom_right: string };
  readonly cross_down: string;
  readonly cross_up: string;
  readonly mark: string;
  readonly cursor: string;
  readonly up: string;
  readonly down: string;
  readonly right: string;
  readonly left: string;
  readonly both: string;
  readonly ellipsis: string;
  readonly bar_full: string;
  readonly bar_empty: string;
  readonly scroll_thumb: string;
  readonly scroll_track: string;
  readonly secret: string;
  /** Eight heights, lowest first. */
  readonly spark: readonly string[];
}

const unicode: Symbols = {
  severity: { ok: "✓", info: "·", unknown: "?", warning: "▲", critical: "✗" },
  stale: "~",
  reach: { live: "✓", stale: "~", connecting: "·", unreachable: "?", refused: "✗", needs_auth: "▲" },
  vertical: "│",
  horizontal: "─",
  tree: { branch: "├─", last: "└─", through: "│ " },
  corner: { top_left: "┌", top_right: "┐", bottom_left: "└", bottom_right: "┘" },
  cross_down: "┬",
  cross_up: "┴",
  mark: "●",
  cursor: "▸",
  up: "↑",
  down: "↓",
  right: "→",
  left: "←",
  both: "⇄",
  ellipsis: "…",
  bar_full: "█",
  bar_empty: "░",
  scroll_thumb: "┃",
  scroll_track: "│",
  secret: "•",
  spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
};

const ascii: Symbols = {
  severity: { ok: "+", info: ".", unknown: "?", warning: "!", critical: "X" },
  stale: "~",
  reach: { live: "+", stale: "~", connecting: ".", unreachable: "?", refused: "X", needs_auth: "!" },
  vertical: "|",
  horizontal: "-",
  tree: { branch: "|-", last: "`-", through: "| " },
  corner: { top_left: "+", top_right: "+", bottom_left: "+", bottom_right: "+" },
  cross_down: "+",
  cross_up: "+",
  mark: "*",
  cursor: ">",
  up: "^",
  down: "v",
  right: ">",
  left: "<",
  both: "=",
  ellipsis: ">",
  bar_full: "#",
  bar_empty: ".",
  scroll_thumb: "#",
  scroll_track: "|",
  secret: "*",
  spark: ["_", ".", ":", "-", "=", "+", "*", "#"],
};

export const symbolsOf = (is_ascii: boolean): Symbols => (is_ascii ? ascii : unicode);

/** The tone a severity is drawn in. */
export const severityTone: Readonly<Record<Severity, Tone>> = {
  ok: "ok",
  info: "info",
  unknown: "unknown",
  warning: "warning",
  critical: "critical",
};

export const reachTone: Readonly<Record<Reach, Tone>> = {
  live: "ok",
  stale: "stale",
  connecting: "dim",
  unreachable: "unknown",
  refused: "critical",
  needs_auth: "warning",
};

const asciiOf: ReadonlyMap<string, string> = new Map([
  ...pairsOf(unicode.severity, ascii.severity),
  ...pairsOf(unicode.corner, ascii.corner),
  ...unicode.spark.map((symbol, index): [string, string] => [symbol, ascii.spark[index] ?? "#"]),
  ["│", "|"],
  ["─", "-"],
  ["┬", "+"],
  ["┴", "+"],
  ["├", "|"],
  ["┤", "|"],
  ["┼", "+"],
  ["└", "`"],
  ["●", "*"],
  ["○", "o"],
  ["•", "*"],
  ["▸", ">"],
  ["▾", "v"],
  ["↑", "^"],
  ["↓", "v"],
  ["→", ">"],
  ["←", "<"],
  ["⇄", "="],
  ["↔", "="],
  ["…", ">"],
  ["–", "-"],
  ["—", "-"],
  ["×", "x"],
  ["█", "#"],
  ["░", "."],
  ["▒", ":"],
  ["▓", "#"],
  ["┃", "#"],
  ["≥", ">"],
  ["≤", "<"],
  ["°", "o"],
  ["µ", "u"],
]);

function pairsOf(from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>): [string, string][] {
  return Object.keys(from).map((key) => [from[key] ?? "", to[key] ?? "?"]);
}

const printableAscii = /^[\u0020-\u007e]*$/;

/**
 * The last guard of `--ascii`: any text in ASCII of the same number of columns. Known symbols get their ASCII form, everything else `?`.
 * `columns` says how wide a character is.
 */
export function toAscii(text: string, columns: (code: number) => number): string {
  if (printableAscii.test(text)) return text;
  let shown = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 && code < 0x7f) shown += character;
    else shown += asciiOf.get(character) ?? "?".repeat(columns(code));
  }
  return shown;
}
