/** Where things are on the screen, from its size alone. Pure. */

export const COLUMNS_MIN = 60;
export const ROWS_MIN = 15;
/** From here on list and detail stand side by side. */
export const WIDE_COLUMNS_MIN = 160;
export const WIDE_ROWS_MIN = 45;

/** Title, hosts, tabs. */
export const HEAD_ROWS = 3;
export const FOOT_ROWS = 1;
/** Findings below the panes in the wide layout: a title and five of them. */
export const STRIP_ROWS = 6;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Including its title line. */
  readonly height: number;
}

export type Layout =
  | { readonly kind: "too_small" }
  | { readonly kind: "narrow"; readonly main: Area }
  | { readonly kind: "wide"; readonly main: Area; readonly side: Area; readonly strip: Area | undefined };

/** Share of the width that the list has in the wide layout. */
const MAIN_SHARE = 0.58;

/** `with_strip`: the findings aren't on the screen anyway. */
export function layoutOf(columns: number, rows: number, with_strip: boolean): Layout {
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return { kind: "too_small" };
  const body_rows = rows - HEAD_ROWS - FOOT_ROWS;
  if (columns < WIDE_COLUMNS_MIN || rows < WIDE_ROWS_MIN) {
    return { kind: "narrow", main: { x: 0, y: HEAD_ROWS, width: columns, height: body_rows } };
  }
  const height = with_strip ? body_rows - STRIP_ROWS : body_rows;
  const main_width = Math.floor(columns * MAIN_SHARE);
  return {
    kind: "wide",
    main: { x: 0, y: HEAD_ROWS, width: main_width, height },
    // One column between them.
    side: { x: main_width + 1, y: HEAD_ROWS, width: columns - main_width - 1, height },
    strip: with_strip ? { x: 0, y: HEAD_ROWS + height, width: columns, height: STRIP_ROWS } : undefined,
  };
}

/** Columns of an area that rows may use: the rest is the mark's gutter and the scroll bar. */
export const GUTTER_COLUMNS = 1;
export const SCROLL_COLUMNS = 1;
export const contentWidth = (area: Area): number => area.width - GUTTER_COLUMNS - SCROLL_COLUMNS;
