/** How wide characters are in a guest's emulator: as wide as on the operator's terminal (terminal/width.ts), or its cells would not line up there. */
import type { IUnicodeVersionProvider } from "@xterm/headless";
import { isDropped, widthOfCodePoint } from "../terminal/width.ts";

/** Marks on one character. More would only be an attack: each further one gets a cell of its own, so that no cell grows without end. */
const MARKS_MAX = 4;

const widthOf = (code: number): 0 | 1 | 2 => (isDropped(code) ? 0 : widthOfCodePoint(code));

/** Source: xterm's UnicodeService: bit 0 joins the character before, bits 1 and 2 are the width, the rest is a state of ours (marks so far). */
const property = (marks: number, width: number, joins: boolean): number => (marks << 3) | (width << 1) | (joins ? 1 : 0);

export const cellWidths: IUnicodeVersionProvider = {
  version: "xenha",
  wcwidth: widthOf,
  charProperties: (code, preceding) => {
    const width = widthOf(code);
    if (width > 0) return property(0, width, false);
    const marks = (preceding >> 3) + 1;
    if (preceding === 0 || marks > MARKS_MAX) return property(0, 1, false);
    return property(marks, (preceding >> 1) & 3, true);
  },
};
