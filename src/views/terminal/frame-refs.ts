/**
 * A frame goes through Ink by reference: it lays out a name of the frame, one character wide, and the name is put back to the frame's rows where it
 * arrives.
 *
 * Ink would take every row apart into graphemes and cells again for each frame, though each is ready-made and exactly as wide as the window; it makes a
 * cell object for each column of the window even where nothing is; and a node for each row is a node to be reconciled, laid out and written wherever
 * another screen is shown. Which cells changed is found out behind it (diff.ts). So Ink's window is one cell, and holds a name.
 */

/** Private use, plane 15: what a frame of text never consists of. */
const NAME_FIRST = 0xf0000;
const NAMES = 0xfffe;
/** Columns of Ink's window. */
export const NAME_COLUMNS = 1;

export interface FrameRefs {
  /** The name of a frame of these rows: another than the last frame's, unless they are the same. The last frame's name means nothing any more. */
  readonly nameOf: (rows: readonly string[]) => string;
  /** What Ink drew, with the frame in its name's place; anything else stays as it is. */
  readonly expand: (drawn: string) => string;
}

export function createFrameRefs(): FrameRefs {
  let count = 0;
  let name = "";
  let text: string | undefined;
  return {
    nameOf: (rows) => {
      const next = rows.join("\n");
      if (next === text) return name;
      count = (count + 1) % NAMES;
      name = String.fromCodePoint(NAME_FIRST + count);
      text = next;
      return name;
    },
    expand: (drawn) => (drawn === name && text !== undefined ? text : drawn),
  };
}
