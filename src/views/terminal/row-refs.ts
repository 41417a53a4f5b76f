/**
 * Rows go through Ink by reference: it lays out a short name of each row, and the name is put back to the row's text where the frame arrives.
 *
 * Ink would take every row apart into graphemes and cells again for each frame, though each is ready-made and exactly as wide as the window. With
 * names a frame of 200x60 costs it some 2 ms of CPU instead of 20. A row keeps its name as long as its text, so that React renders only what changed.
 */

/** Private use: what a row of text never consists of. */
const NAME_START = "\ue000";
/** Ink must have at least this many columns, or it would cut names. */
export const NAME_COLUMNS_MAX = 12;

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

  const nameOf = (text: string): string => {
    count = (count + 1) % Number.MAX_SAFE_INTEGER;
    return names.get(text) ?? `${NAME_START}${count.toString(36)}`;
  };

  return {
    namesOf: (rows) => {
      const next = new Map<string, string>();
      for (const text of rows) if (!next.has(text)) next.set(text, nameOf(text));
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
