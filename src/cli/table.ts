/** Aligned columns for `status` on paper, pipe or terminal. */
import stringWidth from "string-width";

/** Colour is a hint beside the word, never instead of it. */
export type Tint = "ok" | "info" | "unknown" | "warning" | "critical" | "dim" | "title";

export interface Cell {
  readonly text: string;
  readonly tint?: Tint;
  readonly right?: boolean;
}

const sgr: { readonly [Name in Tint]: string } = {
  ok: "32",
  info: "36",
  unknown: "35",
  warning: "33",
  critical: "1;31",
  dim: "2",
  title: "1",
};

export interface Style {
  readonly color: boolean;
  readonly ascii: boolean;
}

export function paint(text: string, tint: Tint | undefined, { color, ascii }: Style): string {
  const plain = ascii ? toAscii(text) : text;
  return color && tint !== undefined && plain !== "" ? `\u001b[${sgr[tint]}m${plain}\u001b[0m` : plain;
}

/** Rows with every column as wide as its widest cell; the last is left as long as it is. Each line starts with two blanks. */
export function table(rows: readonly (readonly Cell[])[], style: Style): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach(({ text }, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width(text, style));
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const gap = " ".repeat(Math.max(0, (widths[column] ?? 0) - width(cell.text, style)));
      const painted = paint(cell.text, cell.tint, style);
      if (cell.right === true) return gap + painted;
      return column === row.length - 1 ? painted : painted + gap;
    });
    return `  ${cells.join("  ")}`.trimEnd();
  });
}

const width = (text: string, { ascii }: Style): number => stringWidth(ascii ? toAscii(text) : text);
const toAscii = (text: string): string => text.replace(/…/g, "...").replace(/[^\u0020-\u007e]/gu, "?");
