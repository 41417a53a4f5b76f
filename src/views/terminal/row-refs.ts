/**
 * Rows go through Ink by reference: it lays out a name of each row, one character wide, and the name is put back to the row's text where the frame
 * arrives.
 *
 * Ink would take every row apart into graphemes and cells again for each frame, though each is ready-made and exactly as wide as the window; and it
 * makes a cell object for each column of the window even where nothing is. So Ink's window is one column wide: a frame of 200x60 costs it 60 cells
 * instead of 12,000. A row keeps its name as long as its text, so that React renders only what changed.
 */

/** Private use, plane 15: what a row of text never consists of, and more than a terminal can have rows (a 16-bit number). */
const NAME_FIRST = 0xf0000;
const NAMES = 0xfffe;
/** Columns of Ink's window. */
export const NAME_COLUMNS = 1;

export interface RowRefs {
  /** Names of a frame's rows. Names of earlier frames mean nothing any more. */
  readonly namesOf: (rows: readonly string[]) => readonly string[];
  /** A frame of names as a frame of rows; a line that is no name stays as it is. */
  readonly expand: (frame: string) => string;
}

export function createRowRefs(): RowRefs {
  let names = new Map<string, string>();
  let texts = new Map<string, string>();
  let count = 0;

  /** Not the name of a row of the frame before: React would not see that the row is another. */
  const newName = (): string => {
    for (;;) {
      count = (count + 1) % NAMES;
      const name = String.fromCodePoint(NAME_FIRST + count);
      if (!texts.has(name)) return name;
    }
  };

  return {
    namesOf: (rows) => {
      const next = new Map<string, string>();
      for (const text of rows) if (!next.has(text)) next.set(text, names.get(text) ?? newName());
      names = next;
      texts = new Map([...next].map(([text, name]) => [name, text]));
      return rows.map((text) => next.get(text) ?? "");
    },
    expand: (frame) =>
      frame
        .split("\n")
        .map((line) => texts.get(line) ?? line)
        .join("\n"),
  };
}
