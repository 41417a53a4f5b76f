/** Figures as tables: for a terminal, and for docs/performance.md. Pure. */
import type { Figure, Unit } from "./types.ts";

export interface Report {
  readonly when: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly kernel: string };
  readonly quick: boolean;
  /** What else there is to know of how they were taken, written by whoever kept them. */
  readonly note?: string;
  readonly figures: readonly Figure[];
}

const DIGITS: Readonly<Record<Unit, number>> = { "%": 2, B: 0, "B/s": 0, ms: 1, MB: 0, x: 2, "ms/min": 0 };
const PEERS = ["htop", "btop", "drbdmon"] as const;

export const shown = (value: number, unit: Unit): string => `${value.toFixed(DIGITS[unit])} ${unit}`;

export const verdict = ({ value, target }: Figure): "met" | "missed" | "" =>
  target === undefined ? "" : value <= target ? "met" : "missed";

const ratio = (value: number, peer: number): string => (peer === 0 ? "" : ` (${(value / peer).toPrecision(2)}x)`);

const cells = (figure: Figure): readonly string[] => {
  const { what, unit, value, target, peers = {} } = figure;
  const beside = PEERS.map((name) => {
    const peer = peers[name];
    return peer === undefined ? "" : `${shown(peer, unit)}${ratio(value, peer)}`;
  });
  const others = Object.entries(peers)
    .filter(([name]) => !PEERS.some((each) => each === name))
    .map(([name, peer]) => `${name}: ${shown(peer, unit)}${ratio(value, peer)}`);
  const notes = [...others, ...(figure.note === undefined ? [] : [figure.note])].join("; ");
  return [what, shown(value, unit), target === undefined ? "" : `<= ${shown(target, unit)}`, verdict(figure), ...beside, notes];
};

const HEAD = ["what", "xenha-tui", "to reach", "", ...PEERS, "besides"];

export function textTable(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(cells)];
  const widths = HEAD.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export const markdownTable = (figures: readonly Figure[]): string =>
  [HEAD, HEAD.map(() => "---"), ...figures.map(cells)].map((row) => `| ${row.join(" | ")} |`).join("\n");
